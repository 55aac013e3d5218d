import type * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings.ts";
import { LocalMachines } from "./local.ts";
import type { Machine } from "./machine.ts";

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
    default: {
      const unknown: never = platform.kind;
      throw new Error(`platform "${String(unknown)}" has no machines`);
    }
  }
}
