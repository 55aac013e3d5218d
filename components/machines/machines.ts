import * as pulumi from "@pulumi/pulumi";
import { whyNotPublished } from "../../bundle/release/published.ts";
import type { Settings } from "../settings/settings.ts";
import type * as Aws from "./aws.ts";
import { HostMachines } from "./hosts.ts";
import { LocalMachines } from "./local.ts";
import type { Machine } from "./machine.ts";
import { VmMachines } from "./vm.ts";

/**
 * The machines that the config asks for, the control plane first, from wherever it says.
 * @throws pulumi.RunError before any is made, where there is no such Kubernetes
 */
export async function createMachines(
  name: string,
  settings: Settings,
  opts?: pulumi.ComponentResourceOptions,
): Promise<readonly Machine[]> {
  const { platform } = settings;
  const problem = await whyNotPublished(settings.artifacts);
  if (problem !== undefined) throw new pulumi.RunError(problem);
  switch (platform.kind) {
    case "local":
      return new LocalMachines(name, { ...settings, ...platform }, opts).machines;
    case "hosts":
      return new HostMachines(name, { ...settings, ...platform }, opts).machines;
    case "vm":
      return new VmMachines(name, { ...settings, ...platform }, opts).machines;
    case "aws": {
      const { AwsMachines } = await loadAws();
      return new AwsMachines(name, { ...settings, ...platform }, opts).machines;
    }
    default: {
      const unknown: never = platform;
      throw new Error(`platform ${JSON.stringify(unknown)} has no machines`);
    }
  }
}

/** Loaded by those only who need it: it stands on a package that other labs do without. */
async function loadAws(): Promise<typeof Aws> {
  try {
    return await import("./aws.ts");
  } catch (error) {
    if (!(
      error instanceof Error &&
      "code" in error &&
      error.code === "ERR_MODULE_NOT_FOUND" &&
      error.message.includes("@pulumi/aws")
    ))
      throw error;
    throw new pulumi.RunError(
      "platform aws needs the npm package @pulumi/aws, which is not installed; run ./lab up, or npm install --include=optional",
    );
  }
}
