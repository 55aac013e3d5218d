import { ipv4, ipv6 } from "../evidence/family.ts";
import type { Hop } from "../evidence/journey/journey.ts";
import { same, say, type Text } from "./language.ts";
import { html, type Markup } from "./markup.ts";
import { round } from "./route.ts";
import { page as words } from "./words.ts";

/** One header, with what stands in it. The last one is what is left. */
interface Header {
  readonly name: string;
  readonly bytes: number;
  readonly facts: readonly (readonly [Text | undefined, string | number])[];
  /** Belongs to what carries the pod's packet between the machines. */
  readonly outer?: boolean;
}

/** Of the headers, bytes. */
export const size = { ethernet: 14, ipv4: ipv4.header, ipv6: ipv6.header, udp: 8, vxlan: 8, wireguard: 16, tag: 16 };
const arrow = "→";
const noMac = "00:00:00:00:00:00";

/** Of the family that an address in it is of. */
export const ipHeader = (address: string): { readonly name: "IPv4" | "IPv6"; readonly bytes: number } =>
  address.includes(":") ? { name: "IPv6", bytes: size.ipv6 } : { name: "IPv4", bytes: size.ipv4 };

/** The headers from the outermost to the innermost, as they follow each other on the link. */
export function headersOf(hop: Hop, mark?: string): Header[] {
  const { outer } = hop;
  const own = ipHeader(hop.source);
  // "ICMP echo request"
  const [protocol = "", ...what] = hop.kind.split(" ");
  const inner: Header[] = [
    {
      ...own,
      facts: [
        [undefined, `${hop.source} ${arrow} ${hop.destination}`],
        [same("TTL"), hop.ttl],
        [words.length, hop.length],
      ],
    },
    {
      name: protocol,
      bytes: hop.length - own.bytes,
      facts: [[undefined, what.join(" ")], ...(mark === undefined ? [] : [[words.mark, mark] as const])],
    },
  ];
  // A device without a link layer, such as tun, has no header of one.
  if (outer === undefined && hop.sourceMac === noMac) return inner;
  if (outer === undefined)
    return [{ name: "Ethernet", bytes: size.ethernet, facts: [[words.sender, hop.sourceMac]] }, ...inner];
  return [
    { name: "Ethernet", bytes: size.ethernet, outer: true, facts: [[words.sender, hop.sourceMac]] },
    {
      ...ipHeader(outer.source),
      outer: true,
      facts: [
        [undefined, `${outer.source} ${arrow} ${outer.destination}`],
        [same("TTL"), outer.ttl],
        [words.length, outer.length],
      ],
    },
    ...(outer.destinationPort === undefined
      ? []
      : [
          {
            name: "UDP",
            bytes: size.udp,
            outer: true,
            facts: [[undefined, `${outer.sourcePort} ${arrow} ${outer.destinationPort}`]],
          } satisfies Header,
        ]),
    ...(outer.vni === undefined
      ? []
      : [
          { name: "VXLAN", bytes: size.vxlan, outer: true, facts: [[same("VNI"), outer.vni]] } satisfies Header,
          {
            name: "Ethernet",
            bytes: size.ethernet,
            facts: [[undefined, `${outer.sourceMac} ${arrow} ${outer.destinationMac}`]],
          } satisfies Header,
        ]),
    ...(outer.sealed ? encrypted(outer) : inner),
  ];
}

/** What stands in the place of the packet inside: of an encrypted one nobody on the way reads more than its length. */
const encrypted = ({ length }: NonNullable<Hop["outer"]>): Header[] => [
  { name: "WireGuard", bytes: size.wireguard, outer: true, facts: [[undefined, "type 4"]] },
  {
    name: "ChaCha20",
    bytes: length - size.ipv4 - size.udp - size.wireguard,
    facts: [[words.encrypted, length - size.ipv4 - size.udp - size.wireguard]],
  },
];

/** Bytes on the link, its Ethernet header included. */
export const frameLength = (hop: Hop): number => headersOf(hop).reduce((sum, { bytes }) => sum + bytes, 0);

/** Each header inside the one that carries it. */
export function nest(headers: readonly Header[]): Markup {
  return headers.reduceRight<Markup>(
    (inside, { name, bytes, facts, outer }) =>
      html`<div class="header${outer && " outer"}"><p><b>${name}</b>${facts.map(
        ([key, value]) => html`<span>${key && html`<i>${say(key)}</i> `}<code>${value}</code></span>`,
      )}<small>${bytes}</small></p>${inside}</div>`,
    html``,
  );
}

const ruler = { width: 720, height: 26 };

/** The frame as a row of its headers, by bytes; `longest` fills the row, and what carries it is put before what it carries. */
export function drawFrame(hop: Hop, longest: number): Markup {
  const headers = headersOf(hop);
  const scale = ruler.width / longest;
  let x = ruler.width - frameLength(hop) * scale;
  return html`<svg class="frame" viewBox="0 0 ${ruler.width} ${ruler.height}" aria-hidden="true">${headers.map(
    ({ name, bytes, outer }) => {
      const width = bytes * scale;
      const at = x;
      x += width;
      return html`<rect class="${outer ? "outer" : "inner"}" x="${round(at + 1)}" y="1" width="${round(width - 2)}" height="24" rx="3"/><text x="${round(at + width / 2)}" y="17" text-anchor="middle">${width > 62 ? name : (short[name] ?? name)}</text>`;
    },
  )}</svg>`;
}

/** Where there is little room. */
const short: Readonly<Record<string, string>> = {
  Ethernet: "Eth",
  IPv4: "IP",
  IPv6: "IP",
  ICMPv6: "ICMP",
  VXLAN: "VX",
};
