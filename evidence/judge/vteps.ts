import { aboutOptions, type Backend, backendOf } from "../backends.ts";
import type { Claim } from "../claim.ts";
import { ipv4 } from "../family.ts";
import type { NodeFacts } from "../facts.ts";
import { type Observations, outputOf } from "../observation.ts";
import { parseForwarding } from "../parse/bridge.ts";
import { type ClusterNode, parseNodes } from "../parse/flannel.ts";
import { linkNamed, parseLinks } from "../parse/ip.ts";
import { parseNeighbours } from "../parse/routes.ts";
import { prove } from "../prove.ts";

/** A node as the API server knows it. @throws Error when it does not, or the question to it failed */
export function clusterNode(cluster: Observations, name: string): ClusterNode & { podCidr: string } {
  const node = parseNodes(outputOf(cluster, "nodes")).find((one) => one.name === name);
  if (node === undefined) throw new Error(`the API server knows no node ${name}`);
  if (node.podCidr === undefined) throw new Error(`the API server gave ${name} no pod CIDR`);
  return { ...node, podCidr: node.podCidr };
}

/** The overlay is consistent: what each node says of its own VTEP is what every other node believes of it. */
export function judgeVteps(
  scenario: string,
  nodes: readonly NodeFacts[],
  cluster: Observations,
  reportOf: (node: string) => Observations,
  backend: Backend = backendOf(),
): Claim[] {
  const { vtep: device = ipv4.vtep, manner } = backend;
  // Packets go through it: each node must know the others'.
  const used = manner === "frame";
  return nodes.flatMap((node) => [
    proveVtep(scenario, reportOf(node.name), cluster, node, backend),
    ...nodes
      .filter((other) => used && other !== node)
      .flatMap((other) => [
        proveVtepNeighbour(scenario, reportOf(node.name), cluster, reportOf(other.name), device),
        proveVtepForwarding(scenario, reportOf(node.name), other, reportOf(other.name), device),
      ]),
  ]);
}

/** MAC of a node's own VTEP. @throws Error when it has none */
function macOf(report: Observations, device: string): string {
  const { mac } = linkNamed(parseLinks(outputOf(report, "vtep")), device);
  if (mac === undefined) throw new Error(`${device} on ${report.node} has no MAC`);
  return mac;
}

function proveVtep(
  scenario: string,
  report: Observations,
  cluster: Observations,
  node: NodeFacts,
  backend: Backend,
): Claim {
  const { vtep: device = ipv4.vtep, port } = backend;
  // What flanneld announces it may have been told by hand.
  const { vni: told } = backend.options;
  return prove(report, {
    scenario,
    kind: "vtep",
    about: { node: node.name, ...aboutOptions(backend) },
    who: [node.name],
    expected: `MAC and VNI as on its Node object, local address ${node.address}`,
    from: ["vtep"],
    read: (output) => {
      const { vtep } = clusterNode(cluster, node.name);
      if (vtep === undefined) throw new Error(`flanneld on ${node.name} announced no VTEP`);
      const { mac, vxlan, up } = linkNamed(parseLinks(output), device);
      return {
        expected: `MAC ${vtep.mac}, VNI ${told ?? vtep.vni}, local ${node.address}, UDP port ${port}, up`,
        ok:
          mac === vtep.mac &&
          vtep.vni === (told ?? vtep.vni) &&
          vxlan?.vni === vtep.vni &&
          vxlan.local === node.address &&
          vxlan.port === port &&
          up,
        observed:
          vxlan === undefined
            ? "not a VXLAN device"
            : `MAC ${mac ?? "none"}, VNI ${vxlan.vni}, local ${vxlan.local}, UDP port ${vxlan.port}, ${up ? "up" : "down"}`,
      };
    },
  });
}

function proveVtepNeighbour(
  scenario: string,
  report: Observations,
  cluster: Observations,
  other: Observations,
  device: string,
): Claim {
  return prove(report, {
    scenario,
    kind: "vtep-neighbour",
    about: { node: report.node, peer: other.node },
    who: [report.node, other.node],
    expected: `the first address of ${other.node}'s pod CIDR at the MAC of its ${device}`,
    from: ["vtep-neighbours"],
    read: (output) => {
      const address = clusterNode(cluster, other.node).podCidr.split("/")[0]!;
      const mac = macOf(other, device);
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

function proveVtepForwarding(
  scenario: string,
  report: Observations,
  node: NodeFacts,
  other: Observations,
  device: string,
): Claim {
  return prove(report, {
    scenario,
    kind: "vtep-forwarding",
    about: { node: report.node, peer: node.name },
    who: [report.node, node.name],
    expected: `the MAC of ${node.name}'s ${device}, dst ${node.address}`,
    from: ["vtep-fdb"],
    read: (output) => {
      const mac = macOf(other, device);
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
