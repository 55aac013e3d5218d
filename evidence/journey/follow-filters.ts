import { ipv4, ipv6 } from "../family.ts";
import { type Backend, backendOf, lengthOnWire, type Tunnel } from "../backends.ts";
import { behindOuter, carries, carriesTo } from "./outer.ts";
import { answeredLengths, openingLengths, sealedOf, sealedTo } from "./sealed.ts";

/**
 * How one packet is known wherever it is met, by its mark and never by its addresses: a translation changes those. Offsets are in bytes from
 * the header of its own protocol on, and in a packet that carries it between nodes from the end of that one's IP header on: in VXLAN UDP has 8 bytes,
 * VXLAN 8, Ethernet 14, IP 20.
 */
const insideOf = ({ inside }: { readonly inside: number }): number => inside + 20;
/** An ICMP error quotes, after its own 8 bytes, the IP header and what comes behind it. */
const quoted = 8 + 20;
/** Where the mark begins: ping writes the time into the first 16 bytes of its payload. */
const markAt = { icmp: 8 + 16, udp: 8 } as const;
const flagsAt = 13;
const icmpHeader = 8;

/** The packet that is followed, as it will be sent. */
export type Followed = {
  /** Bytes, its IP header included: by that alone an encrypted one is found. @default it is not encrypted on its way, or not looked for there */
  readonly length?: number;
} & (
  | {
      readonly protocol: "icmp";
      /** 16 hex digits, repeated in the payload. */
      readonly mark: string;
    }
  | {
      readonly protocol: "udp";
      /** Text of eight characters or more, which is the payload. */
      readonly mark: string;
    }
  | { readonly protocol: "tcp"; readonly sourcePort: number }
);

/** The first eight bytes of a mark, in hex. */
function bytesOf({ protocol, mark }: Exclude<Followed, { protocol: "tcp" }>): string {
  return protocol === "icmp" ? mark.slice(0, 16) : Buffer.from(mark.slice(0, 8)).toString("hex");
}

/** For libpcap: the packet, its answer, and an ICMP error about it, bare or inside the overlay. Of TCP, every packet that opens or refuses a connection: a translation may change its port too. */
export function markFilter(followed: Followed, backend: Backend = backendOf(), family = ipv4): string {
  const { tunnel, manner } = backend;
  if (family.name === "ipv6") return markFilter6(followed, tunnel);
  if (manner === "sealed" && tunnel !== undefined) {
    const lengths = answeredLengths(followed);
    const { tunnel: _, ...bare } = backend;
    return [
      markFilter(followed, { ...bare, manner: "bare" }),
      ...(lengths.length > 0 ? [sealedOf(lengths, tunnel)] : []),
    ].join(" or ");
  }
  if (followed.protocol === "tcp") {
    return [
      `(tcp and ${opens(`tcp[${flagsAt}]`)})`,
      "(icmp and (icmp[0] = 3 or icmp[0] = 11))",
      ...(tunnel === undefined ? [] : tcpInside(tunnel)),
    ].join(" or ");
  }
  const bytes = bytesOf(followed);
  const at = markAt[followed.protocol];
  const has = (bytesAt: (offset: number, count: number) => string, offset: number): string =>
    `(${bytesAt(offset, 4)} = 0x${bytes.slice(0, 8)} and ${bytesAt(offset + 4, 4)} = 0x${bytes.slice(8)})`;
  const within =
    (header: string) =>
    (offset: number, count: number): string =>
      `${header}[${offset}:${count}]`;
  return [
    `(${followed.protocol} and ${has(within(followed.protocol), at)})`,
    `(icmp and ${has(within("icmp"), quoted + at)})`,
    ...(tunnel === undefined
      ? []
      : [
          `(${carries(tunnel)} and (${has(behindOuter(tunnel), insideOf(tunnel) + at)} or ${has(behindOuter(tunnel), insideOf(tunnel) + quoted + at)}))`,
        ]),
  ].join(" or ");
}

/** libpcap knows no offsets behind IPv6's header: they are told from that header on. A ping alone is followed so. */
function markFilter6(followed: Followed, tunnel: Tunnel | undefined): string {
  if (followed.protocol !== "icmp") throw new Error("by IPv6 only a ping is followed");
  const bytes = bytesOf(followed);
  const at = ipv6.header + markAt.icmp;
  const error = ipv6.header + icmpHeader + at;
  const around = tunnel === undefined ? 0 : ipv6.header + tunnel.inside;
  const has = (offset: number): string =>
    `(ip6[${offset}:4] = 0x${bytes.slice(0, 8)} and ip6[${offset + 4}:4] = 0x${bytes.slice(8)})`;
  return [
    `(icmp6 and (${has(at)} or ${has(error)}))`,
    ...(tunnel === undefined ? [] : [`(${carries(tunnel)} and (${has(around + at)} or ${has(around + error)}))`]),
  ].join(" or ");
}

const opens = (at: string): string => `${at} & 6 != 0`;

function tcpInside(tunnel: Tunnel): readonly string[] {
  const inside = insideOf(tunnel);
  const at = behindOuter(tunnel);
  return [
    `(${carries(tunnel)} and ${at(inside - 11)} = 6 and ${opens(at(inside + flagsAt))})`,
    `(${carries(tunnel)} and ${at(inside - 11)} = 1 and (${at(inside)} = 3 or ${at(inside)} = 11))`,
  ];
}

/** For nftables, one expression a line: the same, but for errors. */
export function markExpressions(followed: Followed, backend: Backend = backendOf()): readonly string[] {
  const { tunnel, manner } = backend;
  if (manner === "sealed" && tunnel !== undefined) {
    const { tunnel: _, ...bare } = backend;
    const lengths = followed.protocol === "tcp" ? openingLengths.slice(0, 1) : answeredLengths(followed).slice(0, 1);
    return [...markExpressions(followed, { ...bare, manner: "bare" }), ...sealedTo(lengths, tunnel)];
  }
  if (followed.protocol === "tcp") {
    const port = followed.sourcePort;
    return [
      `tcp sport ${port}`,
      `tcp dport ${port}`,
      ...(tunnel === undefined
        ? []
        : [0, 16].map((at) => `${carriesTo(tunnel)} @th,${insideOf(tunnel) * 8 + at},16 ${port}`)),
    ];
  }
  const bytes = bytesOf(followed);
  const at = markAt[followed.protocol] * 8;
  return [
    `ip protocol ${followed.protocol} @th,${at},64 0x${bytes}`,
    ...(tunnel === undefined ? [] : [`${carriesTo(tunnel)} @th,${insideOf(tunnel) * 8 + at},64 0x${bytes}`]),
  ];
}

/** Bytes of an Ethernet header. */
const ethernet = 14;

/** For the kernel's own tracing, over its events of devices: packets of that length, their IP header included, bare or inside the overlay; an event of sending counts the Ethernet header. */
export function lengthFilter(length: number, { tunnel }: Backend = backendOf()): string {
  const lengths = [length, ...(tunnel === undefined ? [] : [lengthOnWire(tunnel, length)])].flatMap((bytes) => [
    bytes,
    bytes + ethernet,
  ]);
  return `name != "lo" && (${lengths.map((bytes) => `len == ${bytes}`).join(" || ")})`;
}
