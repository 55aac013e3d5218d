import { contains, networkOf } from "../evidence/cidr.ts";
import { type Backend, backendBy, backendOf, carrierIn, hasOneRoute, hasTables } from "../evidence/backends.ts";
import { type Family, firstFamily } from "../evidence/family.ts";
import { type Hop, placeOf } from "../evidence/journey/journey.ts";
import { parseForwarding } from "../evidence/parse/bridge.ts";
import { type ClusterNode, parseNodes, parseSubnet } from "../evidence/parse/flannel.ts";
import { type Link, linkNamed, linkWith, parseLinks } from "../evidence/parse/ip.ts";
import { parseNeighbours, parseRoutes } from "../evidence/parse/routes.ts";
import type { NodeOutput, PodOutput } from "../components/outputs.ts";
import { Proofs, type ReportOutputs, scenarioNames } from "./proofs.ts";

/** A pod as it is drawn. What could not be read from an output is left out, never guessed. */
export interface PodView extends PodOutput {
  readonly scenario: string;
  /** Number of its network namespace. */
  readonly inode?: string;
  /** The end of the cable in the pod. */
  readonly eth0?: Pick<Link, "index" | "peer" | "mac" | "mtu">;
  /** The end on the node. */
  readonly veth?: Pick<Link, "index" | "name" | "peer">;
  /** Which end of its scenario's journey it is, where a packet was followed. */
  readonly end?: "from" | "to";
}

/** What a node knows of another one's pods: three tables, each leading to the next. */
export interface WayThere {
  readonly node: string;
  readonly podCidr?: string;
  /** `ip route`: the next hop. */
  readonly via?: string;
  /** `ip neigh`: the next hop as its key, and its MAC. */
  readonly neighbour?: string;
  readonly mac?: string;
  /** `bridge fdb`: the machine behind that MAC. */
  readonly machine?: string;
}

export interface NodeView extends Pick<NodeOutput, "name" | "role" | "address"> {
  readonly podCidr?: string;
  /** The device that its routes have its own pods' network on. */
  readonly podDevice?: string;
  /** The one route to all other nodes' pods, where it is one: addresses and device. */
  readonly podRoute?: { readonly destination: string; readonly device: string };
  readonly cni0: { readonly address?: string; readonly mac?: string; readonly others: readonly string[] };
  readonly vtep?: { readonly mac?: string; readonly vni: number; readonly port: number; readonly device: string };
  /** The interface that packets leave the machine by, bare or wrapped. */
  readonly uplink?: string;
  readonly uplinkMac?: string;
  readonly ways: readonly WayThere[];
  readonly pods: readonly PodView[];
}

export interface ClusterView {
  /** How packets are carried between nodes. */
  readonly backend: Backend;
  readonly nodes: readonly NodeView[];
  readonly pods: readonly PodView[];
  /** All pods' addresses, CIDR. */
  readonly podNetwork?: string;
  /** The machines' own addresses, CIDR. */
  readonly machineNetwork?: string;
}

/** The cluster as its nodes described it: every name, address and number is read from the raw output of a command. */
export function viewCluster(outputs: ReportOutputs): ClusterView {
  const proofs = new Proofs(outputs);
  const family = firstFamily(outputs.network?.ipFamily);
  const backend = backendBy(backendOf(carrierIn(outputs.network)), family);
  const known =
    proofs.read(
      proofs.claims.filter(({ kind }) => kind === "different-pod-cidrs"),
      parseNodes,
    ) ?? [];
  const pods = scenarioNames(outputs).flatMap((scenario) =>
    (outputs.scenarios[scenario]?.pods ?? []).map((pod, index) =>
      viewPod(proofs, scenario, pod, index, outputs.scenarios[scenario]?.journey?.[0]),
    ),
  );
  const hops = Object.values(outputs.scenarios).flatMap(({ journey = [] }) => journey);
  const nodes = outputs.nodes.map((node) =>
    viewNode({ proofs, family, backend, known }, node, outputs.nodes, pods, hops),
  );
  return {
    backend,
    nodes,
    pods,
    podNetwork: proofs.read(
      proofs.claims.filter(({ output }) => output.includes("FLANNEL_MTU=")),
      (output) => parseSubnet(output, family).network,
    ),
    machineNetwork: machineNetwork(proofs, nodes),
  };
}

function viewPod(proofs: Proofs, scenario: string, pod: PodOutput, index: number, first?: Hop): PodView {
  const own = { pod: pod.name };
  const address = proofs.get(scenario, "pod-address", own);
  const eth0 = proofs.read([address], (output) => linkNamed(parseLinks(output), "eth0"));
  const inodes = (output: string): string[] => [...output.matchAll(/net:\[(\d+)\]/g)].map(([, inode = ""]) => inode);
  return {
    ...pod,
    scenario,
    end: pod.ip === first?.source ? "from" : pod.ip === first?.destination ? "to" : undefined,
    eth0,
    inode:
      proofs.read([address, proofs.get(scenario, "same-network-inode", own)], (output) => inodes(output)[0]) ??
      proofs.read([proofs.get(scenario, "two-network-namespaces", {})], (output) => inodes(output)[index]),
    veth: proofs.read([proofs.get(scenario, "veth-peer", own), proofs.get(scenario, "bridge-port", own)], (output) =>
      parseLinks(output).find((link) => link.master === "cni0" && link.index === eth0?.peer),
    ),
  };
}

interface Known {
  readonly proofs: Proofs;
  /** The lab's first. */
  readonly family: Family;
  readonly backend: Backend;
  /** What the API server said of the nodes. */
  readonly known: readonly ClusterNode[];
}

function viewNode(
  { proofs, family, backend, known }: Known,
  node: NodeOutput,
  all: readonly NodeOutput[],
  pods: readonly PodView[],
  hops: readonly Hop[],
): NodeView {
  const cidrOf = (name: string): string | undefined => {
    const cidr = known.find((one) => one.name === name)?.podCidr;
    return cidr && networkOf(cidr);
  };
  const mine = pods.filter((pod) => pod.node === node.name);
  const { vtep: device } = backend;
  const vtep =
    device === undefined
      ? undefined
      : proofs.read(proofs.on(node.name, "vtep"), (output) => linkNamed(parseLinks(output), device));
  const wire = proofs.read(proofs.on(node.name, "link-up"), (output) => linkWith(parseLinks(output, family), node));
  const ports =
    proofs.read(proofs.on(node.name, "veth-peer", "bridge-port"), (output) =>
      parseLinks(output).filter(({ master }) => master === "cni0"),
    ) ?? [];
  const sentFrom = (matches: (hop: Hop) => boolean): string | undefined =>
    hops.find((hop) => hop.machine === node.name && hop.direction === "out" && matches(hop))?.sourceMac;
  return {
    name: node.name,
    role: node.role,
    address: node.address,
    podCidr: cidrOf(node.name),
    podDevice: proofs.read(
      proofs.on(node.name, "route"),
      (output) =>
        parseRoutes(output).find(({ destination, via }) => destination === cidrOf(node.name) && via === undefined)
          ?.device,
    ),
    ...podRoute(proofs, backend, node.name),
    cni0: {
      address: proofs.read(
        proofs.on(node.name, "in-node-cidr", "pod-mtu"),
        (output) => parseSubnet(output, family).subnet,
      ),
      mac:
        proofs.read(
          proofs.on(node.name, "forwarding"),
          (output) => /^(\S+) dev cni0 master cni0 permanent/m.exec(output)?.[1],
        ) ?? sentFrom((hop) => hop.interface === "cni0"),
      others: ports.map(({ name }) => name).filter((name) => !mine.some((pod) => pod.veth?.name === name)),
    },
    vtep: vtep?.vxlan && { mac: vtep.mac, ...vtep.vxlan },
    ...(vtep?.vxlan === undefined && wire !== undefined && { uplink: wire.name }),
    ...(vtep?.vxlan !== undefined && { uplink: vtep.vxlan.device }),
    uplinkMac: sentFrom((hop) => placeOf(hop) === "wire") ?? (backend.tunnel === undefined ? wire?.mac : undefined),
    ways: all
      .filter((other) => other !== node)
      .map((other) => wayThere(proofs, backend, node.name, other, cidrOf(other.name))),
    pods: mine,
  };
}

/** The route into the device that takes all of the pod network. */
function podRoute(proofs: Proofs, backend: Backend, node: string): Pick<NodeView, "podRoute"> {
  if (!hasOneRoute(backend)) return {};
  const { tunnel } = backend;
  const found = proofs.read(proofs.on(node, "route"), (output) =>
    parseRoutes(output).find(({ device, via }) => device === tunnel?.device && via === undefined),
  );
  return found?.device === undefined ? {} : { podRoute: { destination: found.destination, device: found.device } };
}

function wayThere(
  proofs: Proofs,
  backend: Backend,
  from: string,
  { name: to, address }: NodeOutput,
  podCidr?: string,
): WayThere {
  const { tunnel } = backend;
  const via = proofs.read(
    proofs.on(from, "route"),
    (output) =>
      parseRoutes(output).find(
        (route) => route.destination === podCidr && (tunnel === undefined || route.device === tunnel.device),
      )?.via,
  );
  if (!hasTables(backend)) return { node: to, podCidr, ...(!hasOneRoute(backend) && { via }) };
  if (tunnel === undefined) {
    const there = proofs.read(proofs.on(from, "wire-neighbour"), (output) =>
      parseNeighbours(output).find((entry) => entry.address === (via ?? address)),
    );
    return { node: to, podCidr, via, neighbour: there?.address, mac: there?.mac };
  }
  // Where no route was looked at, the entry is that of the CIDR's own address, as flannel writes it.
  const gateway = via ?? podCidr?.split("/")[0];
  const neighbour = proofs.read(proofs.on(from, "vtep-neighbour"), (output) =>
    parseNeighbours(output).find(({ address }) => address === gateway),
  );
  const mac = neighbour?.mac;
  const machine = proofs.read(
    proofs.on(from, "vtep-forwarding"),
    (output) => parseForwarding(output, tunnel.device).find((entry) => entry.mac === mac)?.destination,
  );
  return { node: to, podCidr, via, neighbour: neighbour?.address, mac, machine };
}

/** The network that a node's own address lies in, from its routes. */
function machineNetwork(proofs: Proofs, nodes: readonly NodeView[]): string | undefined {
  for (const { name, address } of nodes) {
    const network = proofs.read(
      proofs.on(name, "route"),
      (output) =>
        parseRoutes(output).find(
          ({ destination, via }) => via === undefined && destination.includes("/") && contains(destination, address),
        )?.destination,
    );
    if (network !== undefined) return network;
  }
  return undefined;
}
