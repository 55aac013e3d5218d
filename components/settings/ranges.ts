import ipaddr from "ipaddr.js";
import { overlap } from "../../evidence/cidr.ts";
import type { Ipv6Ranges } from "./family.ts";

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** A config key that holds a range, and the prefixes it may have. */
export interface RangeRule {
  readonly key: string;
  readonly value: string;
  /** Shortest and longest prefix. */
  readonly prefixes: readonly [number, number];
  readonly sample: string;
  /** @default ipv4 */
  readonly family?: "ipv6";
}

/** The cluster's own ranges. */
export function clusterRanges(
  config: { readonly podCidr: string; readonly serviceCidr: string },
  nodes: number,
): RangeRule[] {
  // A /24 for every node, and at most 2^16 of them, which is what the node IPAM controller takes.
  const podLongest = 24 - Math.ceil(Math.log2(nodes));
  return [
    { key: "podCidr", value: config.podCidr, prefixes: [8, podLongest], sample: "10.244.0.0/16" },
    { key: "serviceCidr", value: config.serviceCidr, prefixes: [12, 24], sample: "10.96.0.0/16" },
  ];
}

/** The same of IPv6, and the machines' network, which follows from machineCidr. */
export function clusterRanges6(ranges: Ipv6Ranges, nodes: number): RangeRule[] {
  const family = "ipv6" as const;
  return [
    { key: "the machines' IPv6 network", value: ranges.machineCidr, prefixes: [64, 64], sample: "", family },
    {
      key: "podCidr6",
      value: ranges.podCidr,
      // A /64 for every node (the controller manager's node-cidr-mask-size-ipv6), and at most 2^16 of them.
      prefixes: [48, 64 - Math.ceil(Math.log2(nodes))],
      sample: "fd00:10:244::/48",
      family,
    },
    // kubeadm takes no more than 2^20 addresses for Services.
    { key: "serviceCidr6", value: ranges.serviceCidr, prefixes: [108, 120], sample: "fd00:10:96::/112", family },
  ];
}

/** Each must be a private network of a fitting size, and no two may overlap. */
export function checkRanges(ranges: readonly RangeRule[], problems: string[]): void {
  const good: { key: string; value: string }[] = [];
  for (const { key, value, prefixes, sample, family = "ipv4" } of ranges) {
    const range = parseRange(value, family);
    if (range === undefined) {
      problems.push(
        `${key} ${JSON.stringify(value)} is not an ${family === "ipv4" ? "IPv4" : "IPv6"} network; write address/prefix with no host bits, such as ${sample}`,
      );
    } else if (range[1] < prefixes[0] || range[1] > prefixes[1]) {
      problems.push(
        `${key} "${value}" has no prefix from /${prefixes[0]} to /${prefixes[1]}; write one, such as ${sample}`,
      );
    } else if (family === "ipv6" && range[0].range() !== "uniqueLocal") {
      problems.push(`${key} "${value}" is not a private range; take it from fd00::/8, such as ${sample}`);
    } else if (family === "ipv4" && range[0].range() !== "private" && range[0].range() !== "carrierGradeNat") {
      problems.push(
        `${key} "${value}" is not a private range; take it from 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16`,
      );
    } else {
      good.push({ key, value });
    }
  }
  good.forEach((one, index) => {
    for (const other of good.slice(index + 1)) {
      if (overlap(one.value, other.value)) {
        problems.push(`${one.key} "${one.value}" overlaps ${other.key} "${other.value}"; move one of them`);
      }
    }
  });
}

function parseRange(value: string, family: "ipv4" | "ipv6"): Range | undefined {
  if (family === "ipv4" ? !ipaddr.IPv4.isValidCIDRFourPartDecimal(value) : !ipaddr.IPv6.isValidCIDR(value))
    return undefined;
  const [address, prefix] = ipaddr.parseCIDR(value);
  const network = (family === "ipv4" ? ipaddr.IPv4 : ipaddr.IPv6).networkAddressFromCIDR(value);
  return address.toString() === network.toString() ? [network, prefix] : undefined;
}
