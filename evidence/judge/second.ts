import { type Backend, backendBy6, type Carrier, backendOf } from "../backends.ts";
import { hostAddress } from "../cidr.ts";
import type { Claim } from "../claim.ts";
import type { NodeFacts, PodFacts } from "../facts.ts";
import { ipv6 } from "../family.ts";
import { type Observations, outputOf, unseen } from "../observation.ts";
import { linkNamed, linkWith, parseLinks } from "../parse/ip.ts";
import { parseSettings } from "../parse/sections.ts";
import { prove } from "../prove.ts";
import { by6, nodeBy6, podBy6, reportBy6 } from "../second.ts";
import { proveWireNeighbour } from "./backend.ts";
import { judgeDecisions } from "./decisions.ts";
import { type Caller, judgeIgnored } from "./policy.ts";
import {
  type Followed,
  followed,
  type JourneyEvidence,
  judgeCrossNodeJourney,
  judgeSameNodeJourney,
} from "./journey.ts";
import { judgeMtu } from "./mtu.ts";
import type { Way } from "./next-hop.ts";
import { proveDifferentCidrs, proveRoute } from "./overlay.ts";
import { oneOf, proveAddress, proveInSubnet, provePing } from "./pod.ts";
import { judgePodWay, proveLoss } from "./pod-way.ts";
import { judgeReached, judgeTranslation } from "./reach.ts";
import { proveNeighbour } from "./bridge.ts";
import { proveUnique } from "./unique.ts";
import { clusterNode, judgeVteps } from "./vteps.ts";

export interface SecondEvidence {
  /** Two pods of different nodes. */
  readonly pods: readonly [PodFacts, PodFacts];
  readonly nodes: readonly NodeFacts[];
  /** Report of nodes/observe/cluster.sh, asked for both families. */
  readonly cluster: Observations;
  /** Reports of nodes/observe/overlay6.sh, one a node. */
  readonly overlay: readonly Observations[];
  /** How packets are carried between the nodes. @default vxlan */
  readonly backend?: Carrier;
}

/** What is claimed of two pods of different nodes and of what is between them, for the second address family. */
export function judgeSecondOverlay(evidence: SecondEvidence): Claim[] {
  const backend = backendBy6(backendOf(evidence.backend));
  const [first, second] = evidence.pods.map(podBy6) as [PodFacts, PodFacts];
  const nodes = evidence.nodes.map(nodeBy6);
  const cluster = reportBy6(evidence.cluster);
  const scenario = first.namespace;
  const reportOf = (node: string): Observations =>
    evidence.overlay.find((report) => report.node === node) ?? unseen(node, cluster.at);
  const factsOf = (node: string): NodeFacts =>
    nodes.find((one) => one.name === node) ?? { name: node, address: "none" };
  const wayFrom = (node: string, peer: string): Way => ({
    backend,
    family: ipv6,
    node: factsOf(node),
    peer: factsOf(peer),
    cluster,
    report: reportOf(node),
  });
  const pods = [first, second] as const;
  return by6([
    proveDifferentCidrs(scenario, cluster, pods),
    ...pods.map((pod) => proveAddress(reportOf(pod.node), oneOf(pod, ipv6), `network-namespace/${pod.name}`)),
    ...pods.map((pod) => proveInSubnet(reportOf(pod.node), oneOf(pod, ipv6))),
    proveRoute(scenario, wayFrom(first.node, second.node)),
    proveRoute(scenario, wayFrom(second.node, first.node)),
    ...judgeDecisions(pods, wayFrom),
    ...pods.flatMap((pod) =>
      judgePodWay(
        reportOf(pod.node),
        pod,
        pods.filter((other) => other !== pod),
        ipv6,
      ),
    ),
    proveUnique(scenario, nodes, reportOf, backend, ipv6),
    ...judgeBetween(scenario, backend, nodes, cluster, reportOf),
    ...[[first, second] as const, [second, first] as const].flatMap(([from, to]) => [
      provePing(reportOf(from.node), from, to, backend.routers),
      proveLoss(reportOf(from.node), from, to),
      ...judgeMtu(reportOf(from.node), from, to, ipv6, () => through(reportOf(from.node), factsOf(from.node), backend)),
    ]),
    ...nodes.flatMap((node) => judgeSecondNode(scenario, node, cluster, reportOf(node.name), backend)),
  ]);
}

/** What the wire leaves for a packet once it is wrapped. */
const through = (report: Observations, node: NodeFacts, { tunnel }: Backend): number =>
  linkWith(parseLinks(outputOf(report, "interfaces"), ipv6), node).mtu - (tunnel?.overhead ?? 0);

function judgeBetween(
  scenario: string,
  backend: Backend,
  nodes: readonly NodeFacts[],
  cluster: Observations,
  reportOf: (node: string) => Observations,
): Claim[] {
  const { manner, vtep } = backend;
  const wire = nodes.flatMap((node) =>
    nodes
      .filter((peer) => peer !== node)
      .map((peer) => proveWireNeighbour(scenario, node, peer, reportOf(node.name), reportOf(peer.name), ipv6)),
  );
  return [
    ...(vtep === undefined ? [] : judgeVteps(scenario, nodes, cluster, reportOf, backend)),
    ...(manner === "bare" ? wire : []),
  ];
}

/** What a node does for the IPv6 packets of every pod on it. */
function judgeSecondNode(
  scenario: string,
  node: NodeFacts,
  cluster: Observations,
  report: Observations,
  { tunnel }: Backend,
): Claim[] {
  const common = { scenario, about: { node: node.name }, who: [node.name] };
  return [
    prove(report, {
      ...common,
      kind: "gateway",
      expected: "the first address of the node's pod CIDR on cni0",
      from: ["interfaces", "pods-inside"],
      read: (shown, inside) => {
        const { podCidr } = clusterNode(cluster, node.name);
        const expected = `${hostAddress(podCidr, 1)}/${podCidr.split("/")[1]} on cni0`;
        const bridge = parseLinks(shown, ipv6).find(({ name }) => name === "cni0");
        if (bridge === undefined && inside.trim() === "")
          return { ok: true, expected, observed: "no pod has an address here, and no bridge was made" };
        const seen = `${bridge?.addresses.map(({ address, prefix }) => `${address}/${prefix}`).join(", ") || "no address"} on cni0`;
        return { ok: seen === expected, expected, observed: seen };
      },
    }),
    prove(report, {
      ...common,
      kind: "forwarding-enabled",
      expected: "1: forwarding of all interfaces, the wire, the device between nodes and cni0",
      from: ["forwarding", "interfaces"],
      read: (settings, shown) => {
        const values = parseSettings(settings);
        const links = parseLinks(shown, ipv6);
        const devices = [linkWith(links, node), ...(tunnel === undefined ? [] : [linkNamed(links, tunnel.device)])];
        const bridge = links.filter(({ name }) => name === "cni0");
        const off = ["all", ...[...devices, ...bridge].map(({ name }) => name)]
          .map((device) => [device, values.get(`/proc/sys/net/ipv6/conf/${device}/forwarding`)] as const)
          .filter(([, value]) => value !== "1");
        return {
          ok: off.length === 0,
          observed:
            off.map(([device, value]) => `forwarding of ${device} is ${value ?? "not there"}`).join(", ") ||
            "1 in each",
        };
      },
    }),
    prove(report, {
      ...common,
      kind: "bridge-netfilter",
      expected: "1",
      from: ["bridge-netfilter"],
      read: (value) => ({ ok: value.trim() === "1", observed: value.trim() || "nothing" }),
    }),
  ];
}

/** What is claimed of two pods of one node, for the second address family, from the report of nodes/observe/bridge6.sh. */
export function judgeSecondBridge(pods: readonly [PodFacts, PodFacts], report: Observations): Claim[] {
  const [first, second] = pods.map(podBy6) as [PodFacts, PodFacts];
  return by6(
    [[first, second] as const, [second, first] as const].flatMap(([pod, other]) => [
      proveAddress(report, oneOf(pod, ipv6)),
      proveInSubnet(report, oneOf(pod, ipv6)),
      provePing(report, pod, other, 0),
      proveLoss(report, pod, other),
      proveNeighbour(report, pod, other),
      ...judgePodWay(report, pod, [other], ipv6),
    ]),
  );
}

const evidenceBy6 = (evidence: JourneyEvidence): JourneyEvidence => ({
  ...evidence,
  pods: evidence.pods.map(podBy6) as [PodFacts, PodFacts],
  family: ipv6,
});

/** One IPv6 packet between pods of different nodes. The reports of the nodes are those of nodes/observe/overlay6.sh. */
export const judgeSecondJourney = (evidence: JourneyEvidence, nodes: readonly NodeFacts[]): Claim[] =>
  by6(judgeCrossNodeJourney(evidenceBy6(evidence), nodes.map(nodeBy6)));

/** The same between pods of one node. */
export const judgeSecondSameNodeJourney = (evidence: JourneyEvidence): Claim[] =>
  by6(judgeSameNodeJourney(evidenceBy6(evidence)));

export const followedBy6 = (evidence: JourneyEvidence, nodes: readonly NodeFacts[]): Followed =>
  followed(evidenceBy6(evidence), nodes.map(nodeBy6));

/** Every pod reaches every other at its IPv6 address, and is called by its own, from reports of nodes/observe/reach.sh that were asked for both families. */
export function judgeSecondReach(pods: readonly PodFacts[], reports: readonly Observations[]): Claim[] {
  const there = pods.map(podBy6);
  const seen = reports.map(reportBy6);
  return by6([...judgeReached(there, seen), ...judgeTranslation(there, seen)]);
}

/**
 * What enforces policies knows IPv4 alone, so that by IPv6 they are words still, from reports of nodes/observe/policy.sh that were made since. What was not
 * looked at by IPv6 is not taken from IPv4.
 */
export function judgeSecondPolicies(
  scenario: string,
  callers: readonly Caller[],
  since: readonly Observations[],
): Claim[] {
  const seen = since.map((report) =>
    reportBy6({ ...report, observations: report.observations.filter(({ id }) => /^[a-z]+6(\/|$)/.test(id)) }),
  );
  return by6(judgeIgnored(scenario, callers, seen));
}
