import { type BackendName, backendOf, type Carrier } from "../../evidence/backends.ts";
import { networkOf } from "../../evidence/cidr.ts";
import { hasFamily, type IpFamilies, ipFamilies, ipv6, readFamilies } from "../../evidence/family.ts";
import type { Config } from "./keys.ts";
import { nearest } from "./nearest.ts";

/** IPv6 ranges of a lab, CIDR. */
export interface Ipv6Ranges {
  /** Network of the machines. */
  readonly machineCidr: string;
  /** Pod address range of the cluster; every node gets a /64 of it. */
  readonly podCidr: string;
  /** Service address range. */
  readonly serviceCidr: string;
}

/** Which address families the lab has, and its IPv6 ranges, where it has any. */
export interface FamilySettings {
  readonly ipFamily: IpFamilies;
  readonly ranges6?: Ipv6Ranges;
}

const elsewhere: Readonly<Record<string, string>> = {
  aws: "the lab's VPC has an IPv4 range alone",
};

/** flannel's own by which a lab has IPv6: by VXLAN and by routes. */
const carries: readonly BackendName[] = ["vxlan", "vxlan-direct", "host-gw"];
/** Why the others do not; by the rest flannel carries IPv4 alone. */
const others: Readonly<Partial<Record<BackendName, string>>> = {
  wireguard: "which has a device and a port of its own for IPv6 that no claim is about yet",
};

/** What the config says of address families. What is wrong is added to `problems`. */
export function readFamily(
  config: Pick<Config, "ipFamily" | "podCidr6" | "serviceCidr6" | "machineCidr" | "lessons" | "proxyMode" | "faults">,
  platform: string,
  chosen: Carrier,
  problems: string[],
): FamilySettings {
  const { ipFamily } = config;
  const backend = backendOf(chosen).name;
  const known = readFamilies(ipFamily);
  const refuse = (why: string): void => {
    problems.push(`ipFamily "${ipFamily}" ${why}`);
  };
  if (known === undefined) {
    const meant = nearest(ipFamily, ipFamilies);
    refuse(
      `is not known; ${meant === undefined ? `write one of: ${ipFamilies.join(", ")}` : `did you mean ${meant}?`}`,
    );
  }
  if (known === undefined || !hasFamily(known, ipv6)) return { ipFamily: "ipv4" };
  const alone = known === "ipv6";
  if (platform in elsewhere)
    refuse(
      `is for platform local${alone ? "" : ", vm and hosts"}; on platform ${platform} it does not work: ${elsewhere[platform]}; write ipv4`,
    );
  else if (alone && platform !== "local")
    refuse(`is for platform local, and nobody has tried it on ${platform}; write dual`);
  if (!carries.includes(backend))
    refuse(
      `does not go with backend "${backend}", ${others[backend] ?? "by which flannel carries IPv4 alone"}; write backend ${carries.join(" or ")}`,
    );
  else if (alone && backend === "host-gw")
    refuse(
      'does not go with backend "host-gw": flanneld takes a node without an IPv4 address for one behind NAT; write backend vxlan or vxlan-direct, or ipFamily dual',
    );
  if (alone) refuseWithoutIpv4(config, refuse);
  return {
    ipFamily: known,
    ranges6: {
      machineCidr: secondMachineCidr(config.machineCidr),
      podCidr: config.podCidr6,
      serviceCidr: config.serviceCidr6,
    },
  };
}

/** What is about IPv4 alone, and would be about nothing in a lab that has none. */
function refuseWithoutIpv4(
  { lessons, proxyMode, faults }: Pick<Config, "lessons" | "proxyMode" | "faults">,
  refuse: (why: string) => void,
): void {
  const about4 = lessons.filter((name) => name !== "pod-network");
  if (about4.length > 0)
    refuse(
      `goes with the lesson pod-network alone, and lessons has ${about4.join(", ")}, proved by IPv4; leave that out, or write dual`,
    );
  if (proxyMode !== "iptables")
    refuse(`goes with proxyMode iptables alone, and proxyMode is "${proxyMode}"; write iptables, or ipFamily dual`);
  if (faults.length > 0) refuse("does not go with faults, which break IPv4's ways; leave them out, or write dual");
}

/**
 * The machines' IPv6 network, which follows from the first one, so that two labs that differ in the one differ in the other: 172.28.56.0/24 gives
 * fd00:172:28:56::/64. The last part of a network that is smaller goes into the second byte, which says otherwise nothing.
 */
export function secondMachineCidr(machineCidr: string): string {
  const [a, b, c, d] = machineCidr.split("/")[0]!.split(".");
  const cidr = `fd${Number(d).toString(16).padStart(2, "0")}:${a}:${b}:${c}::/64`;
  // As every program writes it; a first network that is none has a problem of its own.
  return /^fd[0-9a-f]{2}(:\d{1,3}){3}::/.test(cidr) ? networkOf(cidr) : cidr;
}
