import type { Choice } from "../../bundle/choice.ts";
import { readArtifacts } from "./artifacts.ts";
import { readBackend } from "./backend.ts";
import type { Carrier } from "../../evidence/backends.ts";
import { type AwsSettings, readAws } from "./aws.ts";
import { type Ipv6Ranges, readFamily } from "./family.ts";
import { type FaultSettings, readFaults } from "./faults.ts";
import { type HostsSettings, type Outside, readFile, readHosts } from "./hosts.ts";
import { type Config, readKeys } from "./keys.ts";
import { type LessonName, readLessons } from "./lessons.ts";
import { balancerPool, type LocalSettings, machineRange, readLocal } from "./local.ts";
import { countedNodes, type NodeSettings } from "./nodes.ts";
import { hostAddress } from "../../evidence/cidr.ts";
import { hasFamily, type IpFamilies, ipv4 } from "../../evidence/family.ts";
import { type ProxyMode, proxyModes } from "../../evidence/parse/service.ts";
import { checkRanges, clusterRanges, clusterRanges6, type RangeRule } from "./ranges.ts";
import { natRange, readVm, type VmSettings } from "./vm.ts";

/** What the config asks for, checked. */
export interface Settings {
  /** Name of the stack; part of every name that lives outside the stack, such as a container's. */
  readonly stack: string;
  /** Where the machines come from, with what only that kind needs. */
  readonly platform: PlatformSettings;
  /** The nodes in order, the control plane first. */
  readonly nodes: readonly NodeSettings[];
  /** Which address families the lab has. */
  readonly ipFamily: IpFamilies;
  /** Pod address range of the cluster, CIDR of the lab's first family; every node gets a /24 of it, or a /64 of IPv6. */
  readonly podCidr: string;
  /** Service address range, CIDR of the same family. */
  readonly serviceCidr: string;
  /** Address of the cluster's DNS: the tenth of serviceCidr, as kubeadm has it. */
  readonly dnsAddress: string;
  /** Its IPv6 ranges. @default none: IPv4 alone */
  readonly ranges6?: Ipv6Ranges;
  /** How flannel carries packets from node to node. */
  readonly backend: Carrier;
  /** What kube-proxy writes its rules into. */
  readonly proxyMode: ProxyMode;
  /** Where programs and images come from. */
  readonly artifacts: Choice;
  /** Pages of the course that are taught. */
  readonly lessons: readonly LessonName[];
  /** Addresses of the machines' network that no machine has, FIRST-LAST. @default none, where no lesson gives any away */
  readonly balancerPool?: string;
  /** What is broken on purpose. */
  readonly faults: readonly FaultSettings[];
  /** When it changes, every check on the nodes runs again. */
  readonly verify: string;
  /** When it changes, the admin's kubeconfig is read anew. @default it never changed */
  readonly renewed?: string;
}

/** One kind for each value of the config key `platform`. */
export type PlatformSettings = LocalSettings | VmSettings | HostsSettings | AwsSettings;

const platforms = ["local", "vm", "hosts", "aws"] as const satisfies readonly PlatformSettings["kind"][];

/** Judges raw config values, one per key without the project's name. Pure, but for what it asks the world outside. */
export function checkSettings(
  raw: Readonly<Record<string, unknown>>,
  stack: string,
  world: Outside = { read: readFile, isSecret: () => false },
): { settings?: Settings; problems: readonly string[] } {
  const { config, problems: about } = readKeys(raw);
  if (config === undefined) return { problems: about };
  const problems: string[] = [];
  const kind = platforms.find((known) => known === config.platform);
  if (kind === undefined) {
    problems.push(`platform "${config.platform}" is not known; write one of: ${platforms.join(", ")}`);
  }
  const { platform, nodes, ranges } = readPlatform(kind ?? "local", config, problems, world);
  const backend = readBackend(config, problems);
  const artifacts = readArtifacts(config, problems);
  const lessons = readLessons(config, problems);
  const proxyMode = proxyModes.find((known) => known === config.proxyMode) ?? proxyModes[0];
  if (proxyMode !== config.proxyMode)
    problems.push(`proxyMode "${config.proxyMode}" is not known; write one of: ${proxyModes.join(", ")}`);
  const { ipFamily, ranges6 } = readFamily(config, kind ?? "local", backend, problems);
  const has4 = hasFamily(ipFamily, ipv4);
  const of4 = has4 ? clusterRanges(config, nodes.length) : [];
  const of6 = ranges6 === undefined ? [] : clusterRanges6(ranges6, nodes.length);
  checkRanges([...ranges, ...of4, ...of6], problems);
  const faults = readFaults(config, kind ?? "local", backend, nodes, problems);
  if (problems.length > 0) return { problems };
  const { podCidr, serviceCidr } = has4 ? config : ranges6!;
  return {
    problems,
    settings: {
      stack,
      platform,
      nodes,
      ipFamily,
      podCidr,
      serviceCidr,
      dnsAddress: hostAddress(serviceCidr, 10),
      ...(ranges6 && { ranges6 }),
      backend,
      proxyMode,
      artifacts,
      lessons,
      ...(lessons.includes("load-balancer") &&
        "machineCidr" in platform && { balancerPool: balancerPool(platform.machineCidr) }),
      faults,
      verify: config.verify,
      ...(config.renewed !== "never" && { renewed: config.renewed }),
    },
  };
}

/** What only one kind of platform has: its own settings, the nodes, and ranges that must stay clear of the cluster's. */
interface Platform {
  readonly platform: PlatformSettings;
  readonly nodes: readonly NodeSettings[];
  readonly ranges: readonly RangeRule[];
}

function readPlatform(kind: PlatformSettings["kind"], config: Config, problems: string[], world: Outside): Platform {
  switch (kind) {
    case "local": {
      const platform = readLocal(config, problems);
      return { platform, nodes: countedNodes(config, problems), ranges: [machineRange(platform.machineCidr)] };
    }
    case "vm": {
      const platform = readVm(config, problems);
      return {
        platform,
        nodes: countedNodes(config, problems),
        ranges: [natRange, machineRange(platform.machineCidr)],
      };
    }
    case "hosts": {
      const platform = readHosts(config, problems, world);
      return { platform, nodes: platform.hosts.map(({ name, role }) => ({ name, role })), ranges: [] };
    }
    case "aws": {
      const platform = readAws(config, problems);
      return { platform, nodes: countedNodes(config, problems), ranges: [machineRange(platform.machineCidr)] };
    }
    default: {
      const unknown: never = kind;
      throw new Error(`platform "${String(unknown)}" has no settings`);
    }
  }
}
