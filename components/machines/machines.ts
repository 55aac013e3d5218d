import type * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings.ts";
import { HostMachines } from "./hosts.ts";
import { LocalMachines } from "./local.ts";
import type { Machine } from "./machine.ts";
import { VmMachines } from "./vm.ts";

/** The machines that the config asks for, the control plane first, from wherever it says. */
export function createMachines(
  name: string,
  settings: Settings,
  opts?: pulumi.ComponentResourceOptions,
): readonly Machine[] {
  const { platform } = settings;
  switch (platform.kind) {
    case "local":
      return new LocalMachines(name, { ...settings, ...platform }, opts).machines;
    case "hosts":
      return new HostMachines(name, { ...settings, ...platform }, opts).machines;
    case "vm":
      return new VmMachines(name, { ...settings, ...platform }, opts).machines;
    default: {
      const unknown: never = platform;
      throw new Error(`platform ${JSON.stringify(unknown)} has no machines`);
    }
  }
}
