import { type BackendName, backendOf, type Carrier } from "../../evidence/backends.ts";
import { networkOf } from "../../evidence/cidr.ts";
import { type IpFamilies, ipFamilies, readFamilies } from "../../evidence/family.ts";
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

/** Of the families that a lab can be of, one is not offered. */
const alone =
  "is not offered: machines are reached, and most of the course is proved, by IPv4; write dual, which has both families";
const offered = ipFamilies.filter((one) => one !== "ipv6");

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
  config: Pick<Config, "ipFamily" | "podCidr6" | "serviceCidr6" | "machineCidr">,
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
    const meant = nearest(ipFamily, offered);
    refuse(`is not known; ${meant === undefined ? `write one of: ${offered.join(", ")}` : `did you mean ${meant}?`}`);
  } else if (known === "ipv6") refuse(alone);
  if (known !== "dual") return { ipFamily: "ipv4" };
  if (platform in elsewhere)
    refuse(
      `is for platform local, vm and hosts; on platform ${platform} it does not work: ${elsewhere[platform]}; write ipv4`,
    );
  if (!carries.includes(backend))
    refuse(
      `does not go with backend "${backend}", ${others[backend] ?? "by which flannel carries IPv4 alone"}; write backend ${carries.join(" or ")}`,
    );
  return {
    ipFamily: known,
    ranges6: {
      machineCidr: secondMachineCidr(config.machineCidr),
      podCidr: config.podCidr6,
      serviceCidr: config.serviceCidr6,
    },
  };
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
