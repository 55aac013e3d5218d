// A stand-in, until there are transcripts of the real thing: a lab as it would be with another backend, derived from that of flannel's backend udp. Texts are as
// iproute2 prints them and packets as the kernel's sources lay them out; that a kernel does so these transcripts do not prove.
import { backendOf, type BackendName } from "../../../evidence/backends.ts";
import type { Observations } from "../../../evidence/observation.ts";
import { type Carried, readCarried } from "./backends.ts";

const udpHeader = 8;
const ipHeader = 20;
const [tunPort, tunMtu] = [8285, 1472];

/** `node`, where it is one of the nodes' own report, and what is around a packet with these bytes. */
export interface Derivation {
  readonly wrap: (inner: Buffer) => { readonly protocol: number; readonly payload: Buffer };
  readonly cluster: (nodes: readonly Record<string, unknown>[]) => unknown;
  readonly observed: (lab: Carried, node: string) => readonly Observations["observations"][number][];
}

/** Where flanneld took one from the TTL nobody takes it now. */
const ttls: Readonly<Record<number, number>> = { 64: 64, 63: 63, 62: 63, 61: 63, 60: 62 };
const withTtl = (packet: Buffer): Buffer => {
  const copy = Buffer.from(packet);
  copy[8] = ttls[copy[8] ?? 0] ?? 0;
  return copy;
};

function packetOf(packet: Buffer, { wrap }: Derivation): Buffer {
  if (packet[9] !== 17 || packet.readUInt16BE(ipHeader + 2) !== tunPort) return withTtl(packet);
  const { protocol, payload } = wrap(withTtl(packet.subarray(ipHeader + udpHeader)));
  const header = Buffer.from(packet.subarray(0, ipHeader));
  header[9] = protocol;
  header.writeUInt16BE(ipHeader + payload.length, 2);
  return Buffer.concat([header, payload]);
}

/** Another capture, each of whose packets is what became of that one. */
function pcapOf(base64: string, derivation: Derivation): string {
  const file = Buffer.from(base64, "base64");
  const parts: Buffer[] = [file.subarray(0, 24)];
  for (let at = 24; at + 16 <= file.length;) {
    const captured = file.readUInt32LE(at + 8);
    const [head, cooked] = [Buffer.from(file.subarray(at, at + 16)), file.subarray(at + 16, at + 36)];
    const packet = packetOf(file.subarray(at + 36, at + 16 + captured), derivation);
    for (const field of [8, 12]) head.writeUInt32LE(20 + packet.length, field);
    parts.push(head, cooked, packet);
    at += 16 + captured;
  }
  return Buffer.concat(parts).toString("base64");
}

export function derived(name: BackendName, derivation: Derivation): Carried {
  const lab = readCarried("udp");
  const { devices, reserved, manner } = backendOf(name);
  const [device = ""] = devices;
  const mtu = 1500 - reserved;
  const { nodes } = lab.facts;
  const numbers = new Map([0, 1, -28, -27, -20].map((by) => [String(tunMtu + by), String(mtu + by)]));
  const reworded = (text: string): string =>
    text
      .replaceAll("flannel0", device)
      .replaceAll("ttl=60", "ttl=62")
      .replaceAll(/\b14\d\d\b/g, (number) => numbers.get(number) ?? number);
  const cidrOf = (at: number): string => `10.244.${at}.0/24`;
  const routes = (text: string, node: string): string =>
    manner === "program" || manner === "sealed"
      ? text
      : text.replace(
          `10.244.0.0/16 dev ${device} \n`,
          nodes
            .flatMap((one, at) =>
              one.name === node ? [] : [`${cidrOf(at)} via ${one.address} dev ${device} onlink \n`],
            )
            .join(""),
        );
  const decision = (text: string): string => {
    const to = /^10\.244\.(\d+)\./.exec(text)?.[1];
    const there = nodes[Number(to)];
    return manner === "packet" && text.includes(` dev ${device}`) && !text.includes(`dev cni0`)
      ? text.replace(` dev ${device}`, ` via ${there?.address} dev ${device}`)
      : text;
  };
  const reports = Object.entries(lab.reports).map(([id, report]) => [
    id,
    {
      ...report,
      observations: [
        ...report.observations.map((one) => {
          if (one.id === "pcap") return { ...one, output: pcapOf(one.output, derivation) };
          if (one.id === "nodes")
            return { ...one, output: JSON.stringify(derivation.cluster(JSON.parse(one.output) as never)) };
          const output = reworded(one.output);
          if (one.id === "routes") return { ...one, output: routes(output, report.node) };
          return { ...one, output: one.id.startsWith("decision/") ? decision(output) : output };
        }),
        ...(id.startsWith("overlay-") ? derivation.observed(lab, report.node) : []),
      ],
    },
  ]);
  return { ...lab, backend: name, reports: Object.fromEntries(reports) as Carried["reports"] };
}

/** As flanneld of the backend ipip makes it. */
export const ipipLab = (): Carried =>
  derived("ipip", {
    wrap: (inner) => ({ protocol: 4, payload: inner }),
    cluster: (nodes) => nodes.map((node) => ({ ...node, backend: "ipip", vtep: "null" })),
    observed: ({ facts }, node) => {
      const own = facts.nodes.find(({ name }) => name === node)?.address;
      const output = `23: flannel.ipip@NONE: <NOARP,UP,LOWER_UP> mtu 1480 qdisc noqueue state UNKNOWN mode DEFAULT group default qlen 1000
    link/ipip ${own} brd 0.0.0.0 promiscuity 0  allmulti 0 minmtu 0 maxmtu 0 
    ipip any remote any local ${own} ttl inherit nopmtudisc addrgenmode eui64 numtxqueues 1 numrxqueues 1 gso_max_size 65536 gso_max_segs 65535 tso_max_size 65536 tso_max_segs 65535 gro_max_size 65536 
`;
      return [{ id: "tunnel", command: "ip -details link show flannel.ipip", output, exit: 0 }];
    },
  });

const keyOf = (node: string): string => Buffer.from(node.padEnd(32, ".")).toString("base64");

/** As flanneld of the backend wireguard makes it; what is encrypted are other bytes, and no cipher's. */
export const wireguardLab = (): Carried =>
  derived("wireguard", {
    wrap: (inner) => {
      const header = Buffer.alloc(24);
      for (const at of [0, 2]) header.writeUInt16BE(51820, at);
      header[8] = 4;
      const text = Buffer.alloc(Math.ceil(inner.length / 16) * 16 + 16).map((_, at) => (at * 151 + 89) % 251);
      header.writeUInt16BE(header.length + text.length, 4);
      return { protocol: 17, payload: Buffer.concat([header, text]) };
    },
    cluster: (nodes) =>
      nodes.map((node) => ({
        ...node,
        backend: "wireguard",
        vtep: JSON.stringify({ PublicKey: keyOf(String(node["name"])), Port: 51820 }),
      })),
    observed: ({ facts }, own) => {
      const peers = facts.nodes.flatMap(({ name, address }, at) =>
        name === own
          ? []
          : [
              `\npeer: ${keyOf(name)}\n  endpoint: ${address}:51820\n  allowed ips: 10.244.${at}.0/24\n  latest handshake: 1 minute, 2 seconds ago\n  transfer: 1.20 KiB received, 1.26 KiB sent\n`,
            ],
      );
      const output = `interface: flannel-wg\n  public key: ${keyOf(own)}\n  private key: (hidden)\n  listening port: 51820\n${peers.join("")}`;
      return [{ id: "tunnel", command: "wg show flannel-wg", output, exit: 0 }];
    },
  });
