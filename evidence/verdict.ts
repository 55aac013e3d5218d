import type { Claim } from "./claim.ts";

export interface Verification {
  /** How many claims hold. */
  readonly passed: number;
  /** How many do not. */
  readonly failed: number;
  /** When the last of the nodes had been looked at, UTC, ISO 8601. */
  readonly at: string;
}

/** Counts claims. */
export function verdict(claims: readonly Claim[]): Verification {
  const failed = claims.filter(({ ok }) => !ok).length;
  return {
    passed: claims.length - failed,
    failed,
    at:
      claims
        .flatMap(({ at }) => at ?? [])
        .toSorted()
        .at(-1) ?? "never",
  };
}

/** Names every claim that does not hold, with what is needed to look into it by hand. undefined when all hold. */
export function complaint(claims: readonly Claim[]): string | undefined {
  const failing = claims.filter(({ ok }) => !ok);
  if (failing.length === 0) return undefined;
  return [
    `${failing.length} of ${claims.length} claims about the pod network do not hold:`,
    ...failing.map(describe),
    "All claims, with the raw output of each command, are in the stack outputs (scenarios).",
    "After mending, run the checks again: ./lab verify (or: pulumi config set verify ANYTHING && pulumi up).",
  ].join("\n\n");
}

function describe(claim: Claim): string {
  const rows: [string, string][] = [
    ["on", claim.node],
    ["command", claim.command.replaceAll("\n", "\n            ") || "none ran"],
    ["expected", claim.expected],
    ["observed", claim.observed.replaceAll("\n", "\n            ")],
    ["look next", nextLook(claim)],
  ];
  return [`${claim.id}: ${claim.claim}`, ...rows.map(([name, text]) => `  ${name.padEnd(9)} ${text}`)].join("\n");
}

/** Where to look when a claim fails, by the first part of its name after the scenario. */
const looks: Readonly<Record<string, string>> = {
  "containers-on-node": "kubectl describe pod, and crictl ps --all on the node",
  "pod-mtu": "ip link on the node: the MTU of eth0, flannel.1 and cni0, and FLANNEL_MTU in /run/flannel/subnet.env",
  "veth-peer": "ip link show master cni0 on the node, and /etc/cni/net.d",
  "bridge-port": "ip link show master cni0 on the node, and /etc/cni/net.d",
  forwarding: "bridge fdb show br cni0, after a ping from the pod",
  neighbour: "ip neigh in the pod, after ip neigh flush all and a ping",
  ping: "./lab trace from the one pod to the other: it names the last hop, and the claims about the way that do not hold",
  route: "the log of flanneld on the node (kubectl --namespace kube-flannel logs), and ip route",
  "mtu-passes": "ip link on both nodes: the MTU of eth0 and flannel.1, and what is between the machines",
  reach: "the ping claims of the pods that do not answer; iptables --list FORWARD on their nodes",
  journey:
    "./lab trace from the one pod to the other: it names the last hop, and the claims about the way that do not hold",
  dns: "kubectl --namespace kube-system logs deployment/coredns, and the reach claims",
  vtep: "the log of flanneld on the node, and the node's annotations flannel.alpha.coreos.com/*",
  "vtep-neighbour": "the log of flanneld on the node; restarting its pod writes the entry again",
  "vtep-forwarding": "the log of flanneld on the node; restarting its pod writes the entry again",
  "own-kernel": "systemd-detect-virt on the nodes: the machines are not virtual, or one is there twice",
  "private-interface":
    "the kubelet's --node-ip in /var/lib/kubelet/kubeadm-flags.env, flanneld's --iface, and ip route",
  "different-pod-cidrs": "kubectl get nodes --output yaml: spec.podCIDR, and the controller-manager's --cluster-cidr",
};

function nextLook(claim: Claim): string {
  return looks[claim.id.split("/")[1] ?? ""] ?? `run the command on ${claim.node} (./lab ssh ${claim.node})`;
}
