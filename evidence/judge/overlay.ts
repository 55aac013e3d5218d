import { aboutBackend, type Backend, backendBy, type Carrier, backendOf, type Manner } from "../backends.ts";
import { networkOf } from "../cidr.ts";
import type { Claim } from "../claim.ts";
import { ipv4 } from "../family.ts";
import type { NodeFacts, PodFacts } from "../facts.ts";
import { oneOf, proveAddress, proveInSubnet, provePeer, provePing } from "./pod.ts";
import { judgeMtu } from "./mtu.ts";
import { judgeNode } from "./nodes.ts";
import { judgePodWay, proveLoss } from "./pod-way.ts";
import { judgePrograms } from "./programs.ts";
import { proveBackend, proveWireNeighbour } from "./backend.ts";
import { judgeDecisions } from "./decisions.ts";
import { proveUnique } from "./unique.ts";
import { type NextHop, nextHop, type Way } from "./next-hop.ts";
import { judgeWireguard, proveTunnelEnd } from "./tunnel.ts";
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
  /** How packets are carried between the nodes. @default vxlan */
  readonly backend?: Carrier;
}

/**
 * Two pods of different nodes and what is between them. Where IPv4 is not the lab's first family, only what is of no family, and what is the same for
 * either: judgeSecondOverlay says the rest.
 */
export function judgeOverlay(
  { pods, nodes, cluster, overlay, backend: name }: OverlayEvidence,
  family = ipv4,
): Claim[] {
  const backend = backendBy(backendOf(name), family);
  const [first, second] = pods;
  const scenario = first.namespace;
  const reportOf = (node: string): Observations =>
    overlay.find((report) => report.node === node) ?? unseen(node, cluster.at);
  const factsOf = (node: string): NodeFacts => nodes.find((one) => one.name === node) ?? { name: node, address: "" };
  const wayFrom = (node: string, peer: string): Way => ({
    backend,
    node: factsOf(node),
    peer: factsOf(peer),
    cluster,
    report: reportOf(node),
  });
  const peers = pods.map((pod) => provePeer(reportOf(pod.node), oneOf(pod)));
  const ofNodes = nodes.flatMap((node) => [
    proveBackend(scenario, backend, node, cluster, reportOf(node.name), family),
    ...judgeNode(scenario, node, cluster, reportOf(node.name), backend, family),
    ...judgePrograms(scenario, node, cluster, reportOf(node.name), backend, family),
  ]);
  if (family !== ipv4) return [proveDifferentNodes(scenario, cluster, pods), ...peers, ...ofNodes];
  return [
    proveDifferentNodes(scenario, cluster, pods),
    proveDifferentCidrs(scenario, cluster, pods),
    ...pods.map((pod) => proveAddress(reportOf(pod.node), oneOf(pod), `network-namespace/${pod.name}`)),
    ...pods.map((pod) => proveInSubnet(reportOf(pod.node), oneOf(pod))),
    ...peers,
    proveRoute(scenario, wayFrom(first.node, second.node)),
    proveRoute(scenario, wayFrom(second.node, first.node)),
    ...judgeDecisions(pods, wayFrom),
    ...judgePodWay(reportOf(first.node), first, [second]),
    ...judgePodWay(reportOf(second.node), second, [first]),
    proveUnique(scenario, nodes, reportOf, backend),
    ...judgeBetween(scenario, backend, nodes, cluster, reportOf),
    provePing(reportOf(first.node), first, second, backend.routers),
    provePing(reportOf(second.node), second, first, backend.routers),
    proveLoss(reportOf(first.node), first, second),
    proveLoss(reportOf(second.node), second, first),
    ...judgeMtu(reportOf(first.node), first, second),
    ...judgeMtu(reportOf(second.node), second, first),
    ...ofNodes,
  ];
}

/** What each node must know of every other one: of its VTEP, or of the machine itself. */
function judgeBetween(
  scenario: string,
  backend: Backend,
  nodes: readonly NodeFacts[],
  cluster: Observations,
  reportOf: (node: string) => Observations,
): Claim[] {
  const { manner, vtep } = backend;
  return [
    ...(vtep === undefined ? [] : judgeVteps(scenario, nodes, cluster, reportOf, backend)),
    ...(manner === "packet" ? nodes.map((node) => proveTunnelEnd(scenario, node, reportOf(node.name), backend)) : []),
    ...(manner === "sealed" ? judgeWireguard(scenario, nodes, cluster, reportOf, backend) : []),
    ...(manner === "bare"
      ? nodes.flatMap((node) =>
          nodes
            .filter((peer) => peer !== node)
            .map((peer) => proveWireNeighbour(scenario, node, peer, reportOf(node.name), reportOf(peer.name))),
        )
      : []),
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

export function proveDifferentCidrs(scenario: string, cluster: Observations, pods: readonly PodFacts[]): Claim {
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

export function proveRoute(scenario: string, way: Way): Claim {
  const { backend, peer, report } = way;
  return prove(report, {
    scenario,
    kind: "route",
    about: { node: report.node, peer: peer.name, ...aboutBackend(backend) },
    who: [report.node],
    expected: expectedRoute(backend, peer.name),
    from: ["routes"],
    read: (output) => {
      const wanted = nextHop(way);
      // A longer route than the wanted one would be taken first.
      const cidr = networkOf(clusterNode(way.cluster, peer.name).podCidr);
      const routes = parseRoutes(output).filter(({ destination }) => [wanted.destination, cidr].includes(destination));
      const seen = routes.map((route) => say({ ...route, device: route.device ?? "none" }, wanted.via === undefined));
      const right = say(wanted, wanted.via === undefined);
      return {
        expected: `${wanted.destination} ${right}`,
        ok: routes.length === 1 && routes[0]!.destination === wanted.destination && seen[0] === right,
        observed:
          seen.length > 0 ? `${routes[0]!.destination} ${seen.join(" and ")}` : `no route to ${wanted.destination}`,
      };
    },
  });
}

function expectedRoute({ manner, tunnel }: Backend, peer: string): string {
  const device = tunnel?.device ?? "the wire";
  const whole = `the whole pod network dev ${device}, and no route of its own for ${peer}'s pod CIDR`;
  const expected: Readonly<Record<Manner, string>> = {
    frame: `${peer}'s pod CIDR via its first address, dev ${device}, onlink`,
    packet: `${peer}'s pod CIDR via its own address, dev ${device}, onlink`,
    program: whole,
    sealed: whole,
    bare: `${peer}'s pod CIDR via its own address, dev ${device}`,
  };
  return expected[manner];
}

function say({ via, device, onlink }: Omit<NextHop, "destination">, direct: boolean): string {
  return `${via === undefined && direct ? "" : `via ${via ?? "nothing"} `}dev ${device}${onlink ? " onlink" : ""}`;
}
