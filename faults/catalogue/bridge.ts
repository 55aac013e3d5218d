import type { Fault } from "../fault.ts";
import { enters, isPod, leaves, routedForService, stays } from "../flows.ts";

const untilMended = { en: "until it is mended, or the machine restarts", zh: "直到被修复，或者机器重启" };

export const bridge: readonly Fault[] = [
  {
    name: "gateway-gone",
    title: { en: "cni0 without its address", zh: "cni0 没有了地址" },
    story: {
      en: "The pods' gateway is an address of the bridge, and it is gone. Neighbours on the bridge do not need it.",
      zh: "Pod 的网关就是网桥的地址，而它没有了。网桥上的邻居之间不需要网关。",
    },
    level: 2,
    touches: "bridge",
    on: "node",
    lasts: untilMended,
    steps: () => [["no-address", "node", "cni0"]],
    // Pods remember the gateway's MAC for a while, and the node still routes what they send to it.
    loses: (packet, target) =>
      enters(packet, target)
        ? "vtep in"
        : leaves(packet, target) || routedForService(packet, target)
          ? "perhaps"
          : undefined,
    breaks: ({ node }) => [{ kind: "gateway", about: { node: node.name } }],
    may: ({ node }) => [
      // The node itself reaches its pods through the bridge.
      { kind: "localhost-not-from-outside" },
      { kind: "route-decision" },
      { kind: "pod-neighbour", about: { node: node.name } },
      { kind: "rp-filter", about: { node: node.name } },
    ],
    cause: "route",
    lastHopVaries: true,
    hints: [
      {
        en: "Pods on one node talk, across nodes they do not: who is the gateway?",
        zh: "同一节点上的 Pod 能通，跨节点不通：网关是谁？",
      },
      { en: "ip -4 addr show cni0", zh: "ip -4 addr show cni0" },
    ],
    mend: {
      en: "ip addr add FIRST/24 dev cni0, with the first address of the node's pod CIDR",
      zh: "ip addr add FIRST/24 dev cni0，FIRST 是该节点 Pod CIDR 的第一个地址",
    },
  },
  {
    name: "bridge-down",
    title: { en: "cni0 is down", zh: "cni0 处于 down 状态" },
    story: {
      en: "The bridge itself is switched off: no pod of the node reaches anything, its neighbours included.",
      zh: "网桥本身被关掉了：该节点的 Pod 什么也到不了，连邻居也不例外。",
    },
    level: 1,
    touches: "bridge",
    on: "node",
    lasts: untilMended,
    steps: () => [["link", "node", "cni0", "down"]],
    loses: (packet, target) =>
      enters(packet, target) ? "vtep in" : leaves(packet, target) || stays(packet, target) ? "pod in" : undefined,
    breaks: ({ node }) => [{ kind: "link-up", about: { node: node.name } }],
    may: ({ node }) => [
      // The node itself reaches its pods through the bridge.
      { kind: "localhost-not-from-outside" },
      { kind: "route-decision" },
      { kind: "pod-neighbour", about: { node: node.name } },
      { kind: "neighbour" },
      { kind: "journey/not-on-overlay" },
      { kind: "forwarding" },
      { kind: "rp-filter", about: { node: node.name } },
    ],
    // A pod that has forgotten its gateway's MAC asks for it in vain, and then nothing leaves it.
    lastHopVaries: true,
    cause: "device",
    hints: [
      { en: "All pods of one node, and nothing else.", zh: "一个节点上的所有 Pod，而且只有它们。" },
      { en: "ip link show cni0", zh: "ip link show cni0" },
    ],
    mend: { en: "ip link set cni0 up", zh: "ip link set cni0 up" },
  },
  {
    name: "bridge-entry-wrong",
    title: { en: "a static entry in the bridge's forwarding table", zh: "网桥转发表里有一条错误的静态表项" },
    story: {
      en: "cni0 was told for ever that a pod's MAC is behind another pod's port. The entry is sticky, so the pod's own frames do not move it back.",
      zh: "有人让 cni0 永远相信某个 Pod 的 MAC 在另一个 Pod 的端口后面。这条表项带 sticky 标志，Pod 自己发出的帧也不会让它移回去。",
    },
    level: 3,
    touches: "bridge",
    on: "pod",
    between: "near",
    lasts: untilMended,
    steps: ({ pod, other }) => [["bridge-entry", pod.uid, other.uid]],
    // What the pod sends itself goes its way, if it still knows the MAC: the answer to its question would be lost like any other.
    loses: (packet, { pod }) =>
      isPod(packet.to, pod)
        ? packet.from.node === packet.to.node
          ? "bridge in"
          : "bridge out"
        : isPod(packet.from, pod)
          ? "perhaps"
          : undefined,
    breaks: ({ pod, node }) => [
      { kind: "forwarding", lesson: pod.namespace, about: { pod: pod.name } },
      { kind: "learned-entries", about: { node: node.name } },
    ],
    may: ({ pod }) => [
      { kind: "neighbour", lesson: pod.namespace },
      { kind: "journey/not-on-overlay", lesson: pod.namespace },
    ],
    cause: "entry",
    lastHopVaries: true,
    hints: [
      {
        en: "The frame is on the bridge, with the right MAC, and comes out at the wrong port.",
        zh: "帧在网桥上，MAC 也对，却从错误的端口出去。",
      },
      { en: "bridge fdb show br cni0 | grep static", zh: "bridge fdb show br cni0 | grep static" },
    ],
    mend: { en: "bridge fdb del MAC dev VETH master", zh: "bridge fdb del MAC dev VETH master" },
  },
  {
    name: "bridge-netfilter-off",
    title: { en: "bridge-nf-call-iptables is 0", zh: "bridge-nf-call-iptables 为 0" },
    story: {
      en: "What is bridged no longer passes iptables. A Service works as long as its pod is on another node: on the same one the answer comes back untranslated.",
      zh: "网桥转发的包不再经过 iptables。Service 后端在其他节点上时一切正常；在同一节点上时，应答没有被转换回来。",
    },
    level: 3,
    touches: "bridge",
    on: "node",
    lasts: untilMended,
    steps: () => [["kernel", "net.bridge.bridge-nf-call-iptables", "0"]],
    loses: (packet, target) => (packet.service && packet.answer && stays(packet, target) ? "pod out" : undefined),
    breaks: ({ node }) => [{ kind: "bridge-netfilter", about: { node: node.name } }],
    hints: [
      {
        en: "One Service, two pods behind it: it depends on where the chosen one runs.",
        zh: "一个 Service，后面两个 Pod：能否通取决于选中的 Pod 在哪里。",
      },
      { en: "sysctl net.bridge.bridge-nf-call-iptables", zh: "sysctl net.bridge.bridge-nf-call-iptables" },
    ],
    mend: {
      en: "sysctl -w net.bridge.bridge-nf-call-iptables=1",
      zh: "sysctl -w net.bridge.bridge-nf-call-iptables=1",
    },
  },
];
