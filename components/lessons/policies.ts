import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

type Spec = k8s.types.input.networking.v1.NetworkPolicySpec;

/** Those that call, each by NAMESPACE/NAME. In both namespaces one has the label that policies speak of, and one has not. */
export const callers = {
  friend: { namespace: "network-policy", labels: { role: "friend" } },
  stranger: { namespace: "network-policy", labels: { role: "stranger" } },
  "frontend/friend": { namespace: "frontend", labels: { role: "friend" } },
  "frontend/stranger": { namespace: "frontend", labels: { role: "stranger" } },
} as const;
export type CallerName = keyof typeof callers;

const friend = { podSelector: { matchLabels: { role: "friend" } } };
const frontend = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "frontend" } } };

/** A policy over the pod that is called like it, and who gets through. */
export interface Example {
  readonly lets: readonly CallerName[];
  readonly ingress: (known: Known) => Spec["ingress"];
}

/** What is known of the lab only once it runs. */
export interface Known {
  /** Pod address range, IPv4 CIDR. */
  readonly podCidr: string;
  /** Address of frontend/friend. */
  readonly excepted: pulumi.Input<string>;
}

/** The course's examples about what comes in, by the name of the pod and of its policy; `open` has none. */
export const examples: Readonly<Record<string, Example>> = {
  "deny-all": { lets: [], ingress: () => [] },
  "by-pod": { lets: ["friend"], ingress: () => [{ from: [friend] }] },
  "by-namespace": { lets: ["frontend/friend", "frontend/stranger"], ingress: () => [{ from: [frontend] }] },
  "by-address": {
    lets: ["friend", "stranger", "frontend/stranger"],
    ingress: ({ podCidr, excepted }) => [{ from: [{ ipBlock: { cidr: podCidr, except: [exactly(excepted)] } }] }],
  },
  // Two items: the one or the other.
  either: { lets: ["friend", "frontend/friend", "frontend/stranger"], ingress: () => [{ from: [friend, frontend] }] },
  // One item: both at once.
  both: { lets: ["frontend/friend"], ingress: () => [{ from: [{ ...friend, ...frontend }] }] },
};

/** The address that clouds answer with a machine's credentials. */
export const metadata = "169.254.169.254";

/** The examples about what goes out, by the name of the pod that they hold back: `open`, `dns`, and the first two machines are what it calls. */
export const leaving = {
  "asks-names": { lets: ["dns"], egress: (_: LeavingKnown): Spec["egress"] => [{ ports: [dns("UDP"), dns("TCP")] }] },
  "goes-out": {
    lets: ["open", "dns", "worker"],
    // Nobody in a lab answers at the address of the metadata; the control plane's own stands beside it, where somebody does.
    egress: ({ controlPlane }: LeavingKnown): Spec["egress"] => [
      { to: [{ ipBlock: { cidr: "0.0.0.0/0", except: [`${metadata}/32`, exactly(controlPlane)] } }] },
    ],
  },
} as const;
/** What those are tried with: a pod, the cluster's DNS, the API server's port of the control plane, and the kubelet's of a worker. */
export const wayOut = ["open", "dns", "control-plane", "worker"] as const;

export interface LeavingKnown {
  readonly controlPlane: pulumi.Input<string>;
}

const dns = (protocol: string): k8s.types.input.networking.v1.NetworkPolicyPort => ({ protocol, port: 53 });

/** The walk-through, in a namespace of its own: nobody gets in, then those of `frontend` that have the label. */
export const walkThrough = { namespace: "backend", pod: "backend", lets: ["frontend/friend"] } as const;

const exactly = (address: pulumi.Input<string>): pulumi.Output<string> =>
  pulumi.output(address).apply((one) => `${one}/32`);
