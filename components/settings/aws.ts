import ipaddr from "ipaddr.js";
import type { Role } from "../../nodes/role.ts";
import type { Config } from "./keys.ts";

/** Instances of EC2, in a network of their own. */
export interface AwsSettings {
  readonly kind: "aws";
  /** The VPC and its one subnet, IPv4 CIDR. */
  readonly machineCidr: string;
  /** Such as eu-central-1. */
  readonly region: string;
  /** Zone of all machines, such as eu-central-1a. @default one that offers both types, picked when the lab is made */
  readonly zone?: string;
  /** Instance type by role. */
  readonly types: Readonly<Record<Role, string>>;
  /** Root volume of each machine, GiB. */
  readonly volumeSize: number;
  /** Spare capacity: cheaper, and taken away when somebody pays more. */
  readonly spot: boolean;
  /** IPv4 CIDRs that may reach SSH and the API server. */
  readonly allowFrom: readonly string[];
  /** Hours from its first boot after which a machine terminates itself; 0 is never. */
  readonly maxHours: number;
}

/** Entries of awsAllowFrom: EC2 takes 60 rules for a group, and the control plane's has two for each entry besides three of its own. */
export const mostAllowed = 28;
/** Shortest prefix that may pass for somebody's own addresses; a wider range is half a country. */
const widest = 16;

export function readAws(config: Config, problems: string[]): AwsSettings {
  const { awsRegion: region, awsVolumeSize: volumeSize, maxHours } = config;
  // us-east-1, us-isob-east-1, eusc-de-east-1
  if (!/^[a-z]{2,4}(-[a-z]+)+-\d$/.test(region)) {
    problems.push(`awsRegion ${JSON.stringify(region)} is not a region's name; write one, such as eu-central-1`);
  }
  const zone = config.awsZone;
  if (zone !== "" && !isZoneOf(region, zone)) {
    problems.push(
      `awsZone ${JSON.stringify(zone)} is not a zone of ${region}; write one, such as ${region}a, or leave it out`,
    );
  }
  const types = { "control-plane": config.awsControlPlaneType, worker: config.awsWorkerType };
  for (const [key, type] of [
    ["awsControlPlaneType", types["control-plane"]],
    ["awsWorkerType", types.worker],
  ] as const) {
    if (!instanceType.test(type)) {
      problems.push(`${key} ${JSON.stringify(type)} is not an instance type; write family and size, such as t3.medium`);
    } else if (type.startsWith("mac")) {
      problems.push(`${key} "${type}" runs macOS on a dedicated host; write a type that runs Linux, such as t3.medium`);
    } else if (/\.(nano|micro)$/.test(type) || (key === "awsControlPlaneType" && /^t.*\.small$/.test(type))) {
      problems.push(
        `${key} "${type}" has too little memory for a node; write one with ${key === "awsWorkerType" ? "2 GiB" : "4 GiB"} or more, such as ${key === "awsWorkerType" ? "t3.small" : "t3.medium"}`,
      );
    }
  }
  if (!(Number.isInteger(volumeSize) && volumeSize >= 10 && volumeSize <= 1000)) {
    problems.push(
      `awsVolumeSize ${String(volumeSize)} is not a whole number of GiB from 10 to 1000; write one, such as 16`,
    );
  }
  if (!(maxHours >= 0 && maxHours <= 720)) {
    problems.push(`maxHours ${String(maxHours)} is not a number from 0 (never) to 720; write one, such as 8`);
  }
  checkAllowed(config.awsAllowFrom, config.awsOpenToTheWorld, problems);
  return {
    kind: "aws",
    machineCidr: config.machineCidr,
    region,
    ...(zone !== "" && { zone }),
    types,
    volumeSize,
    maxHours,
    spot: config.awsSpot,
    allowFrom: config.awsAllowFrom,
  };
}

/** A zone of the region itself; local and wavelength zones have longer names. */
export const isZoneOf = (region: string, zone: string): boolean =>
  zone.startsWith(region) && /^[a-z]$/.test(zone.slice(region.length));

const instanceType = /^([a-z]+)(\d+)([a-z0-9-]*)\.(\d*[a-z]+)(-[0-9a-z]+)?$/;

/** Graviton has a g among the letters after the generation; a1 came before that rule. */
export function archOf(type: string): "amd64" | "arm64" {
  const [, family, generation, attributes = ""] = instanceType.exec(type) ?? [];
  return attributes.includes("g") || `${family}${generation}` === "a1" ? "arm64" : "amd64";
}

function checkAllowed(ranges: readonly string[], toTheWorld: boolean, problems: string[]): void {
  if (ranges.length === 0) {
    problems.push(
      'awsAllowFrom is empty, so that nobody could reach the machines, you included; write your own address as your provider shows it, such as ["203.0.113.7/32"]',
    );
  }
  if (ranges.length > mostAllowed) {
    problems.push(
      `awsAllowFrom has ${ranges.length} networks; a security group has room for ${mostAllowed}: write fewer, wider ones`,
    );
  }
  ranges.forEach((range, index) => {
    const key = `awsAllowFrom[${index}] ${JSON.stringify(range)}`;
    if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(range)) {
      problems.push(`${key} is not an IPv4 network; write address/prefix, such as 203.0.113.7/32`);
      return;
    }
    if (ranges.indexOf(range) !== index) {
      problems.push(`${key} stands twice; EC2 takes a rule once: leave one of them out`);
      return;
    }
    const [address, prefix] = ipaddr.IPv4.parseCIDR(range);
    if (address.toString() !== ipaddr.IPv4.networkAddressFromCIDR(range).toString()) {
      problems.push(
        `${key} has host bits; write ${ipaddr.IPv4.networkAddressFromCIDR(range).toString()}/${prefix}, or your one address with /32`,
      );
    } else if (prefix < widest && !toTheWorld) {
      problems.push(
        `${key} opens SSH and the API server to ${prefix === 0 ? "the whole world" : `${2 ** (32 - prefix)} addresses`}; write your own address with /32, ` +
          `or, if that is what you want, say so: awsOpenToTheWorld: true`,
      );
    }
  });
}
