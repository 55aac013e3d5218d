import type { Claim } from "./claim.ts";
import type { Hop } from "./journey/journey.ts";
import { isAnswer } from "./journey/marked.ts";

/** Where a packet was seen last, what is between there and the next hop, and which claims speak of that. */
export interface Loss {
  readonly last?: Hop;
  readonly between: string;
  /** First parts of the claims' names after the scenario, the likeliest first. */
  readonly claims: readonly string[];
}

/** A hop by its place on the way, whatever the interfaces are called. */
type Place = "pod in" | "bridge in" | "vtep out" | "wire out" | "wire in" | "vtep in" | "bridge out" | "pod out";

const claimsOf: Readonly<Record<Place | "nowhere", readonly [string, ...string[]]>> = {
  nowhere: ["the pod's own route and its eth0", "pod-address", "veth-peer", "bridge-port"],
  "pod in": ["the bridge port of that veth", "veth-peer", "bridge-port"],
  "bridge in": ["the node's routes and its FORWARD chain", "route", "vtep"],
  "vtep out": ["flannel.1's neighbour and forwarding entries for the other node", "vtep-neighbour", "vtep-forwarding"],
  "wire out": ["the network between the machines: UDP 8472, and the address it was sent to", "vtep-forwarding", "vtep"],
  "wire in": ["the node's INPUT chain for UDP 8472, and the VNI of its flannel.1", "vtep"],
  "vtep in": [
    "the inner destination MAC, the node's routes and its FORWARD chain",
    "vtep-neighbour",
    "route",
    "veth-peer",
  ],
  "bridge out": [
    "the pod's MAC as the node knows it, and the forwarding table of cni0",
    "forwarding",
    "veth-peer",
    "pod-address",
  ],
  "pod out": ["the other pod itself: does something there listen and answer?", "pod-address", "neighbour"],
};

/** For a journey that ended before the answer was back in the pod that asked. Pure. */
export function locateLoss(hops: readonly Hop[]): Loss {
  // What turned it away sent an error back; the packet itself got no further than it was seen.
  const last = hops.findLast(({ leg, kind }) => leg === "request" || isAnswer(kind));
  const [between, ...claims] = claimsOf[last === undefined ? "nowhere" : placeOf(last)];
  return { ...(last && { last }), between, claims };
}

function placeOf(hop: Hop): Place {
  if (hop.outer !== undefined) return `wire ${hop.direction}`;
  if (hop.interface.startsWith("flannel.")) return `vtep ${hop.direction}`;
  if (hop.interface === "cni0") return `bridge ${hop.direction}`;
  return `pod ${hop.direction}`;
}

/** The claims that do not hold, those about the place of the loss first. Pure. */
export function explain({ claims: likely }: Loss, claims: readonly Claim[]): readonly Claim[] {
  const rank = ({ id }: Claim): number => {
    const place = likely.indexOf(id.split("/")[1] ?? "");
    return place < 0 ? likely.length : place;
  };
  return claims.filter(({ ok }) => !ok).toSorted((one, other) => rank(one) - rank(other));
}
