import { type NodeReport, outputOf } from "./observation.ts";
import { parseLinks } from "./parse-ip.ts";
import { type Echo, type Ipv4, readEcho, readIpv4, readVxlan } from "./parse-packet.ts";
import { type Frame, parsePcap } from "./parse-pcap.ts";

/** One packet seen on one interface. */
export interface Hop {
  readonly leg: Echo["kind"];
  readonly machine: string;
  readonly interface: string;
  readonly direction: Frame["direction"];
  /** Addresses, TTL and length in bytes of the packet that the pod sent. */
  readonly source: string;
  readonly destination: string;
  readonly ttl: number;
  readonly length: number;
  /** Link-layer address that the frame was sent from. */
  readonly sourceMac: string;
  /** The datagram that carries it, between the machines. */
  readonly outer?: {
    readonly source: string;
    readonly destination: string;
    readonly ttl: number;
    readonly length: number;
    readonly sourcePort: number;
    readonly destinationPort: number;
    readonly vni: number;
    /** The VTEPs' addresses, in the Ethernet header inside. */
    readonly sourceMac: string;
    readonly destinationMac: string;
  };
  /** Microseconds since the first hop. */
  readonly micros: number;
  /** The machine's clock was shifted to fit between the other's sending and receiving. @default false */
  readonly aligned?: boolean;
}

/** Which ends of the journey a machine has. */
type End = "sender" | "receiver" | "both";

type Sighting = Omit<Hop, "micros" | "aligned"> & { readonly at: number; readonly identifier: number };

/**
 * One marked ping and its reply as captured on the sender's machine and, where that is another, the receiver's, hop by hop.
 * @throws Error when a report cannot be read, or nothing marked is in the sender's
 */
export function joinJourney(mark: string, sender: NodeReport, receiver?: NodeReport): Hop[] {
  const seen = sightings(mark, sender, receiver === undefined ? "both" : "sender");
  const latest = seen.reduce<Sighting | undefined>((one, other) => (one === undefined || other.at > one.at ? other : one), undefined);
  // A check that was interrupted may have sent its packet before: the last one counts.
  const last = (hop: Sighting): boolean => hop.identifier === latest?.identifier;
  const here = seen.filter(last);
  const first = here[0];
  if (first === undefined) throw new Error(`the packet marked ${mark} was not seen on ${sender.node}`);
  const there = receiver === undefined ? [] : sightings(mark, receiver, "receiver").filter(last);
  const shift = clockShift(here, there);
  const leg = (all: readonly Sighting[], kind: Echo["kind"]): Sighting[] => all.filter((one) => one.leg === kind);
  return [...leg(here, "request"), ...leg(there, "request"), ...leg(there, "reply"), ...leg(here, "reply")].map(
    ({ at, identifier: _, ...hop }) => {
      const aligned = shift !== 0 && hop.machine !== sender.node;
      return { ...hop, micros: at - (aligned ? shift : 0) - first.at, ...(aligned && { aligned }) };
    },
  );
}

/** What was seen of the marked packet on one machine, in order. */
function sightings(mark: string, report: NodeReport, end: End): Sighting[] {
  const names = new Map(parseLinks(outputOf(report, "links")).map(({ index, name }) => [index, name]));
  const bytes = Buffer.from(mark, "hex");
  return parsePcap(Buffer.from(outputOf(report, "pcap"), "base64"))
    .flatMap((frame): Sighting[] => {
      const packet = readIpv4(frame.packet);
      const vxlan = packet && readVxlan(packet);
      const inner = vxlan?.inner ?? packet;
      const echo = inner && readEcho(inner);
      if (packet === undefined || inner === undefined || echo?.data.includes(bytes) !== true) return [];
      const { source, destination, ttl, length } = inner;
      return [
        {
          leg: echo.kind,
          machine: report.node,
          interface: names.get(frame.interfaceIndex) ?? `interface ${frame.interfaceIndex}`,
          direction: frame.direction,
          source,
          destination,
          ttl,
          length,
          sourceMac: frame.sourceMac,
          ...(vxlan && { outer: outerOf(packet, vxlan) }),
          at: frame.at,
          identifier: echo.identifier,
        },
      ];
    })
    .sort((one, other) => {
      const layers = depth(one, end) - depth(other, end);
      // A bridge shows itself a frame that it forwards last of all, whenever it gets to it: between pods of one node the
      // layers alone tell the way.
      return end === "both" ? layers || one.at - other.at : one.at - other.at || layers;
    });
}

function outerOf(packet: Ipv4, vxlan: NonNullable<ReturnType<typeof readVxlan>>): NonNullable<Hop["outer"]> {
  const { source, destination, ttl, length } = packet;
  const { sourcePort, destinationPort, vni, sourceMac, destinationMac } = vxlan;
  return { source, destination, ttl, length, sourcePort, destinationPort, vni, sourceMac, destinationMac };
}

/**
 * Linux stamps a packet once when it arrives, so that an interface and the one above it show the same microsecond. Then the
 * order is that of the layers: what comes in climbs from the wire or the veth, what goes out descends to it.
 */
function depth(hop: Sighting, end: End): number {
  const layer = hop.outer !== undefined ? 3 : hop.interface.startsWith("flannel.") ? 2 : hop.interface === "cni0" ? 1 : 0;
  // The request leaves the sender's machine and enters the receiver's; the reply the other way round.
  const leaves = end === "both" || (hop.leg === "request") === (end === "sender");
  return hop.direction === "out" && layer === 0 ? 4 : leaves ? layer : -layer;
}

/** Between two machines without a common clock: how far the other's is ahead, if what it says cannot be true. */
function clockShift(here: readonly Sighting[], there: readonly Sighting[]): number {
  const at = (all: readonly Sighting[], leg: Echo["kind"], direction: Frame["direction"]): number | undefined =>
    all.find((hop) => hop.outer !== undefined && hop.leg === leg && hop.direction === direction)?.at;
  const sent = at(here, "request", "out");
  const received = at(there, "request", "in");
  const answered = at(there, "reply", "out");
  const returned = at(here, "reply", "in");
  if (sent === undefined || received === undefined) return 0;
  if (answered === undefined || returned === undefined) return received < sent ? received - sent : 0;
  if (received >= sent && answered <= returned) return 0;
  return Math.round((received - sent + (answered - returned)) / 2);
}
