import { mac } from "./pcap.ts";

export interface Ipv4 {
  readonly source: string;
  readonly destination: string;
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
  readonly inner: Ipv4;
}

const tcp = 6;
const udp = 17;
const icmp = 1;
/** The port that Linux had before there was a standard, and that flannel keeps. */
const vxlanPort = 8472;
const udpTunnelPort = 8285;

/** undefined when it is something else. */
export function readIpv4(packet: Buffer): Ipv4 | undefined {
  const first = packet[0];
  if (packet.length < 20 || first === undefined || first >> 4 !== 4) return undefined;
  return {
    source: [...packet.subarray(12, 16)].join("."),
    destination: [...packet.subarray(16, 20)].join("."),
    ttl: packet.readUInt8(8),
    length: packet.readUInt16BE(2),
    protocol: packet.readUInt8(9),
    payload: packet.subarray((first & 15) * 4),
  };
}

/** An ICMP echo request or reply. */
export function readEcho(ip: Ipv4): Echo | undefined {
  if (ip.protocol !== icmp || ip.payload.length < 8) return undefined;
  const kind = { 8: "request", 0: "reply" }[ip.payload.readUInt8(0)];
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
export function readPorts({ protocol, payload }: Ipv4, wanted: "tcp" | "udp"): Ports | undefined {
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

/** A VXLAN datagram with an IPv4 packet inside. */
export function readVxlan(ip: Ipv4): Vxlan | undefined {
  const { payload } = ip;
  // UDP header 8, VXLAN header 8, Ethernet header 14.
  if (ip.protocol !== udp || payload.length < 30 || payload.readUInt16BE(2) !== vxlanPort) return undefined;
  const inner = payload.readUInt16BE(28) === 0x0800 ? readIpv4(payload.subarray(30)) : undefined;
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

/** A packet in a datagram of flanneld's own backend udp, which puts nothing between: IPv4 follows the UDP header. */
export function readUdpTunnel(ip: Ipv4): Pick<Vxlan, "sourcePort" | "destinationPort" | "inner"> | undefined {
  const { payload } = ip;
  if (ip.protocol !== udp || payload.length < 28 || payload.readUInt16BE(2) !== udpTunnelPort) return undefined;
  const inner = readIpv4(payload.subarray(8));
  return inner && { sourcePort: payload.readUInt16BE(0), destinationPort: payload.readUInt16BE(2), inner };
}
