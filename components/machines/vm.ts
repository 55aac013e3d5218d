import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { diskKey } from "../../platforms/vm/disk.ts";
import type { Role } from "../../nodes/role.ts";
import type { VmSize } from "../settings/vm.ts";
import { metaData, networkConfig, userData } from "./cloud-init.ts";
import type { Basis, OwnedMachinesArgs, OwnedPlatform } from "./owned.ts";

export interface VirtualMachinesArgs extends Pick<OwnedMachinesArgs, "nodes" | "machineCidr"> {
  /** What the machines of each role are given. */
  readonly sizes: Readonly<Record<Role, VmSize>>;
}

/** QEMU's user-mode network, the same behind every VM: the guest, its router, its resolver. */
const outside = { address: "10.0.2.15/24", gateway: "10.0.2.2", nameserver: "10.0.2.3" };

/**
 * Machines that are QEMU's, each with a kernel of its own. eth0 leads outside, by NAT, and carries the forwarded ports; eth1 is
 * the private segment, where the nodes' addresses are. They live on when the update has ended.
 */
export function virtualMachines({ nodes, machineCidr, sizes }: VirtualMachinesArgs): OwnedPlatform {
  const total = (of: keyof VmSize): string => String(nodes.reduce((sum, { role }) => sum + sizes[role][of], 0));
  return {
    type: "podnet:machines:VmMachines",
    verbs: "platforms/vm",
    ground: { MEMORY: total("memory"), SIZE: total("disk") },
    base: { name: "disk", key: diskKey },
    machine: (basis) => {
      const { node, stack, index, address, address6, base } = basis;
      const size = sizes[node.role];
      const macs = stack.apply((lab) => [macAddress(lab, index, 0), macAddress(lab, index, 1)] as const);
      return {
        fixed: { DISK: base, SIZE: String(size.disk), MACS: macs.apply((both) => both.join(" ")) },
        // It is in the seed.
        alsoFixed: [address, ...(address6 === undefined ? [] : [address6])],
        // The machine is shut down and started with the new ones.
        changeable: { CPUS: String(size.cpus), MEMORY: String(size.memory) },
        stdin: seed(
          macs,
          [`${address}/${machineCidr.split("/")[1]}`, ...(address6 === undefined ? [] : second(address6, index))],
          basis,
        ),
      };
    },
  };
}

/**
 * By IPv6 an interface has an address of the link besides, from which a node that passes a pod's packet on asks for the next MAC: without one it asks
 * nobody. The disk lets networkd make none, since what it would wait for is most of a boot.
 */
const second = (address6: string, index: number): string[] => [`${address6}/64`, `fe80::${index + 1}/64`];

/** cloud-init's user-data, meta-data and network-config, each in base64 on a line of its own: what machine.sh writes into the seed. */
function seed(
  macs: pulumi.Output<readonly [string, string]>,
  addresses: readonly string[],
  { node, stack, login, hostKey }: Basis,
): pulumi.Output<string> {
  return pulumi
    .all([login.publicKey, hostKey.publicKey, hostKey.privateKey, stack, macs])
    .apply(([authorizedKey, publicKey, privateKey, lab, [outer, inner]]) =>
      [
        userData({
          name: node.name,
          user: "root",
          authorizedKey,
          hostKey: { privateKey, publicKey },
          nameservers: [outside.nameserver],
        }),
        metaData(`podnet-${lab}-${node.name}`, node.name),
        networkConfig([
          { name: "eth0", mac: outer, addresses: [outside.address], gateway: outside.gateway },
          { name: "eth1", mac: inner, addresses },
        ]),
      ]
        .map((document) => `${Buffer.from(document).toString("base64")}\n`)
        .join(""),
    );
}

/** The same one at every start, and another for every interface of every lab: QEMU's own prefix, the stack, the machine. */
export function macAddress(stack: string, machine: number, interfaceIndex: 0 | 1): string {
  const sum = createHash("sha256").update(stack).digest("hex");
  const last = (machine * 2 + interfaceIndex).toString(16).padStart(2, "0");
  return `52:54:00:${sum.slice(0, 2)}:${sum.slice(2, 4)}:${last}`;
}
