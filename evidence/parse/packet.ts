import ipaddr from "ipaddr.js";
import { ipInIp } from "../backends.ts";
import { mac } from "./pcap.ts";

/** What IPv4 and IPv6 have in common. */
export interface Ip {
  readonly version: 4 | 6;
  readonly source: string;
  readonly destination: string;
  /** IPv6's hop limit is the same. */
  readonly ttl: number;
  /** Of the whole packet, bytes. */
  readonly length: number;
  readonly protocol: number;
  readonly payload: Buffer;
}

export interface Echo {
  readonly kind: "request" | "reply";
  /** Of the process that sends; a reply repeats it. */
  readonly identifier: number;
  readonly data: Buffer;
}

/** What TCP and UDP have in common, and the flags of TCP. */
export interface Ports {
  readonly source: number;
  readonly destination: number;
  /** Names of the flags that are set, such as "SYN, ACK"; empty for UDP. */
  readonly flags: string;
  /** Of TCP. What is quoted in an ICMP error may have the first alone, and then the other is 0. */
  readonly numbers?: { readonly sequence: number; readonly acknowledged: number };
  readonly data: Buffer;
}

export interface Vxlan {
  readonly vni: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Addresses in the Ethernet header that travels inside. */
  readonly sourceMac: string;
  readonly destinationMac: string;
  readonly inner: Ip;
}

const tcp = 6;
const udp = 17;
const icmp = 1;
/** ICMP of IPv6. */
export const icmp6 = 58;

/** A packet of either family; undefined when it is something else. */
export function readIp(packet: Buffer): Ip | undefined {
  return readIpv4(packet) ?? readIpv6(packet);
}

/** One without extension headers, which a pod's own packets have not. */
function readIpv6(packet: Buffer): Ip | undefined {
  if (packet.length < 40 || packet[0]! >> 4 !== 6) return undefined;
  const address = (at: number): string => ipaddr.fromByteArray([...packet.subarray(at, at + 16)]).toString();
  return {
    version: 6,
    source: address(8),
    destination: address(24),
    ttl: packet.readUInt8(7),
    length: 40 + packet.readUInt16BE(4),
    protocol: packet.readUInt8(6),
    payload: packet.subarray(40),
  };
}

function readIpv4(packet: Buffer): Ip | undefined {
  const first = packet[0];
  if (packet.length < 20 || first === undefined || first >> 4 !== 4) return undefined;
  return {
    version: 4,
    source: [...packet.subarray(12, 16)].join("."),
    destination: [...packet.subarray(16, 20)].join("."),
    ttl: packet.readUInt8(8),
    length: packet.readUInt16BE(2),
    protocol: packet.readUInt8(9),
    payload: packet.subarray((first & 15) * 4),
  };
}

/** An ICMP echo request or reply. */
export function readEcho(ip: Ip): Echo | undefined {
  if (ip.protocol !== (ip.version === 4 ? icmp : icmp6) || ip.payload.length < 8) return undefined;
  const kinds: Readonly<Record<number, string>> =
    ip.version === 4 ? { 8: "request", 0: "reply" } : { 128: "request", 129: "reply" };
  const kind = kinds[ip.payload.readUInt8(0)];
  if (kind === undefined) return undefined;
  return {
    kind: kind as Echo["kind"],
    identifier: ip.payload.readUInt16BE(4),
    data: ip.payload.subarray(8),
  };
}

/** From the lowest bit. */
const tcpFlags = ["FIN", "SYN", "RST", "PSH", "ACK", "URG"] as const;

/** The header of a TCP segment or a UDP datagram, which an ICMP error may have cut off after eight bytes. */
export function readPorts({ protocol, payload }: Ip, wanted: "tcp" | "udp"): Ports | undefined {
  if (protocol !== (wanted === "tcp" ? tcp : udp) || payload.length < 8) return undefined;
  const ports = { source: payload.readUInt16BE(0), destination: payload.readUInt16BE(2) };
  if (wanted === "udp") return { ...ports, flags: "", data: payload.subarray(8) };
  // Of a segment that is quoted so far only the first is known, and nothing answers any other here.
  const bits = payload.length < 14 ? 2 : payload.readUInt8(13);
  const flags = tcpFlags.filter((_, bit) => (bits >> bit) & 1).join(", ");
  return {
    ...ports,
    flags,
    numbers: {
      sequence: payload.readUInt32BE(4),
      acknowledged: payload.length < 12 ? 0 : payload.readUInt32BE(8),
    },
    data: payload.length < 13 ? payload.subarray(8) : payload.subarray((payload.readUInt8(12) >> 4) * 4),
  };
}

/** A VXLAN datagram to this port, with an IP packet inside. */
export function readVxlan(ip: Ip, port: number): Vxlan | undefined {
  const { payload } = ip;
  // UDP header 8, VXLAN header 8, Ethernet header 14.
  if (ip.protocol !== udp || payload.length < 30 || payload.readUInt16BE(2) !== port) return undefined;
  const inner = [0x0800, 0x86dd].includes(payload.readUInt16BE(28)) ? readIp(payload.subarray(30)) : undefined;
  if (inner === undefined) return undefined;
  return {
    sourcePort: payload.readUInt16BE(0),
    destinationPort: payload.readUInt16BE(2),
    vni: payload.readUIntBE(12, 3),
    destinationMac: mac(payload.subarray(16, 22)),
    sourceMac: mac(payload.subarray(22, 28)),
    inner,
  };
}

/** A packet behind the header of another one, which says by its number that IP follows: IPv4 in IPv4. */
export function readIpInIp(ip: Ip): Pick<Vxlan, "inner"> | undefined {
  const inner = ip.version === 4 && ip.protocol === ipInIp ? readIpv4(ip.payload) : undefined;
  return inner && { inner };
}

/** A packet in a datagram of flanneld's own backend udp, which puts nothing between: IPv4 follows the UDP header. */
export function readUdpTunnel(
  ip: Ip,
  port: number,
): Pick<Vxlan, "sourcePort" | "destinationPort" | "inner"> | undefined {
  const { payload } = ip;
  if (ip.protocol !== udp || payload.length < 28 || payload.readUInt16BE(2) !== port) return undefined;
  const inner = readIpv4(payload.subarray(8));
  return inner && { sourcePort: payload.readUInt16BE(0), destinationPort: payload.readUInt16BE(2), inner };
}
