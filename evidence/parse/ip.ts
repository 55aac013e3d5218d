import type { NodeFacts } from "../facts.ts";
import { type Family, ipv4 } from "../family.ts";

export interface Link {
  readonly index: number;
  readonly name: string;
  /** Index of the other end of a veth pair, in the other namespace: the 5 of eth0@if5. */
  readonly peer?: number;
  readonly mtu: number;
  readonly up: boolean;
  /** Its other end is up too. */
  readonly carrier: boolean;
  readonly mac?: string;
  readonly master?: string;
  /** Addresses with their prefix length, of the family that was asked for; an IPv6 address of the link alone is none. */
  readonly addresses: readonly { readonly address: string; readonly prefix: number }[];
  /** With `ip -details`, on a VXLAN device. */
  readonly vxlan?: { readonly vni: number; readonly local: string; readonly device: string; readonly port: number };
  /** The same on one that wraps packets into packets; "any" is whichever address is asked for. */
  readonly ipip?: { readonly remote: string; readonly local: string };
}

/** `ip addr` and `ip [-details] link show`. @throws Error when the text names no interface */
export function parseLinks(text: string, family = ipv4): Link[] {
  const blocks = text.split(/^(?=\d+: )/m).filter((block) => /^\d+: /.test(block));
  if (blocks.length === 0) throw new Error(`no interface in: ${text.trim() || "an empty output"}`);
  return blocks.map((block) => parseLink(block, family));
}

/** @throws Error when no interface has that name */
export function linkNamed(links: readonly Link[], name: string): Link {
  const link = links.find((one) => one.name === name);
  if (link === undefined) throw new Error(`no interface ${name} among ${links.map((one) => one.name).join(", ")}`);
  return link;
}

/** The interface that has an address: of a node's own it is the wire. @throws Error when none has it */
export function linkWith(links: readonly Link[], { name, address }: NodeFacts): Link {
  const wire = links.find(({ addresses }) => addresses.some((one) => one.address === address));
  if (wire === undefined) throw new Error(`no interface of ${name} has the address ${address}`);
  return wire;
}

const addressLine: Readonly<Record<Family["word"], RegExp>> = {
  inet: /^\s+inet (\S+)\/(\d+)/gm,
  inet6: /^\s+inet6 (\S+)\/(\d+) scope global/gm,
};

function parseLink(block: string, { word }: Family): Link {
  const head = /^(\d+): ([^:@\s]+)(?:@(\S+))?: <([^>]*)> mtu (\d+)/.exec(block);
  if (head === null) throw new Error(`not an interface: ${block.split("\n")[0]}`);
  const [, index, name = "", parent, flags = "", mtu] = head;
  const peer = /^if(\d+)$/.exec(parent ?? "")?.[1];
  // Ubuntu's ip has a word of its own behind the id: fan-map.
  const vxlan = /\bvxlan id (\d+) (?:fan-map )?local (\S+) dev (\S+).* dstport (\d+)/.exec(block);
  const ipip = /^\s+ipip (?:\w+ )?remote (\S+) local (\S+)/m.exec(block);
  return {
    index: Number(index),
    name,
    peer: peer === undefined ? undefined : Number(peer),
    mtu: Number(mtu),
    up: flags.split(",").includes("UP"),
    carrier: flags.split(",").includes("LOWER_UP"),
    mac: /link\/ether (\S+)/.exec(block)?.[1],
    master: /\bmaster (\S+)/.exec(block)?.[1],
    addresses: [...block.matchAll(addressLine[word])].map(([, address = "", prefix]) => ({
      address,
      prefix: Number(prefix),
    })),
    vxlan:
      vxlan === null
        ? undefined
        : { vni: Number(vxlan[1]), local: vxlan[2]!, device: vxlan[3]!, port: Number(vxlan[4]) },
    ...(ipip !== null && { ipip: { remote: ipip[1]!, local: ipip[2]! } }),
  };
}
