import type { Claim } from "../claim.ts";
import type { PodFacts } from "../facts.ts";
import { proveAddress, proveInSubnet, provePing } from "./pod.ts";
import { type NodeReport, outputOf } from "../observation.ts";
import { parseForwarding, parsePorts } from "../parse/bridge.ts";
import { parseNamespaceLink } from "../parse/ctr.ts";
import { linkNamed, parseLinks } from "../parse/ip.ts";
import { parseNeighbours } from "../parse/routes.ts";
import { prove } from "../prove.ts";

/** Two pods of one node and the bridge between them, from the report of nodes/observe/bridge.sh. */
export function judgeBridge(pods: readonly [PodFacts, PodFacts], report: NodeReport): Claim[] {
  const id = (name: string): string => `${pods[0].namespace}/${name}`;
  const [first, second] = pods;
  return [
    prove(report, {
      id: id("two-network-namespaces"),
      claim: `${first.name} and ${second.name} have a network namespace each`,
      expected: "two inodes",
      from: pods.map(({ name }) => `network-namespace/${name}`),
      read: (...outputs) => {
        const inodes = outputs.map(parseNamespaceLink);
        return {
          ok: new Set(inodes).size === pods.length,
          observed: inodes.map((inode) => `net:[${inode}]`).join(" and "),
        };
      },
    }),
    ...pods.map((pod) => proveAddress(report, pod, `addresses/${pod.name}`, id(`pod-address/${pod.name}`))),
    ...pods.map((pod) => proveInSubnet(report, pod, `addresses/${pod.name}`, id(`in-node-cidr/${pod.name}`))),
    ...pods.map((pod) => proveBridgePort(report, pod, id(`bridge-port/${pod.name}`))),
    ...pods.map((pod) => proveForwarding(report, pod, id(`forwarding/${pod.name}`))),
    provePing(report, first, second, 0, id(`ping/${first.name}/${second.name}`)),
    provePing(report, second, first, 0, id(`ping/${second.name}/${first.name}`)),
    proveNeighbour(report, first, second, id(`neighbour/${first.name}`)),
    proveNeighbour(report, second, first, id(`neighbour/${second.name}`)),
  ];
}

/** The interface inside the pod and the one outside; for the claims that compare tables with them. */
function cable(report: NodeReport, pod: PodFacts): { mac: string; veth: string } {
  const inside = linkNamed(parseLinks(outputOf(report, `addresses/${pod.name}`)), "eth0");
  const outside = parseLinks(outputOf(report, "ports")).find(({ index }) => index === inside.peer);
  if (outside === undefined)
    throw new Error(`no port of cni0 on ${report.node} has the index in ${pod.name}'s eth0@if${inside.peer}`);
  if (inside.mac === undefined) throw new Error(`eth0 of ${pod.name} has no MAC`);
  return { mac: inside.mac, veth: outside.name };
}

function proveBridgePort(report: NodeReport, pod: PodFacts, id: string): Claim {
  return prove(report, {
    id,
    claim: `the other end of ${pod.name}'s eth0 is a port of the bridge cni0`,
    expected: "the veth with the index in eth0@if, among the interfaces of cni0",
    from: ["bridge", `addresses/${pod.name}`, "ports"],
    read: (bridge) => {
      const { veth } = cable(report, pod);
      const ports = parsePorts(bridge);
      return {
        expected: `${veth} among the interfaces of cni0`,
        ok: ports.includes(veth),
        observed: `cni0 has ${ports.join(", ") || "no interface"}`,
      };
    },
  });
}

function proveForwarding(report: NodeReport, pod: PodFacts, id: string): Claim {
  return prove(report, {
    id,
    claim: `cni0 has learned behind which port ${pod.name}'s MAC is`,
    expected: "the MAC of the pod's eth0 on the port of its veth",
    from: ["fdb", `addresses/${pod.name}`],
    read: (fdb) => {
      const { mac, veth } = cable(report, pod);
      const ports = parseForwarding(fdb)
        .filter((entry) => entry.mac === mac)
        .map(({ port }) => port);
      return {
        expected: `${mac} on ${veth}`,
        ok: ports.length > 0 && ports.every((port) => port === veth),
        observed: ports.length > 0 ? `${mac} on ${ports.join(", ")}` : `${mac} on no port`,
      };
    },
  });
}

function proveNeighbour(report: NodeReport, from: PodFacts, to: PodFacts, id: string): Claim {
  return prove(report, {
    id,
    claim: `${from.name} sends to ${to.name}'s own MAC, not to a router's: they are on one Ethernet segment`,
    expected: `${to.ip} at the MAC of ${to.name}'s eth0`,
    from: [`neighbours/${from.name}`, `addresses/${to.name}`],
    read: (neighbours) => {
      const { mac } = cable(report, to);
      const entry = parseNeighbours(neighbours).find(({ address }) => address === to.ip);
      return {
        expected: `${to.ip} at ${mac}`,
        ok: entry?.mac === mac,
        observed:
          entry === undefined ? `no entry for ${to.ip}` : `${to.ip} at ${entry.mac ?? "no MAC"}, ${entry.state}`,
      };
    },
  });
}
