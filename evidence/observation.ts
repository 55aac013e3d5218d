import { z } from "zod";

const observation = z.object({
  /** What was looked at, such as "addresses/mypod1"; unique among them. */
  id: z.string(),
  /** The exact command, as it could be typed on the node. */
  command: z.string(),
  /** Standard output; when the command failed, standard error after it. */
  output: z.string(),
  exit: z.int(),
});

/** What a script nodes/observe/*.sh prints: the commands that ran on one node, with their raw output. */
export const observationsJson = z.object({
  node: z.string(),
  /** When the node had seen it all, UTC, ISO 8601. */
  at: z.iso.datetime(),
  observations: z.array(observation),
});

/** What the observers that look at a node's pods have in common: nodes/lib/pods.sh. */
const ofPods = [
  "network-namespace/*",
  "addresses/*",
  "ping/*/*",
  "loss/*/*",
  "pod-routes/*",
  "pod-neighbour/*",
] as const;

/** What a node does for every pod on it: nodes/lib/health.sh. */
const health = [
  "interfaces",
  "forwarding",
  "rp-filters",
  "ways-back",
  "bridge-netfilter",
  "fdb",
  "permanent",
  "pods-inside",
  "nat",
  "flannel-rules",
  "cni-config",
  "cni-files",
  "flanneld",
  "agents",
] as const;

/** The ids of what each nodes/observe/*.sh looks at; a star stands for the name of a pod or container. A unit test holds them against the scripts. */
export const observed = {
  containers: [
    "tasks",
    "pod",
    "containers",
    "ports",
    "subnet",
    "addresses",
    "namespaces/*",
    "network-namespace/*",
    "listener",
    "second-listener",
    "caller",
    "caller-on-node",
  ],
  bridge: [...ofPods, "bridge", "ports", "subnet", "neighbours/*", "fdb"],
  bridge6: [...ofPods, "ports", "subnet", "neighbours/*"],
  cluster: ["nodes", "nodes6", "pods", "conditions"],
  overlay6: [
    ...ofPods,
    "interfaces",
    "forwarding",
    "bridge-netfilter",
    "nat",
    "pods-inside",
    "ports",
    "decision/*/*",
    "rules",
    "too-large/*/*",
    "largest/*/*",
    "subnet",
    "routes",
    "vtep",
    "vtep-neighbours",
    "vtep-fdb",
    "wire-neighbours",
  ],
  overlay: [
    ...ofPods,
    ...health,
    "decision/*/*",
    "rules",
    "queues-before",
    "queues",
    "too-large/*/*",
    "largest/*/*",
    "ports",
    "subnet",
    "routes",
    "kernel",
    "vtep",
    "vtep-neighbours",
    "vtep-fdb",
    "tunnel",
    "wire-neighbours",
  ],
  reach: [
    "icmp/*",
    "tcp/*",
    "udp/*",
    "called-as/*",
    "icmp6/*",
    "tcp6/*",
    "udp6/*",
    "called-as6/*",
    "dns/*",
    "overlay-port/*",
    "outside",
    "outside-name/*",
  ],
  endpoints: ["pods", "services", "endpoints"],
  service: [
    "mode",
    "other-mode",
    "rules",
    "listing",
    "headless",
    "from-node",
    "udp-node",
    "large-node",
    "udp-client",
    "large-client",
    "local-port/*",
    "callers/cluster",
    "callers/local",
    "node-port/*",
    "node-port-localhost",
    "empty",
    "empty-client",
    "translated-node",
    "from-client",
    "sticky",
    "translated-client",
    "hairpin/*",
  ],
  balancers: ["pods", "balancers", "pool", "announcers"],
  balancer: ["interfaces", "arp/*", "from-node/*", "outside/*", "callers/*"],
  "dns-server": ["service", "replicas", "corefile"],
  dns: ["resolv-conf", "asked/*", "questions/*", "record/*", "replica/*", "from-node/*"],
  discovery: ["service", "started", "variables/*", "database/*", "first", "by-first", "second", "by-second", "by-old"],
  policy: ["enforcer", "tried/*", "rule/*", "enforcer6", "tried6/*"],
  lookup: ["resolv-conf", "lookup"],
  probe: ["probe", "translated"],
  "send-load": ["interface", "times", "stream"],
  captured: ["links", "veths", "capture", "pcap"],
  watched: [
    "limits",
    "events",
    "rules",
    "chains",
    "filters/*/*",
    "protocols/*",
    "links/*",
    "qdiscs/*",
    "route/request",
    "route/reply",
    "policy",
    "tables",
    "settings",
    "interfaces",
    "addresses",
    "neighbours",
    "forwarding",
    "pod-route/*",
    "pod-interfaces/*",
    "pod-neighbours/*",
  ],
} as const;

type Filled<Id extends string> = Id extends `${infer Before}*${infer After}`
  ? `${Before}${string}${Filled<After>}`
  : Id;
/** What a judge may ask for. */
export type ObservationId = Filled<(typeof observed)[keyof typeof observed][number]>;

export type Observation = z.infer<typeof observation>;
export type Observations = z.infer<typeof observationsJson>;

/** @throws Error when the report lacks it */
export function find(report: Observations, id: ObservationId): Observation {
  const found = report.observations.find((one) => one.id === id);
  if (found === undefined) throw new Error(`nothing was observed as "${id}" on ${report.node}`);
  return found;
}

/** Output of a command that succeeded. @throws Error when it is missing or failed */
export function outputOf(report: Observations, id: ObservationId): string {
  const found = find(report, id);
  if (found.exit !== 0)
    throw new Error(`on ${report.node} \`${found.command}\` exited with ${found.exit}: ${found.output.trim()}`);
  return found.output;
}

/** Stands for a node from which no observations came: no claim that rests on them holds. */
export function unseen(node: string, at: string): Observations {
  return { node, at, observations: [] };
}
