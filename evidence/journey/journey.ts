import { z } from "zod";
import { type Marked, match, sequenceOf } from "./marked.ts";
import { type Observations, outputOf } from "../observation.ts";
import { type Backend, backendOf } from "../backends.ts";
import type { NodeFacts } from "../facts.ts";
import { type Family, ipv4 } from "../family.ts";
import { linkWith, parseLinks } from "../parse/ip.ts";
import { isSealed, pairSealed } from "./sealed.ts";
import { type Ip, readIp, readIpInIp, readPorts, readUdpTunnel, readVxlan } from "../parse/packet.ts";
import { type Frame, parsePcap } from "../parse/pcap.ts";

/** One packet seen on one interface. */
export const hop = z.object({
  leg: z.enum(["request", "reply"]),
  kind: z.string().describe('What it is, such as "ICMP echo request" or "TCP SYN, ACK".'),
  machine: z.string(),
  interface: z.string(),
  direction: z.enum(["in", "out"]),
  source: z.string().describe("Address of the pod that sent the packet, as the destination is that of the other."),
  destination: z.string(),
  ttl: z.number().describe("Of the packet that the pod sent, as the length is."),
  length: z.number().describe("Bytes, its IP header included."),
  sourceMac: z.string().describe("Link-layer address that the frame was sent from."),
  outer: z
    .object({
      source: z.string(),
      destination: z.string(),
      ttl: z.number(),
      length: z.number(),
      sourcePort: z
        .number()
        .optional()
        .describe("Of UDP, as the other port; none where one IP header follows the other."),
      destinationPort: z.number().optional(),
      vni: z.number().optional().describe("Of VXLAN, as the MACs are."),
      sourceMac: z.string().optional().describe("The VTEPs' addresses, in the Ethernet header inside."),
      destinationMac: z.string().optional(),
      sealed: z
        .literal(true)
        .optional()
        .describe(
          "What is inside is encrypted: port, direction, length and time tell which packet it is, and the addresses, TTL and length beside are those that it has on the device.",
        ),
    })
    .optional()
    .describe("The packet that carries it, between the machines."),
  bare: z
    .literal(true)
    .optional()
    .describe("On the wire as it is: the machines' network carries it by the pods' own addresses."),
  micros: z.number().describe("Microseconds since the first hop."),
  aligned: z
    .boolean()
    .optional()
    .describe("The machine's clock was shifted to fit between the other's sending and receiving."),
});
export type Hop = Readonly<z.infer<typeof hop>>;

/** How packets are carried between which machines. */
export interface Carriage {
  readonly backend: Backend;
  /** With their addresses of the packet's family. */
  readonly nodes: readonly NodeFacts[];
  /** @default ipv4 */
  readonly family?: Family;
}

/** By the backend that is usual: whatever is on the wire is inside another packet. */
export const wrapped: Carriage = { backend: backendOf(), nodes: [] };

/** Which ends of the journey a machine has. */
type End = "sender" | "receiver" | "both";

type Sighting = Omit<Hop, "micros" | "aligned"> & { readonly frame: Frame; readonly attempt: number };

/** A hop, and the frame in the capture that shows it. */
export interface Step {
  readonly hop: Hop;
  readonly frame: Frame;
}

/**
 * One marked packet and the answer to it as captured on the sender's machine and, where that is another, the receiver's, hop by hop.
 * @throws Error when a report cannot be read, or nothing marked is in the sender's
 */
export function joinJourney(
  marked: Marked,
  sender: Observations,
  receiver?: Observations,
  carriage: Carriage = wrapped,
): Hop[] {
  return followSteps(marked, { sender, receiver, carriage }).map(({ hop }) => hop);
}

/** What was captured of one packet. */
export interface Captures {
  readonly sender: Observations;
  /** @default the packet stays on the sender's machine */
  readonly receiver?: Observations | undefined;
  /** What the machine saw that is between them. @default none is */
  readonly between?: Observations | undefined;
  /** The packet came to the sender's machine from outside: it is no sender, and the first that saw it. @default false */
  readonly enters?: boolean | undefined;
  /** @default inside VXLAN */
  readonly carriage?: Carriage | undefined;
}

/** The same with the frames. @throws Error as joinJourney */
export function followSteps(
  marked: Marked,
  { sender, receiver, between, enters = false, carriage = wrapped }: Captures,
): Step[] {
  const known = asSent(marked, sender);
  const of = (report: Observations, end: End): Sighting[] => sightings(known, report, end, carriage);
  const alone = receiver === undefined && between === undefined;
  const seen = of(sender, enters ? "receiver" : alone ? "both" : "sender");
  const latest = seen.reduce<Sighting | undefined>(
    (one, other) => (one === undefined || other.frame.at > one.frame.at ? other : one),
    undefined,
  );
  // A check that was interrupted may have sent its packet before: the last one counts.
  const last = (hop: Sighting): boolean => hop.attempt === latest?.attempt;
  const here = seen.filter(last).filter(firstTime);
  const first = here[0];
  if (first === undefined) throw new Error(`the marked packet was not seen on ${sender.node}`);
  const there = receiver === undefined ? [] : of(receiver, "receiver").filter(last).filter(firstTime);
  const passed = between === undefined ? [] : of(between, "receiver").filter(last).filter(firstTime);
  const shift = clockShift(here, there);
  return (enters ? inOrder([], here, there) : inOrder(here, passed, there)).map(({ frame, attempt: _, ...hop }) => {
    const aligned = shift !== 0 && hop.machine !== sender.node;
    return {
      frame,
      hop: { ...hop, micros: frame.at - (aligned ? shift : 0) - first.frame.at, ...(aligned && { aligned }) },
    };
  });
}

/** Name of the interface that sends packets of pods as they are; none where they are inside another packet there. */
function wireOf({ backend, nodes, family = ipv4 }: Carriage, report: Observations): string | undefined {
  const node = nodes.find(({ name }) => name === report.node);
  return backend.tunnel === undefined && node !== undefined
    ? linkWith(parseLinks(outputOf(report, "links"), family), node).name
    : undefined;
}

/**
 * The way there and back over the sender's machine, one that is called first, and the receiver's. Where the receiver is on the sender's machine
 * after all, the packet comes back to it from the wire. Pure.
 */
export function inOrder<Seen extends Pick<Hop, "leg" | "direction" | "interface" | "outer" | "bare">>(
  here: readonly Seen[],
  passed: readonly Seen[],
  there: readonly Seen[],
): readonly Seen[] {
  const fromWire = (hop: Seen): boolean => hop.direction === "in" && !["pod", "bridge"].includes(placeOf(hop));
  return (["request", "reply"] as const).flatMap((leg) => {
    const of = (all: readonly Seen[]): readonly Seen[] => all.filter((hop) => hop.leg === leg);
    const own = of(here);
    const back = own.findIndex(fromWire);
    const cut = back < 0 ? own.length : back;
    const others = leg === "request" ? [...of(passed), ...of(there)] : [...of(there), ...of(passed)];
    return [...own.slice(0, cut), ...others, ...own.slice(cut)];
  });
}

/** With what is known of a connection only once it was seen to begin. */
function asSent(marked: Marked, sender: Observations): Marked {
  if (marked.protocol !== "tcp") return marked;
  for (const { frame } of capturedFrames(sender)) {
    const packet = readIp(frame.packet);
    const sequence = packet && sequenceOf(marked, packet);
    if (sequence !== undefined) return { ...marked, sequence };
  }
  return marked;
}

/** TCP sends again what is not answered: once on each interface tells the way. */
function firstTime(hop: Sighting, index: number, all: readonly Sighting[]): boolean {
  const same = (other: Sighting): boolean =>
    other.leg === hop.leg && other.interface === hop.interface && other.direction === hop.direction;
  return !hop.kind.startsWith("TCP") || all.findIndex(same) === index;
}

/** A frame, and where it was captured. */
export interface Captured {
  readonly machine: string;
  readonly interface: string;
  readonly frame: Frame;
}

/** Every claim about a journey reads the same captures. */
const read = new WeakMap<Observations, readonly Captured[]>();

/** All that a report of nodes/observe/captured.sh holds, in the order of the capture. @throws Error when it cannot be read */
export function capturedFrames(report: Observations): readonly Captured[] {
  const known = read.get(report);
  if (known !== undefined) return known;
  const names = new Map(parseLinks(outputOf(report, "links")).map(({ index, name }) => [index, name]));
  const frames = parsePcap(Buffer.from(outputOf(report, "pcap"), "base64")).map((frame) => ({
    machine: report.node,
    interface: names.get(frame.interfaceIndex) ?? `interface ${frame.interfaceIndex}`,
    frame,
  }));
  read.set(report, frames);
  return frames;
}

/** Of all that was captured, what is the marked packet, its answer, or an error about it. @throws Error as joinJourney */
export function markedFrames(
  marked: Marked,
  backend: Backend,
  sender: Observations,
  receiver?: Observations,
): readonly Captured[] {
  const known = asSent(marked, sender);
  return [sender, ...(receiver === undefined ? [] : [receiver])].flatMap((report) => {
    const seen = new Set(sightings(known, report, "both", { backend, nodes: [] }).map(({ frame }) => frame));
    return capturedFrames(report).filter(({ frame }) => seen.has(frame));
  });
}

/** What was seen of the marked packet on one machine, in order. */
function sightings(marked: Marked, report: Observations, end: End, carriage: Carriage): Sighting[] {
  const wire = wireOf(carriage, report);
  const { backend } = carriage;
  const frames = capturedFrames(report);
  const seen = frames.flatMap(({ machine, interface: device, frame }): Sighting[] => {
    const packet = readIp(frame.packet);
    const around = packet && wrappedIn(packet, backend);
    const inner = around?.inner ?? packet;
    const found = inner && match(marked, inner);
    if (packet === undefined || inner === undefined || found === undefined) return [];
    const { source, destination, ttl, length } = inner;
    return [
      {
        leg: found.leg,
        kind: found.kind,
        machine,
        interface: device,
        direction: frame.direction,
        source,
        destination,
        ttl,
        length,
        sourceMac: frame.sourceMac,
        ...(around && { outer: outerOf(packet, around) }),
        ...(around === undefined && device === wire && { bare: true as const }),
        frame,
        attempt: found.attempt,
      },
    ];
  });
  return [...seen, ...sealedSightings(seen, frames, backend)].sort((one, other) => {
    const layers = depth(one, end) - depth(other, end);
    // A bridge shows itself a frame that it forwards last of all, whenever it gets to it: between pods of one node the
    // layers alone tell the way.
    return end === "both" ? layers || one.frame.at - other.frame.at : one.frame.at - other.frame.at || layers;
  });
}

/** The encrypted datagrams that carry what was seen on the device. */
function sealedSightings(
  seen: readonly Sighting[],
  frames: readonly Captured[],
  { manner, tunnel }: Backend,
): readonly Sighting[] {
  if (manner !== "sealed" || tunnel === undefined) return [];
  const datagrams = frames.flatMap(({ interface: device, frame }) => {
    const packet = readIp(frame.packet);
    return packet !== undefined && isSealed(packet, tunnel.port)
      ? [{ at: frame.at, direction: frame.direction, length: packet.length, device, frame, packet }]
      : [];
  });
  const clear = seen
    .filter((hop) => hop.interface === tunnel.device)
    .map((hop) => ({ at: hop.frame.at, direction: hop.direction, length: hop.length, hop }));
  return pairSealed(clear, datagrams, tunnel).map(([{ hop }, { device, frame, packet }]): Sighting => {
    const { source, destination, ttl, length } = packet;
    const ports = readPorts(packet, "udp");
    const outer = {
      ...{ source, destination, ttl, length, sealed: true as const },
      ...(ports && { sourcePort: ports.source, destinationPort: ports.destination }),
    };
    return { ...hop, interface: device, sourceMac: frame.sourceMac, outer, frame };
  });
}

/** What a packet carries between nodes, and what of headers is around that. */
function wrappedIn(
  packet: Ip,
  { manner, port }: Backend,
): ReturnType<typeof readVxlan> | ReturnType<typeof readUdpTunnel> | ReturnType<typeof readIpInIp> {
  if (manner === "packet") return readIpInIp(packet);
  if (port === undefined || manner === "sealed") return undefined;
  return manner === "program" ? readUdpTunnel(packet, port) : readVxlan(packet, port);
}

function outerOf(packet: Ip, around: NonNullable<ReturnType<typeof wrappedIn>>): NonNullable<Hop["outer"]> {
  const { source, destination, ttl, length } = packet;
  const { inner: _, ...headers } = around;
  return { source, destination, ttl, length, ...headers };
}

/** What an interface is to the pod network, whatever it is called. */
export type Place = "pod" | "bridge" | "vtep" | "device" | "wire";

/** A device is one that is no part of the pod network: somebody's policy or route sends the packet there. */
export function placeOf({ outer, bare, interface: name }: Pick<Hop, "outer" | "bare" | "interface">): Place {
  if (outer !== undefined || bare === true) return "wire";
  if (name.startsWith("flannel")) return "vtep";
  if (name === "cni0") return "bridge";
  // As the bridge plugin names its ports.
  return name.startsWith("veth") ? "pod" : "device";
}

/** From the pod to the wire. */
const layers: Readonly<Record<Place, number>> = { pod: 0, bridge: 1, device: 2, vtep: 2, wire: 3 };

/**
 * Linux stamps a packet once when it arrives, so that an interface and the one above it show the same microsecond. Then the
 * order is that of the layers: what comes in climbs from the wire or the veth, what goes out descends to it.
 */
function depth(hop: Sighting, end: End): number {
  const layer = layers[placeOf(hop)];
  // The request leaves the sender's machine and enters the receiver's; the reply the other way round.
  const leaves = end === "both" || (hop.leg === "request") === (end === "sender");
  return hop.direction === "out" && layer === 0 ? 4 : leaves ? layer : -layer;
}

/** Between two machines without a common clock: how far the other's is ahead, if what it says cannot be true. */
function clockShift(here: readonly Sighting[], there: readonly Sighting[]): number {
  const at = (all: readonly Sighting[], leg: Hop["leg"], direction: Frame["direction"]): number | undefined =>
    all.find((hop) => placeOf(hop) === "wire" && hop.leg === leg && hop.direction === direction)?.frame.at;
  const sent = at(here, "request", "out");
  const received = at(there, "request", "in");
  const answered = at(there, "reply", "out");
  const returned = at(here, "reply", "in");
  if (sent === undefined || received === undefined) return 0;
  if (answered === undefined || returned === undefined) return received < sent ? received - sent : 0;
  if (received >= sent && answered <= returned) return 0;
  return Math.round((received - sent + (answered - returned)) / 2);
}
