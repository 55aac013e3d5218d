import * as pulumi from "@pulumi/pulumi";
import ipaddr from "ipaddr.js";
import { z } from "zod";
import type { Role } from "./machines/machine.ts";
import { nearest } from "./nearest.ts";

/** What the config asks for, checked. */
export interface Settings {
  /** Name of the stack; part of every name that lives outside the stack, such as a container's. */
  readonly stack: string;
  readonly platform: Platform;
  /** The nodes in order, the control plane first. */
  readonly nodes: readonly { readonly name: string; readonly role: Role }[];
  /** Network of the machines, IPv4 CIDR. */
  readonly machineCidr: string;
  /** Pod address range of the cluster, IPv4 CIDR; every node gets a /24 of it. */
  readonly podCidr: string;
  /** Service address range, IPv4 CIDR. */
  readonly serviceCidr: string;
  /** Address of the cluster's DNS: the tenth of serviceCidr, as kubeadm has it. */
  readonly dnsAddress: string;
  /** First of ten TCP ports on 127.0.0.1. */
  readonly portBase: number;
  /** When it changes, every check on the nodes runs again. */
  readonly verify: string;
}

const platforms = ["local"] as const;
export type Platform = (typeof platforms)[number];

/** Most worker nodes: one block of ten ports holds SSH for nine machines and the API server. */
const maxWorkers = 8;

const text = z.string();
const schema = z.strictObject({
  platform: text,
  workers: z.coerce.number(),
  nodeNames: z.preprocess((value) => (typeof value === "string" ? (JSON.parse(value) as unknown) : value), z.array(z.string())),
  machineCidr: text,
  podCidr: text,
  serviceCidr: text,
  portBase: z.coerce.number(),
  verify: text,
});

/** Reads the stack's config. @throws pulumi.RunError naming every problem in it, before any resource exists */
export function readSettings(): Settings {
  const project = pulumi.getProject();
  const raw: Record<string, string> = {};
  for (const [key, value] of Object.entries(pulumi.runtime.allConfig())) {
    if (key.startsWith(`${project}:`)) raw[key.slice(project.length + 1)] = value;
  }
  const { settings, problems } = checkSettings(raw, pulumi.getStack());
  if (settings === undefined) {
    throw new pulumi.RunError(
      [`the config of stack ${pulumi.getStack()} cannot be used:`, ...problems.map((problem) => `  - ${problem}`)].join("\n"),
    );
  }
  return settings;
}

/** Judges raw config values, one per key without the project's name. Pure. */
export function checkSettings(
  raw: Readonly<Record<string, unknown>>,
  stack: string,
): { settings?: Settings; problems: readonly string[] } {
  const problems: string[] = [];
  const parsed = schema.safeParse(raw);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) problems.push(...explain(issue, raw));
    return { problems };
  }
  const config = parsed.data;
  const platform = platforms.find((known) => known === config.platform);
  if (platform === undefined) {
    problems.push(`platform "${config.platform}" is not known; write one of: ${platforms.join(", ")}`);
  }
  const count = Number.isInteger(config.workers) && config.workers >= 1 && config.workers <= maxWorkers;
  if (!count) {
    problems.push(`workers ${String(config.workers)} is not a whole number from 1 to ${maxWorkers}; write one, such as 2`);
  }
  if (!(Number.isInteger(config.portBase) && config.portBase >= 1024 && config.portBase <= 65526)) {
    problems.push(
      `portBase ${String(config.portBase)} leaves no block of ten ports; write a whole number from 1024 to 65526, such as 32210`,
    );
  }
  const names = nodeNames(config.nodeNames, count ? config.workers : undefined, problems);
  checkRanges(config, names.length, problems);
  if (problems.length > 0 || platform === undefined) return { problems };
  return {
    problems,
    settings: {
      stack,
      platform,
      nodes: names.map((name, index) => ({ name, role: index === 0 ? "control-plane" : "worker" })),
      machineCidr: config.machineCidr,
      podCidr: config.podCidr,
      serviceCidr: config.serviceCidr,
      dnsAddress: hostAddress(config.serviceCidr, 10),
      portBase: config.portBase,
      verify: config.verify,
    },
  };
}

function explain(issue: z.core.$ZodIssue, raw: Readonly<Record<string, unknown>>): string[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const known = Object.keys(schema.shape);
      const meant = nearest(key, known);
      return `${key} is not a config key; ${meant === undefined ? `the keys are ${known.join(", ")}` : `did you mean ${meant}?`}`;
    });
  }
  const key = String(issue.path[0]);
  if (!(key in raw)) return [`${key} is missing; remove your own "config" from Pulumi.yaml or set it`];
  const kind = key === "nodeNames" ? "a list of names" : key === "workers" || key === "portBase" ? "a number" : "text";
  return [`${issue.path.join(".")} ${JSON.stringify(raw[key])} is not ${kind}; see Pulumi.yaml for its form`];
}

function nodeNames(given: readonly string[], workers: number | undefined, problems: string[]): readonly string[] {
  if (given.length === 0) {
    return ["k8s-master", ...Array.from({ length: workers ?? 1 }, (_, index) => `k8s-worker${index + 1}`)];
  }
  if (workers !== undefined && given.length !== workers + 1) {
    problems.push(
      `nodeNames has ${given.length} names for 1 control plane and ${workers} workers; write ${workers + 1} names, or none`,
    );
  }
  given.forEach((name, index) => {
    if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) {
      problems.push(
        `nodeNames[${index}] ${JSON.stringify(name)} is not a DNS label; write 1 to 63 lower-case letters, digits and inner hyphens`,
      );
    }
    if (given.indexOf(name) !== index) problems.push(`nodeNames[${index}] "${name}" stands twice; name every node differently`);
  });
  return given;
}

type Range = [ipaddr.IPv4, number];

function checkRanges(
  config: { readonly machineCidr: string; readonly podCidr: string; readonly serviceCidr: string },
  nodes: number,
  problems: string[],
): void {
  // A /24 for every node, and at most 2^16 of them, which is what the node IPAM controller takes.
  const podLongest = 24 - Math.ceil(Math.log2(nodes));
  const ranges = [
    { key: "machineCidr", prefixes: [16, 27], sample: "172.28.56.0/24" },
    { key: "podCidr", prefixes: [8, podLongest], sample: "10.244.0.0/16" },
    { key: "serviceCidr", prefixes: [12, 24], sample: "10.96.0.0/16" },
  ] as const;
  const good: { key: string; value: string; range: Range }[] = [];
  for (const { key, prefixes, sample } of ranges) {
    const value = config[key];
    const range = parseRange(value);
    if (range === undefined) {
      problems.push(`${key} ${JSON.stringify(value)} is not an IPv4 network; write address/prefix with no host bits, such as ${sample}`);
    } else if (range[1] < prefixes[0] || range[1] > prefixes[1]) {
      problems.push(`${key} "${value}" has no prefix from /${prefixes[0]} to /${prefixes[1]}; write one, such as ${sample}`);
    } else if (range[0].range() !== "private" && range[0].range() !== "carrierGradeNat") {
      problems.push(`${key} "${value}" is not a private range; take it from 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16`);
    } else {
      good.push({ key, value, range });
    }
  }
  good.forEach((one, index) => {
    for (const other of good.slice(index + 1)) {
      if (overlap(one.range, other.range)) {
        problems.push(`${one.key} "${one.value}" overlaps ${other.key} "${other.value}"; move one of them`);
      }
    }
  });
}

/** The address with this host part in a network, such as 10.96.0.10 for 10 in 10.96.0.0/16. */
export function hostAddress(cidr: string, hostPart: number): string {
  const octets = ipaddr.IPv4.networkAddressFromCIDR(cidr).toByteArray();
  const number = octets.reduce((sum, octet) => sum * 256 + octet, 0) + hostPart;
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join(".");
}

function parseRange(value: string): Range | undefined {
  if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(value)) return undefined;
  const [address, prefix] = ipaddr.IPv4.parseCIDR(value);
  const network = ipaddr.IPv4.networkAddressFromCIDR(value);
  return address.toString() === network.toString() ? [network, prefix] : undefined;
}

function overlap(one: Range, other: Range): boolean {
  const wider = Math.min(one[1], other[1]);
  return one[0].match(other[0], wider);
}
