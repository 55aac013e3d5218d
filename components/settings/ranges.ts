import ipaddr from "ipaddr.js";
import { overlap } from "../../evidence/cidr.ts";

type Range = [ipaddr.IPv4, number];

/** A config key that holds a range, and the prefixes it may have. */
export interface RangeRule {
  readonly key: string;
  readonly value: string;
  /** Shortest and longest prefix. */
  readonly prefixes: readonly [number, number];
  readonly sample: string;
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

/** Each must be a private network of a fitting size, and no two may overlap. */
export function checkRanges(ranges: readonly RangeRule[], problems: string[]): void {
  const good: { key: string; value: string }[] = [];
  for (const { key, value, prefixes, sample } of ranges) {
    const range = parseRange(value);
    if (range === undefined) {
      problems.push(
        `${key} ${JSON.stringify(value)} is not an IPv4 network; write address/prefix with no host bits, such as ${sample}`,
      );
    } else if (range[1] < prefixes[0] || range[1] > prefixes[1]) {
      problems.push(
        `${key} "${value}" has no prefix from /${prefixes[0]} to /${prefixes[1]}; write one, such as ${sample}`,
      );
    } else if (range[0].range() !== "private" && range[0].range() !== "carrierGradeNat") {
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

function parseRange(value: string): Range | undefined {
  if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(value)) return undefined;
  const [address, prefix] = ipaddr.IPv4.parseCIDR(value);
  const network = ipaddr.IPv4.networkAddressFromCIDR(value);
  return address.toString() === network.toString() ? [network, prefix] : undefined;
}
