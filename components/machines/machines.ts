import * as pulumi from "@pulumi/pulumi";
import { bundleSubject } from "../../bundle/decide.ts";
import { wayOf } from "../../platforms/hosts/judge.ts";
import { diskSubject } from "../../platforms/vm/disk.ts";
import { backendOf } from "../../evidence/backends.ts";
import type { Settings } from "../settings/settings.ts";
import type * as Aws from "./aws.ts";
import { HostMachines } from "./hosts.ts";
import { containers } from "./local.ts";
import { assertPublished, settle } from "./made-from.ts";
import type { Machine } from "./machine.ts";
import { OwnedMachines } from "./owned.ts";
import { virtualMachines } from "./vm.ts";

/**
 * The machines that the config asks for, the control plane first, from wherever it says.
 * @throws pulumi.RunError before any is made, where there is no such Kubernetes
 */
export async function createMachines(
  name: string,
  settings: Settings,
  opts?: pulumi.ComponentResourceOptions,
): Promise<readonly Machine[]> {
  const { stack, nodes, platform, ipFamily, podCidr, serviceCidr, ranges6, backend, artifacts } = settings;
  const machineCidr6 = ranges6?.machineCidr;
  switch (platform.kind) {
    case "local": {
      const { machineCidr, portBase } = platform;
      const from = await settle(bundleSubject(artifacts), artifacts);
      const local = containers({ machineCidr, machineCidr6, kernel: backendOf(backend).kernel });
      const args = { stack, nodes, machineCidr, ipFamily, portBase, artifacts: from, platform: local };
      return new OwnedMachines(name, { ...args, ...(machineCidr6 && { machineCidr6 }) }, opts).machines;
    }
    case "vm": {
      const { machineCidr, portBase, sizes } = platform;
      const vms = virtualMachines({ nodes, machineCidr, sizes });
      const from = await settle(diskSubject(artifacts), artifacts);
      const args = { stack, nodes, machineCidr, portBase, artifacts: from, platform: vms };
      return new OwnedMachines(name, { ...args, ...(machineCidr6 && { machineCidr6 }) }, opts).machines;
    }
    case "hosts": {
      const { kernel } = backendOf(backend);
      const flannelPort = wayOf(backendOf(backend));
      await assertPublished(artifacts);
      return new HostMachines(
        name,
        {
          stack,
          hosts: platform.hosts.map((host) => ({ ...host, privateKey: pulumi.secret(host.privateKey.reveal()) })),
          podCidr,
          serviceCidr,
          ...(ranges6 && { second: ranges6 }),
          ...(flannelPort !== wayOf(backendOf()) && { flannelPort }),
          ...(kernel !== undefined && { kernelModule: kernel }),
          artifacts,
        },
        opts,
      ).machines;
    }
    case "aws": {
      await assertPublished(artifacts);
      const { AwsMachines } = await loadAws();
      const nodePorts = settings.lessons.includes("service");
      const args = { ...platform, stack, nodes, podCidr, serviceCidr, backend, nodePorts, artifacts };
      return new AwsMachines(name, args, opts).machines;
    }
    default: {
      const unknown: never = platform;
      throw new Error(`platform ${JSON.stringify(unknown)} has no machines`);
    }
  }
}

/** Loaded only for a lab on AWS: it stands on a package that other labs do without. */
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
