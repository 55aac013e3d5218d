import ipaddr from "ipaddr.js";
import type { Captured, Step } from "./journey.ts";
import { type Frame, linuxCooked2 } from "../parse/pcap.ts";

/** What Wireshark is to show instead of an address. */
export interface AddressName {
  /** Of either family. */
  readonly address: string;
  readonly name: string;
}

// Block types and options as draft-ietf-opsawg-pcapng numbers them.
const block = { section: 0x0a0d0d0a, interface: 1, names: 4, packet: 6 } as const;
const option = { comment: 1, application: 4, name: 2, description: 3, resolution: 9, flags: 2 } as const;
/** How a name's record says of which family its address is. */
const record = { ipv4: 1, ipv6: 2 } as const;
const snapLength = 262_144;

/** Port of VXLAN as the standard has it, and Wireshark with it. */
const standard = 4789;
/** What Wireshark has to be told; undefined: nothing. */
export const wiresharkHint = (port: number | undefined): string | undefined =>
  port === undefined || port === standard
    ? undefined
    : `UDP port ${port} is VXLAN here, ${port === 8472 ? "as Linux had it before there was a standard" : "by the lab's config"}: Analyze, Decode As, UDP port ${port}, VXLAN; or tshark -d udp.port==${port},vxlan`;

/**
 * Captures as one file (pcapng) that Wireshark opens, in the order of time: an interface for each that was seen, named MACHINE:INTERFACE, a
 * comment on every hop of the journey, and the names of pods and nodes. Times are those of the machines' own clocks.
 */
export function writePcapng(
  title: string,
  captured: readonly Captured[],
  steps: readonly Step[],
  names: readonly AddressName[],
): Buffer {
  const comments = new Map(
    steps.map((step, index) => [step.frame, `hop ${index + 1} of ${steps.length}: ${describe(step)}`]),
  );
  const place = new Map(steps.map(({ frame }, index) => [frame, index]));
  const ordered = captured.toSorted(
    (one, other) => one.frame.at - other.frame.at || (place.get(one.frame) ?? 0) - (place.get(other.frame) ?? 0),
  );
  const interfaces = [...new Set(ordered.map(interfaceOf))];
  return Buffer.concat([
    sectionHeader(
      title,
      wiresharkHint(steps.find(({ hop }) => hop.outer?.vni !== undefined)?.hop.outer?.destinationPort),
    ),
    ...(names.length > 0 ? [nameResolution(names)] : []),
    ...interfaces.map(interfaceDescription),
    ...ordered.map((one) => packet(one.frame, interfaces.indexOf(interfaceOf(one)), comments.get(one.frame))),
  ]);
}

const interfaceOf = (one: Captured): string => `${one.machine}:${one.interface}`;

function describe({ hop }: Step): string {
  const shifted = hop.aligned ? "; by this machine's own clock, which is another" : "";
  return `${hop.kind}, ${hop.interface} ${hop.direction} on ${hop.machine}, ${Math.round(hop.micros)} µs after the first${shifted}`;
}

/** @param hint what Wireshark does not know by itself */
function sectionHeader(title: string, hint: string | undefined): Buffer {
  const body = Buffer.alloc(16);
  body.writeUInt32LE(0x1a2b3c4d, 0);
  body.writeUInt16LE(1, 4);
  body.writeBigInt64LE(-1n, 8);
  return writeBlock(block.section, body, [
    [option.comment, text(hint === undefined ? title : `${title}. ${hint}`)],
    [option.application, text("pod-networking-lab")],
  ]);
}

function nameResolution(names: readonly AddressName[]): Buffer {
  const records = names
    .filter(({ address }) => ipaddr.isValid(address))
    .map(({ address, name }) => {
      const value = Buffer.concat([Buffer.from(ipaddr.parse(address).toByteArray()), text(name), Buffer.alloc(1)]);
      return Buffer.concat([halves(address.includes(":") ? record.ipv6 : record.ipv4, value.length), padded(value)]);
    });
  return writeBlock(block.names, Buffer.concat([...records, halves(0, 0)]), []);
}

function interfaceDescription(name: string): Buffer {
  const body = Buffer.alloc(8);
  body.writeUInt16LE(linuxCooked2, 0);
  body.writeUInt32LE(snapLength, 4);
  const [machine = "", device = ""] = name.split(/:(.*)/s);
  return writeBlock(block.interface, body, [
    [option.name, text(name)],
    [option.description, text(`${device} on ${machine}`)],
    [option.resolution, Buffer.from([6])],
  ]);
}

function packet(frame: Frame, index: number, comment: string | undefined): Buffer {
  const body = Buffer.alloc(20);
  body.writeUInt32LE(index, 0);
  body.writeUInt32LE(Math.floor(frame.at / 2 ** 32), 4);
  body.writeUInt32LE(frame.at % 2 ** 32, 8);
  body.writeUInt32LE(frame.raw.length, 12);
  body.writeUInt32LE(frame.size, 16);
  const flags = Buffer.alloc(4);
  flags.writeUInt32LE(frame.direction === "in" ? 1 : 2);
  return writeBlock(block.packet, Buffer.concat([body, padded(frame.raw)]), [
    ...(comment === undefined ? [] : [[option.comment, text(comment)] as const]),
    [option.flags, flags],
  ]);
}

function writeBlock(type: number, body: Buffer, options: readonly (readonly [number, Buffer])[]): Buffer {
  const written = options.map(([code, value]) => Buffer.concat([halves(code, value.length), padded(value)]));
  const end = written.length > 0 ? [halves(0, 0)] : [];
  const inside = Buffer.concat([body, ...written, ...end]);
  const total = inside.length + 12;
  const [head, tail] = [Buffer.alloc(8), Buffer.alloc(4)];
  head.writeUInt32LE(type, 0);
  head.writeUInt32LE(total, 4);
  tail.writeUInt32LE(total, 0);
  return Buffer.concat([head, inside, tail]);
}

const text = (value: string): Buffer => Buffer.from(value, "utf8");

function halves(first: number, second: number): Buffer {
  const pair = Buffer.alloc(4);
  pair.writeUInt16LE(first, 0);
  pair.writeUInt16LE(second, 2);
  return pair;
}

/** Everything in the file begins at a multiple of four bytes. */
const padded = (value: Buffer): Buffer => Buffer.concat([value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
