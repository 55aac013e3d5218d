import { type BackendName, backendNames, backendOf, type Carrier, usualBackend } from "../evidence/backends.ts";
import type { PodFacts } from "../evidence/facts.ts";
import type { End, Fault, Packet, Place, Target } from "./fault.ts";

/** Where packets go, in the words in which the catalogue says which of them are lost. Pure. */

/** From this node to another one. */
export const leaves = ({ from, to }: Packet, { node }: Target): boolean =>
  from.node !== to.node && from.node === node.name;
/** From another node to this one. */
export const enters = ({ from, to }: Packet, { node }: Target): boolean =>
  from.node !== to.node && to.node === node.name;
/** From this node to the peer. */
export const towards = ({ from, to }: Packet, { node, peer }: Target): boolean =>
  from.node === node.name && to.node === peer.name;
/** Both ends are on this node. */
export const stays = ({ from, to }: Packet, { node }: Target): boolean =>
  from.node === node.name && to.node === node.name;

export const isPod = ({ pod }: End, wanted: PodFacts): boolean =>
  pod?.name === wanted.name && pod.namespace === wanted.namespace;

/** A packet for a Service on its way through the sender's node: it is routed there, wherever it goes. */
export const routedForService = (packet: Packet, { node }: Target): boolean =>
  packet.service && !packet.answer && packet.from.node === node.name;

/** The last place before the node's own routing, for a packet that comes from a pod of it or from the wire. */
export const beforeRouting = ({ from, to }: Packet, { node }: Target): Place =>
  from.node === node.name || from.node === to.node ? "bridge in" : "vtep in";

/** The last place before a pod's own cable. */
export const beforeCable = ({ from, to }: Packet): Place => (from.node === to.node ? "bridge in" : "bridge out");

/** What fails wherever the port of VXLAN does not pass between this node and any other, asked from either end. */
export const noPassage = ({ node }: Target) =>
  [
    { kind: "overlay-port", about: { node: node.name } },
    { kind: "overlay-port", about: { peer: node.name } },
  ] as const;

/** The backends of a lab that can have the fault, the usual one first. */
export const fittingBackends = ({ manners }: Pick<Fault, "manners">): readonly BackendName[] =>
  backendNames.filter((one) => manners === undefined || manners.includes(backendOf(one).manner));

/** Why a fault cannot be in a lab with this backend, as a sentence; undefined: it can. Pure. */
export function absentWith(fault: Fault, backend: Carrier = usualBackend): string | undefined {
  const fitting = fittingBackends(fault);
  const { name } = backendOf(backend);
  return fitting.includes(name)
    ? undefined
    : `${fault.name} is about what backend "${name}" does not have, or mends by itself; it is for backend ${fitting.join(" or ")}`;
}

/** Where packets leave bare nothing is between the bridge and the wire: the place before such a one, or after it, is where a packet is seen last. Pure. */
export function placeWith(place: Place, backend: Carrier | undefined): Place {
  if (backendOf(backend).manner !== "bare") return place;
  return place === "vtep out" ? "bridge in" : place === "vtep in" ? "wire in" : place;
}
