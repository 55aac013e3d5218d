import { z } from "zod";
import { backendNames, carrier } from "./backends.ts";

/** Names of pods in `pod`, `pods`, `from` and `to`; of nodes in `node` and `peer`. Other lessons' pods may have the same names. */
const name = z.string();
const names = z.array(name).readonly();
/** Which addresses it is about, where that is the second family of a lab that has both. */
const family = z.literal("ipv6").optional();
const pod = z.strictObject({ pod: name, family });
const podOnNode = z.strictObject({ pod: name, node: name, family });
const pods = z.strictObject({ pods: names });
const pair = z.strictObject({ from: name, to: name, family });
const none = z.strictObject({ family });
const node = z.strictObject({ node: name, family });
const nodeAndPeer = z.strictObject({ node: name, peer: name, family });
const containers = z.strictObject({ pod: name, containers: names });
/** A Service by its name, in the lesson's namespace. */
const service = z.strictObject({ service: name });
const serviceOnNode = service.extend({ node: name });
const serviceFromPod = service.extend({ from: name });
/** What a record of the cluster's DNS is for. */
const dnsRecord = z.enum([
  "service",
  "headless",
  "pod-of-headless",
  "port-of-service",
  "port-of-headless",
  "pod",
  "reverse",
  "absent",
]);
/** How packets are carried between nodes, where that is not VXLAN as flannel has it: the sentence is another one then. */
const backend = carrier.optional();
const backendName = z.enum(backendNames).optional();
const leg = z.strictObject({
  from: name,
  to: name,
  node: name,
  backend,
  family,
  /** What of the way this node has: all of it, from the pod to the wire, or from the wire to the pod. */
  part: z.enum(["whole", "sending", "receiving"]),
});

/** Where a report shows it: among its lesson's claims, or in a table of its own. */
export type Table = "lesson" | "nodes" | "vteps" | "reach";

/**
 * What a failing claim says about a lost packet: a cause of the loss, a symptom of it, or nothing, since the claim is about how a lesson
 * places its own pods, or about what a node does beside carrying packets from pod to pod.
 */
export type Bearing = "cause" | "symptom" | "setting";

interface Kind<About extends z.ZodType> {
  /** What a claim of this kind is about, as data. */
  readonly about: About;
  readonly table: Table;
  readonly bearing: Bearing;
}

const kind = <About extends z.ZodType>(about: About, table: Table, bearing: Bearing): Kind<About> => ({
  about,
  table,
  bearing,
});

/** Every kind of claim that there is. A claim's id is SCENARIO/KIND, and /WHO where a lesson makes several of a kind. */
export const kinds = {
  "containers-on-node": kind(containers.extend({ node: name }), "lesson", "setting"),
  "same-namespaces": kind(containers, "lesson", "setting"),
  "own-namespaces": kind(containers, "lesson", "setting"),
  "same-network-inode": kind(containers, "lesson", "setting"),
  "pod-address": kind(pod, "lesson", "cause"),
  "pod-mtu": kind(podOnNode, "lesson", "cause"),
  "veth-peer": kind(podOnNode, "lesson", "cause"),
  "localhost-shared": kind(containers, "lesson", "setting"),
  "localhost-not-from-outside": kind(pod.extend({ address: name }), "lesson", "setting"),
  "port-taken": kind(containers, "lesson", "setting"),

  "two-network-namespaces": kind(pods, "lesson", "cause"),
  "in-node-cidr": kind(podOnNode, "lesson", "cause"),
  "bridge-port": kind(pod, "lesson", "cause"),
  forwarding: kind(pod, "lesson", "cause"),
  ping: kind(pair.extend({ routers: z.int() }), "lesson", "symptom"),
  neighbour: kind(pair, "lesson", "cause"),
  "pod-route": kind(pod, "lesson", "cause"),
  "pod-prefix": kind(pod, "lesson", "cause"),
  "pod-neighbour": kind(podOnNode, "lesson", "cause"),
  loss: kind(pair, "lesson", "symptom"),
  "no-translation": kind(pair, "lesson", "cause"),

  "different-nodes": kind(pods, "lesson", "setting"),
  "different-pod-cidrs": kind(none, "lesson", "cause"),
  route: kind(nodeAndPeer.extend({ backend }), "lesson", "cause"),
  "route-decision": kind(pair.extend({ node: name }), "lesson", "cause"),
  "address-unique": kind(none, "lesson", "cause"),
  vtep: kind(node.extend({ backend }), "vteps", "cause"),
  "vtep-neighbour": kind(nodeAndPeer, "vteps", "cause"),
  "vtep-forwarding": kind(nodeAndPeer, "vteps", "cause"),
  "tunnel-end": kind(node.extend({ backend }), "vteps", "cause"),
  "tunnel-peer": kind(nodeAndPeer.extend({ backend }), "vteps", "cause"),
  "overlay-port": kind(nodeAndPeer.extend({ backend }), "vteps", "cause"),
  "wire-neighbour": kind(nodeAndPeer, "vteps", "cause"),
  "mtu-passes": kind(pair, "lesson", "symptom"),
  "mtu-exceeded": kind(pair, "lesson", "cause"),
  "own-kernel": kind(node, "lesson", "setting"),
  "private-interface": kind(node.extend({ backend }), "lesson", "cause"),

  "journey/answered": kind(pair.extend({ mark: name }), "lesson", "symptom"),
  "journey/request": kind(leg, "lesson", "symptom"),
  "journey/reply": kind(leg, "lesson", "symptom"),
  "journey/not-on-overlay": kind(pair.extend({ backend }), "lesson", "symptom"),
  "journey/encapsulation": kind(pair.extend({ leg: z.enum(["request", "reply"]), backend }), "lesson", "symptom"),
  "journey/bare": kind(pair.extend({ leg: z.enum(["request", "reply"]) }), "lesson", "symptom"),
  "journey/sealed": kind(pair.extend({ leg: z.enum(["request", "reply"]) }), "lesson", "symptom"),

  /** Where another backend carries packets than the one that shall: which. */
  backend: kind(node.extend({ backend, carries: backendName }), "nodes", "cause"),
  "link-up": kind(node.extend({ backend }), "nodes", "cause"),
  gateway: kind(node, "nodes", "cause"),
  "forwarding-enabled": kind(node, "nodes", "cause"),
  "rp-filter": kind(node, "nodes", "cause"),
  "bridge-netfilter": kind(node, "nodes", "setting"),
  "learned-entries": kind(node, "nodes", "cause"),
  qdisc: kind(node, "nodes", "cause"),
  egress: kind(node, "nodes", "setting"),
  "new-pod": kind(node, "nodes", "setting"),
  "flannel-ready": kind(node, "nodes", "cause"),
  agents: kind(node, "nodes", "setting"),
  "node-ready": kind(node, "nodes", "setting"),

  endpoints: kind(service, "lesson", "setting"),
  "service-rules": kind(serviceOnNode, "lesson", "setting"),
  "service-from-pod": kind(serviceFromPod, "lesson", "setting"),
  "service-from-node": kind(serviceOnNode, "lesson", "setting"),
  "service-balance": kind(serviceFromPod, "lesson", "setting"),
  "service-translation": kind(serviceFromPod, "lesson", "setting"),
  "service-masquerade": kind(serviceOnNode, "lesson", "setting"),
  "service-journey": kind(serviceFromPod, "lesson", "setting"),
  "service-hairpin": kind(serviceFromPod, "lesson", "setting"),
  "service-affinity": kind(serviceFromPod, "lesson", "setting"),
  "service-without-endpoints": kind(serviceOnNode, "lesson", "setting"),
  "node-port": kind(serviceOnNode, "lesson", "setting"),
  "proxy-mode": kind(node, "lesson", "setting"),
  "service-headless": kind(serviceOnNode, "lesson", "setting"),
  "service-udp-from-pod": kind(serviceFromPod, "lesson", "setting"),
  "service-udp-from-node": kind(serviceOnNode, "lesson", "setting"),
  "service-large-from-pod": kind(serviceFromPod, "lesson", "setting"),
  "service-large-from-node": kind(serviceOnNode, "lesson", "setting"),
  "external-policy-local": kind(serviceOnNode, "lesson", "setting"),
  "source-kept": kind(serviceOnNode, "lesson", "setting"),
  "source-changed": kind(serviceOnNode, "lesson", "setting"),

  "balancer-address": kind(service, "lesson", "setting"),
  "balancer-announced": kind(serviceOnNode, "lesson", "setting"),
  "balancer-from-outside": kind(serviceOnNode, "lesson", "setting"),
  "balancer-from-node": kind(serviceOnNode, "lesson", "setting"),

  "dns-service": kind(none, "lesson", "setting"),
  "dns-corefile": kind(none, "lesson", "setting"),
  "resolv-conf": kind(pod, "lesson", "setting"),
  "dns-questions": kind(pod.extend({ host: name, real: name }), "lesson", "setting"),
  "dns-record": kind(pod.extend({ record: dnsRecord, host: name }), "lesson", "setting"),
  "dns-replica": kind(z.strictObject({ from: name, replica: name }), "lesson", "setting"),
  "dns-from-node": kind(node, "lesson", "setting"),

  "service-variables": kind(pod, "lesson", "setting"),
  "database-by-name": kind(pair, "lesson", "setting"),
  "name-outlives-address": kind(serviceFromPod, "lesson", "setting"),

  "policy-ignored": kind(pod, "lesson", "setting"),
  "policy-matrix": kind(pod, "lesson", "setting"),
  "policy-rule": kind(podOnNode, "lesson", "setting"),

  reach: kind(pod.extend({ scenario: name, protocol: z.enum(["icmp", "tcp", "udp"]) }), "reach", "symptom"),
  dns: kind(pod.extend({ scenario: name }), "reach", "symptom"),
  "outside-name": kind(pod.extend({ scenario: name, host: z.string() }), "reach", "symptom"),
} as const;

export type ClaimKind = keyof typeof kinds;
export const claimKinds = Object.keys(kinds) as ClaimKind[];
export type About<K extends ClaimKind> = z.infer<(typeof kinds)[K]["about"]>;

const podKeys: ReadonlySet<string> = new Set(["pod", "pods", "from", "to"]);

/** The same with other names for its pods. */
export function renamePods<K extends ClaimKind>(about: About<K>, rename: (pod: string) => string): About<K> {
  const renamed = Object.entries<unknown>(about).map(([key, value]) =>
    podKeys.has(key)
      ? [key, Array.isArray(value) ? value.map(String).map(rename) : rename(String(value))]
      : [key, value],
  );
  return Object.fromEntries(renamed) as About<K>;
}
