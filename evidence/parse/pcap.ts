/** A frame as Linux hands it to a capture on all interfaces: without its Ethernet header, but with where it was seen. */
export interface Frame {
  /** Microseconds since 1970, by the clock of the machine that captured. */
  readonly at: number;
  readonly interfaceIndex: number;
  readonly direction: "in" | "out";
  /** Link-layer address that it was sent from. */
  readonly sourceMac: string;
  /** EtherType. */
  readonly protocol: number;
  /** All that was captured, the cooked header of 20 bytes included. */
  readonly raw: Buffer;
  /** Bytes that it had before the snapshot length cut it. */
  readonly size: number;
  /** From the network header on; may be cut at the capture's snapshot length. */
  readonly packet: Buffer;
}

/** Link type of a capture with `tcpdump --interface any`: "Linux cooked" version 2, 20 bytes before each packet. */
export const linuxCooked2 = 276;
const outgoing = 4;

/** Reads a pcap file of `tcpdump --interface any`. A frame that was cut off at the end of the file is left out. */
export function parsePcap(file: Buffer): Frame[] {
  const magic = file.length >= 24 ? file.readUInt32LE(0) : 0;
  const little = magic === 0xa1b2c3d4 || magic === 0xa1b23c4d;
  const nanoseconds = magic === 0xa1b23c4d || magic === 0x4d3cb2a1;
  if (!little && magic !== 0xd4c3b2a1 && magic !== 0x4d3cb2a1)
    throw new Error(`not a pcap file (${file.length} bytes)`);
  const u32 = (at: number): number => (little ? file.readUInt32LE(at) : file.readUInt32BE(at));
  const linkType = u32(20) & 0xffff;
  if (linkType !== linuxCooked2)
    throw new Error(`a capture of link type ${linkType}, not of all interfaces (${linuxCooked2})`);

  const frames: Frame[] = [];
  for (let at = 24; at + 16 <= file.length;) {
    const captured = u32(at + 8);
    const frame = file.subarray(at + 16, at + 16 + captured);
    if (frame.length < captured || captured < 20) break;
    frames.push({
      at: u32(at) * 1_000_000 + (nanoseconds ? Math.floor(u32(at + 4) / 1000) : u32(at + 4)),
      // The cooked header is in network order whatever the file's.
      protocol: frame.readUInt16BE(0),
      interfaceIndex: frame.readUInt32BE(4),
      direction: frame[10] === outgoing ? "out" : "in",
      sourceMac: mac(frame.subarray(12, 18)),
      raw: frame,
      size: u32(at + 12),
      packet: frame.subarray(20),
    });
    at += 16 + captured;
  }
  return frames;
}

export const mac = (bytes: Buffer): string => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
