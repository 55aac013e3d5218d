import type { Carrying } from "../carrying.ts";
import type { Fault } from "../fault.ts";
import { beforeRouting, enters, isPod, leaves, routedForService, towards } from "../flows.ts";

const untilMended = { en: "until it is mended, or the machine restarts", zh: "直到被修复，或者机器重启" };
const untilFlanneld = {
  en: "until flanneld restarts, or hears of that node again",
  zh: "直到 flanneld 重启，或再次收到该节点的事件",
};

export const routing = ({ device }: Carrying): readonly Fault[] => [
  {
    name: "forwarding-off",
    title: { en: "ip_forward is 0", zh: "ip_forward 为 0" },
    story: {
      en: "A hardening script has switched off routing on the node. Its bridge still works, so pods on the same node talk to each other.",
      zh: "加固脚本关闭了节点的路由转发。网桥仍然工作，所以同一节点上的 Pod 之间还能通信。",
    },
    level: 1,
    touches: "routing",
    on: "node",
    lasts: untilMended,
    steps: () => [["kernel", "net.ipv4.ip_forward", "0"]],
    loses: (packet, target) =>
      leaves(packet, target) || enters(packet, target) || routedForService(packet, target)
        ? beforeRouting(packet, target)
        : undefined,
    breaks: ({ node }) => [
      { kind: "forwarding-enabled", about: { node: node.name } },
      // For what comes in and would have to go on, the kernel knows no route then.
      { kind: "route-decision", about: { node: node.name } },
    ],
    may: ({ node }) => [{ kind: "egress", about: { node: node.name } }],
    cause: "kernel",
    hints: [
      {
        en: "The packet comes to the bridge, and the node does not pass it on.",
        zh: "数据包到了网桥，但节点没有把它转发出去。",
      },
      { en: "sysctl net.ipv4.ip_forward", zh: "sysctl net.ipv4.ip_forward" },
    ],
    mend: { en: "sysctl -w net.ipv4.ip_forward=1", zh: "sysctl -w net.ipv4.ip_forward=1" },
  },
  {
    name: "route-gone",
    title: { en: "the route to the other node's pods is gone", zh: "去对方节点 Pod 的路由没有了" },
    story: {
      en: "Somebody tidied the routing table. Packets for the other node's pods now follow the default route, and are turned away at the uplink.",
      zh: "有人整理了路由表。发往对方节点 Pod 的包现在走默认路由，在出口被拒绝。",
    },
    level: 1,
    touches: "routing",
    manners: ["frame"],
    on: "path",
    lasts: untilFlanneld,
    steps: ({ peer }) => [["no-route", "node", `subnet:${device}:${peer.address}`]],
    loses: (packet, target) => (towards(packet, target) ? "bridge in" : undefined),
    breaks: ({ node, peer }) => [{ kind: "route", about: { node: node.name, peer: peer.name } }],
    may: ({ node }) => [
      { kind: "route-decision", about: { node: node.name } },
      { kind: "rp-filter", about: { node: node.name } },
    ],
    cause: "route",
    hints: [
      {
        en: `The packet comes to the bridge, and does not go into ${device}.`,
        zh: `数据包到了网桥，却没有进入 ${device}。`,
      },
      { en: "ip route: is there a line for every other node's pods?", zh: "ip route：每个其他节点的 Pod 都有一行吗？" },
    ],
    mend: {
      en: `ip route add SUBNET/24 via SUBNET dev ${device} onlink, or restart flanneld's pod on the node`,
      zh: `ip route add SUBNET/24 via SUBNET dev ${device} onlink，或者重启该节点上 flanneld 的 Pod`,
    },
  },
  {
    name: "route-blackhole",
    title: { en: "a longer prefix leads one pod's packets into a black hole", zh: "更长的前缀把一个 Pod 的包引入黑洞" },
    story: {
      en: "The route that flannel wrote is there and right. A longer one for a single address is there as well, and wins.",
      zh: "flannel 写的路由在，也正确。但还有一条只针对一个地址的更长前缀的路由，它优先。",
    },
    level: 3,
    touches: "routing",
    on: "path",
    lasts: untilMended,
    steps: ({ other }) => [["route", "blackhole", other.ip]],
    loses: (packet, target) => (towards(packet, target) && isPod(packet.to, target.other) ? "bridge in" : undefined),
    breaks: ({ node, other }) => [
      { kind: "route-decision", lesson: other.namespace, about: { node: node.name, to: other.name } },
    ],
    may: ({ node }) => [{ kind: "rp-filter", about: { node: node.name } }],
    cause: "route",
    hints: [
      {
        en: "One pod cannot be reached, its neighbours can: what is special about its address?",
        zh: "只有一个 Pod 到不了，它的邻居都能到：它的地址有什么特别？",
      },
      { en: "ip route get ADDRESS, on the sender's node", zh: "在发送方节点上：ip route get ADDRESS" },
    ],
    mend: { en: "ip route del blackhole ADDRESS", zh: "ip route del blackhole ADDRESS" },
  },
  {
    name: "policy-route",
    title: { en: "a rule before the routing table", zh: "路由表之前的一条策略规则" },
    story: {
      en: "The main table is right to the last line. A rule sends this pod's packets to another table before the main one is asked.",
      zh: "主路由表每一行都正确。但有一条规则在查主表之前，就把这个 Pod 的包送去了另一张表。",
    },
    level: 3,
    touches: "routing",
    on: "pod",
    lasts: untilMended,
    steps: ({ pod }) => [
      ["route", "blackhole", "default", "table", "200"],
      ["policy", "100", "from", pod.ip, "lookup", "200"],
    ],
    loses: (packet, target) =>
      isPod(packet.from, target.pod) && (leaves(packet, target) || routedForService(packet, target))
        ? "bridge in"
        : undefined,
    breaks: ({ pod, node }) => [
      { kind: "route-decision", lesson: pod.namespace, about: { node: node.name, from: pod.name } },
    ],
    may: ({ node }) => [
      { kind: "rp-filter", about: { node: node.name } },
      { kind: "pod-neighbour", about: { node: node.name } },
    ],
    cause: "route",
    hints: [
      {
        en: "ip route shows the right way, and the packet does not take it.",
        zh: "ip route 显示的路是对的，包却不走。",
      },
      {
        en: "ip rule; and ip route get DESTINATION from SOURCE iif cni0",
        zh: "ip rule；以及 ip route get DESTINATION from SOURCE iif cni0",
      },
    ],
    mend: {
      en: "ip rule del pref 100; ip route flush table 200",
      zh: "ip rule del pref 100; ip route flush table 200",
    },
  },
  {
    name: "reverse-path",
    title: { en: "strict reverse path filter, and another way back", zh: "严格的反向路径过滤，加上另一条回程" },
    story: {
      en: `The node asks for each packet which way it would answer. For one pod a rule about the node's own packets says "by the uplink", so what that pod sends to the node itself, through ${device}, is thrown away, and the node calls it in vain. For what passes through the node the kernel asks about the packets that come from the bridge: pods notice nothing.`,
      zh: `节点对每个包都要问：若要应答会走哪条路。对某个 Pod，一条针对节点自身流量的规则说“走出口网卡”，于是它经 ${device} 发给节点本身的包都被丢弃，节点主动连它也连不上。对于穿过节点的包，内核问的是从网桥进来的包走哪条路：Pod 之间毫无察觉。`,
    },
    level: 3,
    touches: "routing",
    manners: ["frame"],
    on: "path",
    lasts: untilMended,
    steps: ({ other }) => [
      ["route", other.ip, "dev", "wire", "table", "201"],
      ["policy", "101", "to", other.ip, "iif", "lo", "lookup", "201"],
      ["kernel", "net.ipv4.conf.all.rp_filter", "1"],
    ],
    breaks: ({ node }) => [{ kind: "rp-filter", about: { node: node.name } }],
    hints: [
      {
        en: "Pods reach each other. Now let the pods of other nodes talk to the node itself, and the node to them: one of them is out of reach.",
        zh: "Pod 之间都通。再让其他节点的 Pod 与节点本身互相通信：其中一个不通。",
      },
      {
        en: `Its packet comes out of ${device}, with the right addresses, and the kernel drops it before anybody on the node hears of it.`,
        zh: `它的包从 ${device} 出来，地址都对，节点上的程序还没听到，内核就把它丢弃了。`,
      },
      {
        en: "nstat -az TcpExtIPReversePathFilter; sysctl net.ipv4.conf.all.rp_filter; ip rule",
        zh: "nstat -az TcpExtIPReversePathFilter；sysctl net.ipv4.conf.all.rp_filter；ip rule",
      },
    ],
    mend: {
      en: "sysctl -w net.ipv4.conf.all.rp_filter=0, and ip rule del pref 101",
      zh: "sysctl -w net.ipv4.conf.all.rp_filter=0，再 ip rule del pref 101",
    },
  },
];
