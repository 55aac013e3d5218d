import { lengthOnWire, type Tunnel } from "../backends.ts";
import { carries, carriesTo } from "./outer.ts";
import { readPorts, type Ip } from "../parse/packet.ts";

/**
 * A datagram that WireGuard has encrypted a packet into. What is inside nobody reads on the way: which packet it is follows from the machine that
 * sends or receives it, where the packet is on the device a moment before or after.
 */
export interface Sealed {
  /** Microseconds, as the frame has it. */
  readonly at: number;
  readonly direction: "in" | "out";
  /** Of the outer packet, bytes. */
  readonly length: number;
}

/** Type and reserved bytes of a message that carries a packet; handshakes and cookies have other types. */
const dataMessage = "04000000";
/** For libpcap: the same, behind the UDP header. */
export const isDataMessage = `udp[8:4] = 0x${dataMessage}`;

/** For libpcap: such datagrams, with packets of these lengths inside. */
export const sealedOf = (lengths: readonly number[], tunnel: Tunnel): string =>
  `(${carries(tunnel)} and ${isDataMessage} and (${wireLengths(lengths, tunnel)
    .map((length) => `ip[2:2] = ${length}`)
    .join(" or ")}))`;

/** Each of them once: what differs by a few bytes may be equally long on the wire. */
const wireLengths = (lengths: readonly number[], tunnel: Tunnel): readonly number[] => [
  ...new Set(lengths.map((length) => lengthOnWire(tunnel, length))),
];

/** What opens a TCP connection, or refuses one: with the options that Linux sends, without those about time, and without any. */
export const openingLengths: readonly number[] = [60, 52, 40];

/** An ICMP error quotes what it is about, behind its own two headers, and is no longer than this. */
const errorAbout = (length: number): number => Math.min(576, 20 + 8 + length);

/** Lengths of a packet, of its answer, and of an error about it. */
export const answeredLengths = ({
  protocol,
  length,
}: {
  readonly protocol: string;
  readonly length?: number;
}): readonly number[] =>
  protocol === "tcp"
    ? [...openingLengths, ...openingLengths.map(errorAbout)]
    : length === undefined
      ? []
      : [length, errorAbout(length)];

/** For nftables: the same on their way to the other machine, an expression for each length; it knows nothing of what is inside, not even the type. */
export const sealedTo = (lengths: readonly number[], tunnel: Tunnel): readonly string[] =>
  wireLengths(lengths, tunnel).map((length) => `ip length ${length} ${carriesTo(tunnel)}`);

/** Whether a packet is such a datagram to this port. */
export function isSealed(packet: Ip, port: number | undefined): boolean {
  const ports = readPorts(packet, "udp");
  return ports?.destination === port && ports?.data.subarray(0, 4).toString("hex") === dataMessage;
}

/** Of a packet that has no session yet a handshake comes first, and one that is lost is tried again after five seconds. */
const longest = 6_000_000;

/**
 * For each packet on the device the datagram that must be it: of the right length and direction the one that followed first, or, on the way in, the one that came
 * last before. No datagram is two packets. Pure.
 */
export function pairSealed<Clear extends Sealed, Datagram extends Sealed>(
  clear: readonly Clear[],
  datagrams: readonly Datagram[],
  tunnel: Tunnel,
): readonly (readonly [Clear, Datagram])[] {
  const taken = new Set<Datagram>();
  return clear.flatMap((packet) => {
    const { at, direction, length } = packet;
    const apart = (one: Datagram): number => (direction === "out" ? one.at - at : at - one.at);
    const [found] = datagrams
      .filter((one) => one.direction === direction && one.length === lengthOnWire(tunnel, length) && !taken.has(one))
      .filter((one) => apart(one) >= 0 && apart(one) <= longest)
      .toSorted((one, other) => apart(one) - apart(other));
    if (found === undefined) return [];
    taken.add(found);
    return [[packet, found] as const];
  });
}
