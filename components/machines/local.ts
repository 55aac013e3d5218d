import * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import { imageKey } from "../../platforms/local/image.ts";
import type { OwnedPlatform } from "./owned.ts";

/** Machines that are containers of this host's engine: they boot systemd and sshd, and share the host's kernel. */
export function containers({
  machineCidr: CIDR,
  machineCidr6,
  kernel,
}: {
  readonly machineCidr: string;
  /** @default the network has IPv4 alone */
  readonly machineCidr6?: string | undefined;
  /** Kind of device that flannel asks of this host's kernel. @default one that every kernel has */
  readonly kernel?: string | undefined;
}): OwnedPlatform {
  const second: Readonly<Record<string, string>> = machineCidr6 === undefined ? {} : { CIDR6: machineCidr6 };
  return {
    type: "podnet:machines:LocalMachines",
    verbs: "platforms/local",
    ground: { CIDR, ...second, ...(kernel !== undefined && { KERNEL: kernel }), BOOT: bootOfThisHost() },
    base: { name: "image", key: imageKey },
    network: { CIDR, ...second },
    machine: ({ node, address, address6, base, network, login, hostKey }) => ({
      fixed: {
        NETWORK: network,
        IMAGE: pulumi.interpolate`${base}-${node.role}`,
        ADDRESS: address,
        ...(address6 !== undefined && { ADDRESS6: address6 }),
      },
      stdin: pulumi.interpolate`${hostKey.publicKey}\n${login.publicKey}\n${hostKey.privateKey}`,
    }),
  };
}

/**
 * Another value after each boot of the host. What ground.sh sets on the host (limits, a kernel module) lasts until then, while the
 * engine starts the containers again by itself: with this among its inputs, the next update sets it again.
 */
function bootOfThisHost(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    // Not Linux: ground.sh says so, with what to do.
    return "";
  }
}
