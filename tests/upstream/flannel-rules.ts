// flannel's own rules as its source and its tests have them (pkg/trafficmngr/iptables of v0.28.10: masqRules and forwardRules, seven and three), in the words
// of iptables-save. They are the same for every backend: what is between the nodes has no rule of flannel's.

/** The lines about flannel of `iptables-save -t TABLE` on a node, in their order. */
export function goldenRules(table: "nat" | "filter", { network, subnet }: Ranges): readonly string[] {
  return table === "nat" ? masquerading(network, subnet) : forwarding(network);
}

export interface Ranges {
  /** Of all pods, CIDR. */
  readonly network: string;
  /** Of the node's pods, CIDR. */
  readonly subnet: string;
}

function masquerading(network: string, subnet: string): readonly string[] {
  const comment = '-m comment --comment "flanneld masq"';
  const rule = (words: string): string => `-A FLANNEL-POSTRTG ${words}`;
  return [
    `-A POSTROUTING ${comment} -j FLANNEL-POSTRTG`,
    // Whatever kube-proxy masquerades by itself.
    rule(`-m mark --mark 0x4000/0x4000 ${comment} -j RETURN`),
    rule(`-s ${subnet} -d ${network} ${comment} -j RETURN`),
    rule(`-s ${network} -d ${subnet} ${comment} -j RETURN`),
    rule(`! -s ${network} -d ${subnet} ${comment} -j RETURN`),
    rule(`-s ${network} ! -d 224.0.0.0/4 ${comment} -j MASQUERADE --random-fully`),
    rule(`! -s ${network} -d ${network} ${comment} -j MASQUERADE --random-fully`),
  ];
}

function forwarding(network: string): readonly string[] {
  const comment = '-m comment --comment "flanneld forward"';
  return [
    `-A FORWARD ${comment} -j FLANNEL-FWD`,
    `-A FLANNEL-FWD -s ${network} ${comment} -j ACCEPT`,
    `-A FLANNEL-FWD -d ${network} ${comment} -j ACCEPT`,
  ];
}

/** The rules of flannel's own table of nftables, by chain, as `nft list table ip flannel-ipv4` prints them (pkg/trafficmngr/nftables of v0.28.10). */
export const goldenTable = ({ network, subnet }: Ranges): Readonly<Record<string, readonly string[]>> => ({
  forward: [`ip saddr ${network} accept`, `ip daddr ${network} accept`],
  postrtg: [
    // Whatever kube-proxy masquerades by itself.
    "meta mark 0x00004000 return",
    `ip saddr ${subnet} ip daddr ${network} return`,
    `ip saddr ${network} ip daddr ${subnet} return`,
    `ip saddr != ${subnet} ip daddr ${network} return`,
    `ip saddr ${network} ip daddr != 224.0.0.0/4 masquerade fully-random`,
    `ip saddr != ${network} ip daddr ${network} masquerade fully-random`,
  ],
});

/** The lines about flannel, whatever other programs of the node have written. */
export const flannelsRules = (saved: string): readonly string[] =>
  saved.split("\n").filter((line) => line.includes('--comment "flanneld '));
