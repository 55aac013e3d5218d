import { networkOf } from "../cidr.ts";
import type { Claim } from "../claim.ts";
import type { NodeFacts, PodFacts } from "../facts.ts";
import { oneOf, proveAddress, proveInSubnet, provePeer, provePing } from "./pod.ts";
import { judgeMtu } from "./mtu.ts";
import { judgeNode } from "./nodes.ts";
import { judgePodWay, proveLoss } from "./pod-way.ts";
import { judgePrograms } from "./programs.ts";
import { judgeDecisions } from "./decisions.ts";
import { proveUnique } from "./unique.ts";
import { clusterNode, judgeVteps } from "./vteps.ts";
import { type Observations, unseen } from "../observation.ts";
import { parseNodes } from "../parse/flannel.ts";
import { parseRoutes } from "../parse/routes.ts";
import { prove } from "../prove.ts";

export interface OverlayEvidence {
  /** The two pods, on different nodes. */
  readonly pods: readonly [PodFacts, PodFacts];
  readonly nodes: readonly NodeFacts[];
  /** Report of nodes/observe/cluster.sh on the control plane. */
  readonly cluster: Observations;
  /** Reports of nodes/observe/overlay.sh, one a node. */
  readonly overlay: readonly Observations[];
}

/** Two pods of different nodes and what is between them. */
export function judgeOverlay({ pods, nodes, cluster, overlay }: OverlayEvidence): Claim[] {
  const [first, second] = pods;
  const scenario = first.namespace;
  const reportOf = (node: string): Observations =>
    overlay.find((report) => report.node === node) ?? unseen(node, cluster.at);
  return [
    proveDifferentNodes(scenario, cluster, pods),
    proveDifferentCidrs(scenario, cluster, pods),
    ...pods.map((pod) => proveAddress(reportOf(pod.node), oneOf(pod), `network-namespace/${pod.name}`)),
    ...pods.map((pod) => proveInSubnet(reportOf(pod.node), oneOf(pod))),
    ...pods.map((pod) => provePeer(reportOf(pod.node), oneOf(pod))),
    proveRoute(scenario, reportOf(first.node), cluster, second.node),
    proveRoute(scenario, reportOf(second.node), cluster, first.node),
    ...judgeDecisions(pods, cluster, reportOf),
    ...judgePodWay(reportOf(first.node), first, [second]),
    ...judgePodWay(reportOf(second.node), second, [first]),
    proveUnique(scenario, nodes, reportOf),
    ...judgeVteps(scenario, nodes, cluster, reportOf),
    provePing(reportOf(first.node), first, second, 2),
    provePing(reportOf(second.node), second, first, 2),
    proveLoss(reportOf(first.node), first, second),
    proveLoss(reportOf(second.node), second, first),
    ...judgeMtu(reportOf(first.node), first, second),
    ...judgeMtu(reportOf(second.node), second, first),
    ...nodes.flatMap((node) => [
      ...judgeNode(scenario, node, cluster, reportOf(node.name)),
      ...judgePrograms(scenario, node, cluster, reportOf(node.name)),
    ]),
  ];
}

function proveDifferentNodes(scenario: string, cluster: Observations, pods: readonly PodFacts[]): Claim {
  return prove(cluster, {
    scenario,
    kind: "different-nodes",
    about: { pods: pods.map(({ name }) => name) },
    expected: pods.map(({ name, node }) => `${name} on ${node}`).join(", "),
    from: ["pods"],
    read: (table) => {
      const placed = pods.map(({ name }) => {
        const row = table.split("\n").find((line) => line.startsWith(`${name} `));
        // Only the name of a node can be a word of the row that is a node's name.
        const node = row?.split(/\s+/).find((word) => pods.some((pod) => pod.node === word));
        return { name, node };
      });
      return {
        ok:
          placed.every(({ node }, at) => node === pods[at]!.node) &&
          new Set(placed.map(({ node }) => node)).size === pods.length,
        observed: placed.map(({ name, node }) => `${name} on ${node ?? "no known node"}`).join(", "),
      };
    },
  });
}

function proveDifferentCidrs(scenario: string, cluster: Observations, pods: readonly PodFacts[]): Claim {
  return prove(cluster, {
    scenario,
    kind: "different-pod-cidrs",
    about: {},
    expected: "a pod CIDR of its own for each node",
    from: ["nodes"],
    read: (output) => {
      const nodes = parseNodes(output);
      const cidrs = nodes.map(({ podCidr }) => podCidr);
      const known = pods.every((pod) => nodes.some(({ name }) => name === pod.node));
      return {
        ok: known && !cidrs.includes(undefined) && new Set(cidrs).size === nodes.length,
        observed: nodes.map(({ name, podCidr }) => `${name} ${podCidr ?? "none"}`).join(", "),
      };
    },
  });
}

function proveRoute(scenario: string, report: Observations, cluster: Observations, peer: string): Claim {
  return prove(report, {
    scenario,
    kind: "route",
    about: { node: report.node, peer },
    who: [report.node],
    expected: `${peer}'s pod CIDR via its first address, dev flannel.1, onlink`,
    from: ["routes"],
    read: (output) => {
      const cidr = networkOf(clusterNode(cluster, peer).podCidr);
      const via = cidr.split("/")[0]!;
      const routes = parseRoutes(output).filter(({ destination }) => destination === cidr);
      const seen = routes.map(
        (route) => `via ${route.via ?? "nothing"} dev ${route.device ?? "none"}${route.onlink ? " onlink" : ""}`,
      );
      return {
        expected: `${cidr} via ${via} dev flannel.1 onlink`,
        ok: routes.length === 1 && routes[0]!.via === via && routes[0]!.device === "flannel.1" && routes[0]!.onlink,
        observed: seen.length > 0 ? `${cidr} ${seen.join(" and ")}` : `no route to ${cidr}`,
      };
    },
  });
}
