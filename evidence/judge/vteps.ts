import type { Claim } from "../claim.ts";
import { clusterNode } from "../cluster-node.ts";
import type { NodeFacts } from "../facts.ts";
import { type NodeReport, outputOf } from "../observation.ts";
import { parseForwarding } from "../parse/bridge.ts";
import { linkNamed, parseLinks } from "../parse/ip.ts";
import { parseNeighbours } from "../parse/routes.ts";
import { prove } from "../prove.ts";

const device = "flannel.1";

/** The overlay is consistent: what each node says of its own VTEP is what every other node believes of it. */
export function judgeVteps(
  nodes: readonly NodeFacts[],
  cluster: NodeReport,
  reportOf: (node: string) => NodeReport,
  id: (name: string) => string,
): Claim[] {
  return nodes.flatMap((node) => [
    proveVtep(reportOf(node.name), cluster, node, id(`vtep/${node.name}`)),
    ...nodes
      .filter((other) => other !== node)
      .flatMap((other) => [
        proveVtepNeighbour(
          reportOf(node.name),
          cluster,
          reportOf(other.name),
          id(`vtep-neighbour/${node.name}/${other.name}`),
        ),
        proveVtepForwarding(
          reportOf(node.name),
          other,
          reportOf(other.name),
          id(`vtep-forwarding/${node.name}/${other.name}`),
        ),
      ]),
  ]);
}

/** MAC of a node's own flannel.1. @throws Error when it has none */
function macOf(report: NodeReport): string {
  const { mac } = linkNamed(parseLinks(outputOf(report, "vtep")), device);
  if (mac === undefined) throw new Error(`${device} on ${report.node} has no MAC`);
  return mac;
}

function proveVtep(report: NodeReport, cluster: NodeReport, node: NodeFacts, id: string): Claim {
  return prove(report, {
    id,
    claim: `${device} on ${node.name} is a VXLAN device that sends from the node's own address: the node's VTEP`,
    expected: `MAC and VNI as on its Node object, local address ${node.address}`,
    from: ["vtep"],
    read: (output) => {
      const { vtep } = clusterNode(cluster, node.name);
      if (vtep === undefined) throw new Error(`flanneld on ${node.name} announced no VTEP`);
      const { mac, vxlan, up } = linkNamed(parseLinks(output), device);
      return {
        expected: `MAC ${vtep.mac}, VNI ${vtep.vni}, local ${node.address}, UDP port 8472, up`,
        ok: mac === vtep.mac && vxlan?.vni === vtep.vni && vxlan.local === node.address && vxlan.port === 8472 && up,
        observed:
          vxlan === undefined
            ? "not a VXLAN device"
            : `MAC ${mac ?? "none"}, VNI ${vxlan.vni}, local ${vxlan.local}, UDP port ${vxlan.port}, ${up ? "up" : "down"}`,
      };
    },
  });
}

function proveVtepNeighbour(report: NodeReport, cluster: NodeReport, other: NodeReport, id: string): Claim {
  return prove(report, {
    id,
    claim: `${report.node} knows the MAC of ${other.node}'s VTEP without asking: the entry is PERMANENT, written and not learned`,
    expected: `the first address of ${other.node}'s pod CIDR at the MAC of its ${device}`,
    from: ["vtep-neighbours"],
    read: (output) => {
      const address = clusterNode(cluster, other.node).podCidr.split("/")[0]!;
      const mac = macOf(other);
      const entry = parseNeighbours(output).find((one) => one.address === address);
      return {
        expected: `${address} at ${mac}, PERMANENT`,
        ok: entry?.mac === mac && entry.state === "PERMANENT",
        observed:
          entry === undefined ? `no entry for ${address}` : `${address} at ${entry.mac ?? "no MAC"}, ${entry.state}`,
      };
    },
  });
}

function proveVtepForwarding(report: NodeReport, node: NodeFacts, other: NodeReport, id: string): Claim {
  return prove(report, {
    id,
    claim: `${report.node} sends frames for ${node.name}'s VTEP inside UDP to ${node.name}'s own address`,
    expected: `the MAC of ${node.name}'s ${device}, dst ${node.address}`,
    from: ["vtep-fdb"],
    read: (output) => {
      const mac = macOf(other);
      const destinations = parseForwarding(output, device)
        .filter((entry) => entry.mac === mac)
        .map(({ destination }) => destination ?? "none");
      return {
        expected: `${mac} dst ${node.address}`,
        ok: destinations.length === 1 && destinations[0] === node.address,
        observed: destinations.length > 0 ? `${mac} dst ${destinations.join(", ")}` : `no entry for ${mac}`,
      };
    },
  });
}
