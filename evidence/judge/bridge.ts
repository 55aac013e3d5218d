import type { Claim } from "../claim.ts";
import { ipv4 } from "../family.ts";
import type { PodFacts } from "../facts.ts";
import { oneOf, proveAddress, proveInSubnet, provePing } from "./pod.ts";
import { judgePodWay, proveLoss } from "./pod-way.ts";
import { type Observations, outputOf } from "../observation.ts";
import { parseForwarding, parsePorts } from "../parse/bridge.ts";
import { parseNamespaceLink } from "../parse/ctr.ts";
import { linkNamed, parseLinks } from "../parse/ip.ts";
import { parseNeighbours } from "../parse/routes.ts";
import { prove } from "../prove.ts";

/**
 * Two pods of one node and the bridge between them, from the report of nodes/observe/bridge.sh. Where IPv4 is not the lab's first family, only what is of
 * no family: nodes/observe/bridge6.sh has looked at the rest.
 */
export function judgeBridge(pods: readonly [PodFacts, PodFacts], report: Observations, family = ipv4): Claim[] {
  const [first, second] = pods;
  const ofIpv4 = (...claims: readonly Claim[]): readonly Claim[] => (family === ipv4 ? claims : []);
  return [
    prove(report, {
      scenario: first.namespace,
      kind: "two-network-namespaces",
      about: { pods: pods.map(({ name }) => name) },
      expected: "two inodes",
      from: pods.map(({ name }) => `network-namespace/${name}` as const),
      read: (...outputs) => {
        const inodes = outputs.map(parseNamespaceLink);
        return {
          ok: new Set(inodes).size === pods.length,
          observed: inodes.map((inode) => `net:[${inode}]`).join(" and "),
        };
      },
    }),
    ...ofIpv4(
      ...pods.map((pod) => proveAddress(report, oneOf(pod))),
      ...pods.map((pod) => proveInSubnet(report, oneOf(pod))),
    ),
    ...pods.map((pod) => proveBridgePort(report, pod)),
    ...pods.map((pod) => proveForwarding(report, pod)),
    ...ofIpv4(
      provePing(report, first, second, 0),
      provePing(report, second, first, 0),
      proveLoss(report, first, second),
      proveLoss(report, second, first),
      proveNeighbour(report, first, second),
      proveNeighbour(report, second, first),
      ...judgePodWay(report, first, [second]),
      ...judgePodWay(report, second, [first]),
    ),
  ];
}

/** The interface inside the pod and the one outside; for the claims that compare tables with them. */
function cable(report: Observations, pod: PodFacts): { mac: string; veth: string } {
  const inside = linkNamed(parseLinks(outputOf(report, `addresses/${pod.name}`)), "eth0");
  const outside = parseLinks(outputOf(report, "ports")).find(({ index }) => index === inside.peer);
  if (outside === undefined)
    throw new Error(`no port of cni0 on ${report.node} has the index in ${pod.name}'s eth0@if${inside.peer}`);
  if (inside.mac === undefined) throw new Error(`eth0 of ${pod.name} has no MAC`);
  return { mac: inside.mac, veth: outside.name };
}

function proveBridgePort(report: Observations, pod: PodFacts): Claim {
  return prove(report, {
    scenario: pod.namespace,
    kind: "bridge-port",
    about: { pod: pod.name },
    who: [pod.name],
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

function proveForwarding(report: Observations, pod: PodFacts): Claim {
  return prove(report, {
    scenario: pod.namespace,
    kind: "forwarding",
    about: { pod: pod.name },
    who: [pod.name],
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

export function proveNeighbour(report: Observations, from: PodFacts, to: PodFacts): Claim {
  return prove(report, {
    scenario: from.namespace,
    kind: "neighbour",
    about: { from: from.name, to: to.name },
    who: [from.name],
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
