import type { Claim } from "../evidence/claim.ts";
import { type Backend, inTermsOf } from "../evidence/backends.ts";
import { type Hop, placeOf as placeOfHop } from "../evidence/journey/journey.ts";
import type { ClusterView, PodView } from "./cluster-view.ts";
import { type HopFacts, hopWords, type Place } from "./hop-words.ts";
import { inEach, type Text } from "./language.ts";
import { nameOf } from "./pod-names.ts";
import type { Proofs } from "./proofs.ts";
import { entryId, type tables } from "./route.ts";

/** A claim that proves a step; or a line of its raw output that does, where its sentence is about something else. */
export interface Proof {
  readonly claim: Claim;
  readonly quote?: Quote;
}

interface Quote {
  readonly command: string;
  readonly line: string;
}

/** A hop in Linux terms, and what proves it. */
export interface Explained {
  readonly place: Place;
  readonly title: Text;
  readonly why: Text;
  readonly proofs: readonly Proof[];
  /** The id of the entry that the node looked up. */
  readonly entry?: string;
}

/** A hop between two pods of a lesson, with what its node knows of the way. */
interface Leg {
  readonly facts: Omit<HopFacts, "quoted">;
  readonly from: PodView;
  readonly to: PodView;
  readonly scenario: string;
  readonly proofs: Proofs;
}

interface Evidence {
  readonly claims: readonly (Claim | undefined)[];
  /** A line of a claim's raw output. */
  readonly quote?: Proof | undefined;
}

/** Where in a machine a packet is. */
export type Layer = "veth" | "bridge" | "vtep" | "wire";

const bridge = "cni0";

const layers = { pod: "veth", bridge: "bridge", vtep: "vtep", wire: "wire", device: "veth" } as const;

export const layerOf = (hop: Hop): Layer => layers[placeOfHop(hop)];

/** Why the packet is where it is. */
export function explain(hop: Hop, scenario: string, view: ClusterView, proofs: Proofs): Explained {
  const pod = (ip: string): PodView | undefined => view.pods.find((one) => one.ip === ip);
  const [from, to] = [pod(hop.source), pod(hop.destination)];
  const place = from === undefined || to === undefined ? "unexpected" : placeOf(hop, from, to, view.backend);
  const node = (name?: string) => view.nodes.find((one) => one.name === name);
  const way = node(from?.node)?.ways.find((one) => one.node === to?.node);
  const facts = {
    hop,
    sender: from === undefined ? hop.source : nameOf(from),
    receiver: to === undefined ? hop.destination : nameOf(to),
    fromNode: from?.node ?? hop.machine,
    toNode: to?.node ?? hop.machine,
    cidr: node(hop.machine)?.podCidr,
    via: way?.via,
    neighbour: way?.neighbour,
    mac: way?.mac,
    mtu: from?.eth0?.mtu,
    reserved: view.backend.reserved,
  };
  const { claims, quote } =
    from === undefined || to === undefined
      ? { claims: [], quote: undefined }
      : evidence[place]({ facts, from, to, scenario, proofs });
  const { title, why } = hopWords[place];
  const entry = entryOf(place, facts);
  return {
    place,
    title,
    why: inEach((language) => inTermsOf(view.backend, why[language]({ ...facts, quoted: quote !== undefined }))),
    proofs: [quote ?? [], claims.flatMap((claim) => (claim === undefined ? [] : [{ claim }]))].flat(),
    ...(entry !== undefined && { entry }),
  };
}

function placeOf(hop: Hop, from: PodView, to: PodView, { tunnel, manner }: Backend): Place {
  const layer = layerOf(hop);
  const leaves = hop.machine === from.node;
  if (
    from.node !== to.node &&
    (manner === "packet" || manner === "program" || manner === "sealed") &&
    layer !== "veth" &&
    !(layer === "bridge" && !leaves)
  )
    return `${manner}: ${leaves ? "leaving" : "arriving"} ${layer}` as Place;
  if (from.node !== to.node && tunnel === undefined) {
    if (layer === "wire") return leaves ? "bare: leaving" : "bare: arriving";
    if (layer === "bridge" && leaves) return "bare: routed";
    if (layer === "vtep") return "unexpected";
  }
  if (from.node !== to.node) return `${leaves ? "leaving" : "arriving"}: ${layer}`;
  if (layer === "bridge") return "bridged: bridge";
  if (layer !== "veth") return "unexpected";
  return hop.direction === "in" ? "bridged: from the pod" : "bridged: to the pod";
}

/** The table whose entry led the packet here: on the way out one for each layer, on the way in the route to the node's own pods. */
const lookedUp: Readonly<Partial<Record<Place, (typeof tables)[number]>>> = {
  "leaving: bridge": "route",
  "leaving: vtep": "neighbour",
  "leaving: wire": "fdb",
  "bare: routed": "route",
  "bare: leaving": "neighbour",
  "packet: leaving bridge": "route",
  "arriving: bridge": "route",
};

function entryOf(place: Place, { hop, toNode }: Leg["facts"]): string | undefined {
  const table = lookedUp[place];
  return table && entryId(hop.machine, toNode, table);
}

/** The first line of a claim's raw output that fits. */
function quoted(claim: Claim | undefined, command: string, fits: (line: string) => boolean): Proof | undefined {
  const line = claim?.output.split("\n").find(fits)?.trim();
  return claim === undefined || line === undefined ? undefined : { claim, quote: { command, line } };
}

/** A line of tcpdump's about this hop's packet. */
const ofPacket = ({ source, destination }: Hop, line: string): boolean =>
  line.includes(` ${source} > ${destination}: `);

/** What proves a hop, by its place. */
const evidence: Readonly<Record<Place, (leg: Leg) => Evidence>> = {
  "bridged: from the pod": ({ proofs, scenario, from }) => ({
    claims: [
      proofs.get(scenario, "bridge-port", { pod: from.name }),
      proofs.get(scenario, "neighbour", { from: from.name }),
    ],
  }),
  "bridged: bridge": (leg) => ({
    claims: [
      leg.proofs.get(leg.scenario, "forwarding", { pod: leg.to.name }),
      leg.proofs.get(leg.scenario, "forwarding", { pod: leg.from.name }),
    ],
    quote: quoted(legClaim(leg), "tcpdump", (line) => /^\S+ cni0\s+P\s/.test(line) && ofPacket(leg.facts.hop, line)),
  }),
  "bridged: to the pod": (leg) => ({
    claims: [
      leg.proofs.get(leg.scenario, "bridge-port", { pod: leg.to.name }),
      leg.proofs.get(leg.scenario, "ping", { from: leg.from.name, to: leg.to.name }),
      legClaim(leg),
    ],
  }),
  "leaving: veth": ({ proofs, scenario, from }) => ({
    claims: [
      proofs.get(scenario, "veth-peer", { pod: from.name }),
      proofs.get(scenario, "in-node-cidr", { pod: from.name }),
    ],
  }),
  "leaving: bridge": (leg) => ({
    claims: [
      leg.proofs.get(leg.scenario, "route", { node: leg.from.node }),
      leg.proofs.get(leg.scenario, "different-pod-cidrs", {}),
    ],
    quote: quoted(legClaim(leg), "tcpdump", (line) => /^\S+ cni0\s+In\s/.test(line) && ofPacket(leg.facts.hop, line)),
  }),
  "leaving: vtep": ({ proofs, scenario, from, to, facts: { mac } }) => ({
    claims: [
      proofs.get(scenario, "vtep-neighbour", { node: from.node, peer: to.node }),
      proofs.get(scenario, "vtep", { node: from.node }),
    ],
    quote: quoted(
      proofs.get(scenario, "different-pod-cidrs", {}),
      "kubectl get nodes",
      (line) => mac !== undefined && line.includes("VtepMAC") && line.includes(mac),
    ),
  }),
  "leaving: wire": ({ proofs, scenario, from, to, facts: { hop } }) => ({
    claims: [
      proofs.get(scenario, "vtep-forwarding", { node: from.node, peer: to.node }),
      proofs.get(scenario, "journey/encapsulation", { leg: hop.leg }),
      proofs.get(scenario, "mtu-passes", { from: from.name, to: to.name }),
    ],
  }),
  "arriving: wire": ({ proofs, scenario, to, facts: { hop } }) => ({
    claims: [
      proofs.get(scenario, "vtep", { node: to.node }),
      proofs.get(scenario, "journey/encapsulation", { leg: hop.leg }),
    ],
  }),
  "arriving: vtep": (leg) => ({
    claims: [leg.proofs.get(leg.scenario, "vtep", { node: leg.to.node }), legClaim(leg)],
    quote: quoted(
      legClaim(leg),
      "tcpdump",
      (line) => line.startsWith(`${leg.facts.hop.sourceMac} > `) && ofPacket(leg.facts.hop, line),
    ),
  }),
  "arriving: bridge": ({ proofs, scenario, to, facts: { cidr } }) => ({
    claims: [proofs.get(scenario, "in-node-cidr", { pod: to.name })],
    quote: quoted(
      proofs.get(scenario, "route", { node: to.node }),
      "ip route",
      (line) => cidr !== undefined && line.startsWith(`${cidr} dev ${bridge}`),
    ),
  }),
  "arriving: veth": (leg) => ({
    claims: [
      leg.proofs.get(leg.scenario, "veth-peer", { pod: leg.to.name }),
      leg.proofs.get(leg.scenario, "ping", { from: leg.to.name, to: leg.from.name }),
      legClaim(leg),
    ],
  }),
  "bare: routed": (leg) => ({
    claims: [
      leg.proofs.get(leg.scenario, "route", { node: leg.from.node }),
      leg.proofs.get(leg.scenario, "different-pod-cidrs", {}),
    ],
    quote: quoted(legClaim(leg), "tcpdump", (line) => /^\S+ cni0\s+In\s/.test(line) && ofPacket(leg.facts.hop, line)),
  }),
  "bare: leaving": ({ proofs, scenario, from, to, facts: { hop } }) => ({
    claims: [
      proofs.get(scenario, "wire-neighbour", { node: from.node, peer: to.node }),
      proofs.get(scenario, "journey/bare", { leg: hop.leg }),
      proofs.get(scenario, "mtu-passes", { from: from.name, to: to.name }),
    ],
  }),
  "bare: arriving": (leg) => ({
    claims: [
      legClaim(leg),
      leg.proofs.get(leg.scenario, "route-decision", { node: leg.to.node, from: leg.from.name, to: leg.to.name }),
    ],
  }),
  "program: leaving bridge": (leg) => ({
    claims: [
      leg.proofs.get(leg.scenario, "route", { node: leg.from.node }),
      leg.proofs.get(leg.scenario, "different-pod-cidrs", {}),
    ],
    quote: quoted(legClaim(leg), "tcpdump", (line) => /^\S+ cni0\s+In\s/.test(line) && ofPacket(leg.facts.hop, line)),
  }),
  "program: leaving vtep": ({ proofs, scenario, from }) => ({
    claims: [
      proofs.get(scenario, "backend", { node: from.node }),
      proofs.get(scenario, "flannel-ready", { node: from.node }),
    ],
  }),
  "program: leaving wire": ({ proofs, scenario, from, to, facts: { hop } }) => ({
    claims: [
      proofs.get(scenario, "journey/encapsulation", { leg: hop.leg }),
      proofs.get(scenario, "mtu-passes", { from: from.name, to: to.name }),
    ],
  }),
  "program: arriving wire": ({ proofs, scenario, to, facts: { hop } }) => ({
    claims: [
      proofs.get(scenario, "flannel-ready", { node: to.node }),
      proofs.get(scenario, "journey/encapsulation", { leg: hop.leg }),
    ],
  }),
  "program: arriving vtep": (leg) => ({
    claims: [
      legClaim(leg),
      leg.proofs.get(leg.scenario, "route-decision", { node: leg.to.node, from: leg.from.name, to: leg.to.name }),
    ],
  }),
  "packet: leaving bridge": (leg) => ({
    claims: [
      leg.proofs.get(leg.scenario, "route", { node: leg.from.node }),
      leg.proofs.get(leg.scenario, "different-pod-cidrs", {}),
    ],
    quote: quoted(legClaim(leg), "tcpdump", (line) => /^\S+ cni0\s+In\s/.test(line) && ofPacket(leg.facts.hop, line)),
  }),
  "packet: leaving vtep": ({ proofs, scenario, from }) => ({
    claims: [proofs.get(scenario, "tunnel-end", { node: from.node })],
  }),
  "packet: leaving wire": ({ proofs, scenario, from, to, facts: { hop } }) => ({
    claims: [
      proofs.get(scenario, "journey/encapsulation", { leg: hop.leg }),
      proofs.get(scenario, "mtu-passes", { from: from.name, to: to.name }),
    ],
  }),
  "packet: arriving wire": ({ proofs, scenario, to, facts: { hop } }) => ({
    claims: [
      proofs.get(scenario, "tunnel-end", { node: to.node }),
      proofs.get(scenario, "journey/encapsulation", { leg: hop.leg }),
    ],
  }),
  "packet: arriving vtep": (leg) => ({
    claims: [
      legClaim(leg),
      leg.proofs.get(leg.scenario, "route-decision", { node: leg.to.node, from: leg.from.name, to: leg.to.name }),
    ],
  }),
  "sealed: leaving bridge": (leg) => ({
    claims: [
      leg.proofs.get(leg.scenario, "route", { node: leg.from.node }),
      leg.proofs.get(leg.scenario, "different-pod-cidrs", {}),
    ],
    quote: quoted(legClaim(leg), "tcpdump", (line) => /^\S+ cni0\s+In\s/.test(line) && ofPacket(leg.facts.hop, line)),
  }),
  "sealed: leaving vtep": ({ proofs, scenario, from, to }) => ({
    claims: [
      proofs.get(scenario, "tunnel-peer", { node: from.node, peer: to.node }),
      proofs.get(scenario, "tunnel-end", { node: from.node }),
    ],
  }),
  "sealed: leaving wire": ({ proofs, scenario, from, to, facts: { hop } }) => ({
    claims: [
      proofs.get(scenario, "journey/sealed", { leg: hop.leg }),
      proofs.get(scenario, "journey/encapsulation", { leg: hop.leg }),
      proofs.get(scenario, "mtu-passes", { from: from.name, to: to.name }),
    ],
  }),
  "sealed: arriving wire": ({ proofs, scenario, from, to, facts: { hop } }) => ({
    claims: [
      proofs.get(scenario, "tunnel-peer", { node: to.node, peer: from.node }),
      proofs.get(scenario, "journey/encapsulation", { leg: hop.leg }),
    ],
  }),
  "sealed: arriving vtep": (leg) => ({
    claims: [
      legClaim(leg),
      leg.proofs.get(leg.scenario, "route-decision", { node: leg.to.node, from: leg.from.name, to: leg.to.name }),
    ],
  }),
  unexpected: () => ({ claims: [] }),
};

/** The claim about this leg on the hop's node. */
const legClaim = ({ proofs, scenario, facts: { hop } }: Leg): Claim | undefined =>
  proofs.get(scenario, `journey/${hop.leg}`, { node: hop.machine });
