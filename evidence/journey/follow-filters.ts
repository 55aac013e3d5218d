/**
 * How one packet is known wherever it is met, by its mark and never by its addresses: a translation changes those. Offsets are in bytes from
 * the header of its own protocol on, and in a VXLAN datagram from the outer UDP header on: that has 8 bytes, VXLAN's 8, Ethernet's 14, IP's 20.
 */
const inside = 8 + 8 + 14 + 20;
/** An ICMP error quotes, after its own 8 bytes, the IP header and what comes behind it. */
const quoted = 8 + 20;
/** Where the mark begins: ping writes the time into the first 16 bytes of its payload. */
const markAt = { icmp: 8 + 16, udp: 8 } as const;
const flagsAt = 13;

/** The packet that is followed, as it will be sent. */
export type Followed =
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
  | { readonly protocol: "tcp"; readonly sourcePort: number };

/** The first eight bytes of a mark, in hex. */
function bytesOf({ protocol, mark }: Exclude<Followed, { protocol: "tcp" }>): string {
  return protocol === "icmp" ? mark.slice(0, 16) : Buffer.from(mark.slice(0, 8)).toString("hex");
}

/** For libpcap: the packet, its answer, and an ICMP error about it, bare or inside the overlay. Of TCP, every packet that opens or refuses a connection: a translation may change its port too. */
export function markFilter(followed: Followed): string {
  if (followed.protocol === "tcp") {
    const opens = (at: string): string => `${at} & 6 != 0`;
    return [
      `(tcp and ${opens(`tcp[${flagsAt}]`)})`,
      "(icmp and (icmp[0] = 3 or icmp[0] = 11))",
      `(udp port 8472 and udp[${inside - 11}] = 6 and ${opens(`udp[${inside + flagsAt}]`)})`,
      `(udp port 8472 and udp[${inside - 11}] = 1 and (udp[${inside}] = 3 or udp[${inside}] = 11))`,
    ].join(" or ");
  }
  const bytes = bytesOf(followed);
  const at = markAt[followed.protocol];
  const has = (header: string, offset: number): string =>
    `(${header}[${offset}:4] = 0x${bytes.slice(0, 8)} and ${header}[${offset + 4}:4] = 0x${bytes.slice(8)})`;
  return [
    `(${followed.protocol} and ${has(followed.protocol, at)})`,
    `(icmp and ${has("icmp", quoted + at)})`,
    `(udp port 8472 and (${has("udp", inside + at)} or ${has("udp", inside + quoted + at)}))`,
  ].join(" or ");
}

/** For nftables, one expression a line: the same, but for errors. */
export function markExpressions(followed: Followed): readonly string[] {
  if (followed.protocol === "tcp") {
    const port = followed.sourcePort;
    return [
      `tcp sport ${port}`,
      `tcp dport ${port}`,
      `udp dport 8472 @th,${inside * 8},16 ${port}`,
      `udp dport 8472 @th,${inside * 8 + 16},16 ${port}`,
    ];
  }
  const bytes = bytesOf(followed);
  const at = markAt[followed.protocol] * 8;
  return [
    `ip protocol ${followed.protocol} @th,${at},64 0x${bytes}`,
    `udp dport 8472 @th,${inside * 8 + at},64 0x${bytes}`,
  ];
}

/** Bytes of an Ethernet header, and of all that the overlay puts before a packet but the outer Ethernet header. */
const ethernet = 14;
const overlay = 50;

/** For the kernel's own tracing, over its events of devices: packets of that length, their IP header included, bare or inside the overlay; an event of sending counts the Ethernet header. */
export function lengthFilter(length: number): string {
  const lengths = [length, length + ethernet, length + overlay, length + overlay + ethernet];
  return `name != "lo" && (${lengths.map((bytes) => `len == ${bytes}`).join(" || ")})`;
}
