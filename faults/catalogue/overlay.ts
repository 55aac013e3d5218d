import { type Carrying, otherThan } from "../carrying.ts";
import type { Fault } from "../fault.ts";
import { enters, leaves, noPassage, towards } from "../flows.ts";

const entries = {
  en: "until flanneld hears of that node again, or restarts",
  zh: "直到 flanneld 再次收到该节点的事件，或者重启",
};
const untilMended = { en: "until it is mended, or the machine restarts", zh: "直到被修复，或者机器重启" };

export const overlay = ({ device, vni, podMtu }: Carrying): readonly Fault[] => [
  {
    name: "vtep-entry-gone",
    title: { en: `a deleted FDB entry of ${device}`, zh: `${device} 的一条 FDB 表项被删除` },
    story: {
      en: `The node's kernel no longer knows to which machine it must send frames for the other node's ${device}: somebody cleaned up entries that looked stale.`,
      zh: `节点的内核不再知道发往对方 ${device} 的帧应该送到哪台机器：有人把看似过期的表项清理掉了。`,
    },
    level: 2,
    touches: "overlay",
    manners: ["frame"],
    on: "path",
    lasts: entries,
    steps: ({ peer }) => [["vtep-entry", device, peer.address]],
    loses: (packet, target) => (towards(packet, target) ? "vtep out" : undefined),
    breaks: ({ node, peer }) => [{ kind: "vtep-forwarding", about: { node: node.name, peer: peer.name } }],
    may: noPassage,
    cause: "entry",
    hints: [
      {
        en: `The packet goes into ${device} and never leaves the machine.`,
        zh: `数据包进入了 ${device}，却没有离开这台机器。`,
      },
      {
        en: `bridge fdb show dev ${device}: is there a line for every other node?`,
        zh: `bridge fdb show dev ${device}：每个其他节点都有一行吗？`,
      },
    ],
    mend: {
      en: `bridge fdb append MAC dev ${device} dst ADDRESS, with the MAC of the other node's ${device}; or restart flanneld's pod on the node`,
      zh: `bridge fdb append MAC dev ${device} dst ADDRESS，MAC 是对方节点 ${device} 的；或者重启该节点上 flanneld 的 Pod`,
    },
  },
  {
    name: "vtep-neighbour-wrong",
    title: { en: `a wrong MAC for the other node's ${device}`, zh: `对方 ${device} 的 MAC 记录错误` },
    story: {
      en: "The other node was made anew and got another MAC; this node still believes the old one.",
      zh: "对方节点重建后换了 MAC，而这个节点还相信旧的。",
    },
    level: 2,
    touches: "overlay",
    manners: ["frame"],
    on: "path",
    lasts: entries,
    steps: ({ peer }) => [["neighbour", "node", device, `subnet:${device}:${peer.address}`, "02:00:00:00:00:99"]],
    loses: (packet, target) => (towards(packet, target) ? "vtep out" : undefined),
    breaks: ({ node, peer }) => [{ kind: "vtep-neighbour", about: { node: node.name, peer: peer.name } }],
    may: noPassage,
    cause: "entry",
    hints: [
      { en: `The packet goes into ${device}. Who is the frame for?`, zh: `包进入了 ${device}。这个帧是给谁的？` },
      {
        en: `ip neigh show dev ${device}, beside ip link show ${device} on the other node`,
        zh: `ip neigh show dev ${device}，与对方节点的 ip link show ${device} 对照`,
      },
    ],
    mend: {
      en: `ip neigh replace SUBNET lladdr MAC dev ${device} nud permanent, with the other node's MAC`,
      zh: `ip neigh replace SUBNET lladdr MAC dev ${device} nud permanent，MAC 是对方节点的`,
    },
  },
  {
    name: "vtep-neighbour-gone",
    title: { en: `no neighbour entry for the other node's ${device}`, zh: `没有对方 ${device} 的邻居表项` },
    story: {
      en: `Without the entry the kernel would have to ask by ARP, and on ${device} nobody is asked.`,
      zh: `没有这条表项，内核就得用 ARP 询问，而在 ${device} 上无从询问。`,
    },
    level: 2,
    touches: "overlay",
    manners: ["frame"],
    on: "path",
    lasts: entries,
    steps: ({ peer }) => [["neighbour", "node", device, `subnet:${device}:${peer.address}`, "none"]],
    loses: (packet, target) => (towards(packet, target) ? "bridge in" : undefined),
    breaks: ({ node, peer }) => [{ kind: "vtep-neighbour", about: { node: node.name, peer: peer.name } }],
    may: noPassage,
    cause: "entry",
    hints: [
      { en: `The route is right, and ${device} sends nothing.`, zh: `路由是对的，${device} 却什么也不发。` },
      {
        en: `ip neigh show dev ${device}: one line for every other node?`,
        zh: `ip neigh show dev ${device}：每个其他节点都有一行吗？`,
      },
    ],
    mend: {
      en: `ip neigh replace SUBNET lladdr MAC dev ${device} nud permanent; or restart flanneld's pod on the node`,
      zh: `ip neigh replace SUBNET lladdr MAC dev ${device} nud permanent；或者重启该节点上 flanneld 的 Pod`,
    },
  },
  {
    name: "vtep-mac-changed",
    title: { en: `${device} got another MAC`, zh: `${device} 换了 MAC` },
    story: {
      en: `A service for network devices gave ${device} a MAC of its own choice. The others still send to the announced one, and what arrives is for nobody. The kernel has thrown away all neighbour entries of the device with the old MAC, so nothing leaves either.`,
      zh: `管理网络设备的服务给 ${device} 换了 MAC。其他节点仍发往公布过的那个，到达的帧不属于任何人。换 MAC 时内核丢弃了这个设备的全部邻居表项，所以什么也发不出去。`,
    },
    level: 3,
    touches: "overlay",
    manners: ["frame"],
    on: "node",
    lasts: { en: "until flanneld restarts", zh: "直到 flanneld 重启" },
    steps: () => [["link", "node", device, "address", "02:00:00:00:00:98"]],
    loses: (packet, target) => (leaves(packet, target) ? "bridge in" : enters(packet, target) ? "vtep in" : undefined),
    breaks: ({ node }) => [
      { kind: "vtep", about: { node: node.name } },
      { kind: "vtep-neighbour", about: { node: node.name } },
      { kind: "vtep-neighbour", about: { peer: node.name } },
      { kind: "vtep-forwarding", about: { peer: node.name } },
    ],
    may: noPassage,
    cause: "entry",
    hints: [
      {
        en: `Nothing of this node gets into its ${device} any more, and what others send ends in it.`,
        zh: `这个节点的包进不了它的 ${device}，别处发来的包停在它的 ${device}。`,
      },
      {
        en: `ip link show ${device}, beside the annotation flannel.alpha.coreos.com/backend-data of the node`,
        zh: `ip link show ${device}，与节点注解 flannel.alpha.coreos.com/backend-data 对照`,
      },
    ],
    mend: {
      en: `restart flanneld's pod on the node; or ip link set ${device} address MAC, with the announced one, and each neighbour entry by ip neigh replace`,
      zh: `重启该节点上 flanneld 的 Pod；或者 ip link set ${device} address MAC，用公布的那个，再用 ip neigh replace 写回每条邻居表项`,
    },
  },
  {
    name: "vtep-vni-other",
    title: { en: `${device} with another VNI`, zh: `${device} 的 VNI 不同` },
    story: {
      en: `The device was made anew by hand, with ${otherThan(vni)} where the cluster says ${vni}. All else is right.`,
      zh: `有人手工重建了这个设备，集群用的是 ${vni}，他写了 ${otherThan(vni)}。其他都对。`,
    },
    level: 3,
    touches: "overlay",
    manners: ["frame"],
    on: "node",
    brief: true,
    lasts: {
      en: "a minute or so: flanneld is stopped meanwhile, or it would make the device anew at once, and the kubelet restarts it then",
      zh: "大约一分钟：期间 flanneld 被暂停，否则它会立刻重建设备；之后 kubelet 会重启它",
    },
    // flanneld would make the device anew at once; after a minute or so the kubelet restarts it, and it does.
    steps: () => [
      ["freeze", "flanneld"],
      ["vtep", device, "id", String(otherThan(vni))],
    ],
    loses: (packet, target) => (leaves(packet, target) || enters(packet, target) ? "wire in" : undefined),
    breaks: ({ node }) => [{ kind: "vtep", about: { node: node.name } }],
    may: (target) => [
      ...noPassage(target),
      { kind: "journey/encapsulation" },
      { kind: "flannel-ready", about: { node: target.node.name } },
    ],
    cause: "device",
    hints: [
      {
        en: `Wrapped packets arrive, on both sides, and none comes out of ${device}.`,
        zh: `两边都收到了封装的包，但没有一个从 ${device} 出来。`,
      },
      {
        en: `ip -d link show ${device} on both nodes: compare word by word`,
        zh: `在两个节点上 ip -d link show ${device}：逐词比较`,
      },
    ],
    mend: {
      en: `ip link del ${device}, then restart flanneld's pod on the node, which makes it anew`,
      zh: `ip link del ${device}，再重启该节点上 flanneld 的 Pod，它会重建设备`,
    },
  },
  {
    name: "vtep-down",
    title: { en: `${device} is down`, zh: `${device} 处于 down 状态` },
    story: {
      en: "Somebody switched the device off. Switching it on again is not enough: its routes went with it.",
      zh: "有人关掉了这个设备；再打开也不够：路由已经随它一起消失。",
    },
    level: 1,
    touches: "overlay",
    manners: ["frame"],
    on: "node",
    lasts: { en: "until flanneld restarts", zh: "直到 flanneld 重启" },
    steps: () => [["link", "node", device, "down"]],
    loses: (packet, target) => (leaves(packet, target) ? "bridge in" : enters(packet, target) ? "wire in" : undefined),
    breaks: ({ node }) => [
      { kind: "vtep", about: { node: node.name } },
      { kind: "vtep-neighbour", about: { node: node.name } },
      { kind: "route", about: { node: node.name } },
      { kind: "link-up", about: { node: node.name } },
    ],
    may: (target) => [
      ...noPassage(target),
      { kind: "route-decision", about: { node: target.node.name } },
      { kind: "rp-filter", about: { node: target.node.name } },
    ],
    cause: "device",
    hints: [
      { en: "The packet comes to the bridge, and there is no way on.", zh: "包到了网桥，前面没有路。" },
      { en: `ip link show ${device}`, zh: `ip link show ${device}` },
    ],
    mend: {
      en: `ip link set ${device} up, then restart flanneld's pod on the node, which writes routes and entries again`,
      zh: `ip link set ${device} up，再重启该节点上 flanneld 的 Pod，它会重写路由和表项`,
    },
  },
  {
    name: "vtep-mtu-small",
    title: { en: `a smaller MTU on ${device}`, zh: `${device} 的 MTU 更小` },
    story: {
      en: `The pods were told ${podMtu}, and ${device} takes ${podMtu - 50}: the node answers large packets with an error, which a firewall elsewhere might swallow.`,
      zh: `Pod 的 MTU 是 ${podMtu}，而 ${device} 的只有 ${podMtu - 50}：节点对大包回以错误，而别处的防火墙可能会把它丢掉。`,
    },
    level: 2,
    touches: "overlay",
    manners: ["frame"],
    on: "node",
    lasts: untilMended,
    steps: () => [["link", "node", device, "mtu", String(podMtu - 50)]],
    loses: (packet, target) => (packet.large && !packet.answer && leaves(packet, target) ? "bridge in" : undefined),
    cause: "setting",
    hints: [
      {
        en: "Small packets cross, large ones are refused: by whom, and with which number?",
        zh: "小包能过，大包被拒：谁拒绝的，报的数字是多少？",
      },
      {
        en: `ip link show ${device}, beside FLANNEL_MTU in /run/flannel/subnet.env`,
        zh: `ip link show ${device}，与 /run/flannel/subnet.env 里的 FLANNEL_MTU 对照`,
      },
    ],
    mend: { en: `ip link set ${device} mtu ${podMtu}`, zh: `ip link set ${device} mtu ${podMtu}` },
  },
  {
    name: "overlay-narrow",
    title: { en: `${device} passes 200 kbit a second`, zh: `${device} 每秒只过 200 kbit` },
    story: {
      en: "Somebody tried out traffic shaping and went home. Pings hold, every download crawls.",
      zh: "有人试了试流量整形就回家了。ping 正常，所有下载都像爬行。",
    },
    level: 2,
    touches: "wire",
    manners: ["frame"],
    on: "node",
    lasts: untilMended,
    steps: () => [["queue", device, "tbf", "rate", "200kbit", "burst", "32kb", "latency", "400ms"]],
    may: ({ node }) => [{ kind: "qdisc", about: { node: node.name } }, { kind: "loss" }],
    cause: "qdisc",
    hints: [
      { en: "One packet passes, a thousand do not: look for a queue.", zh: "一个包能过，一千个过不了：找找队列。" },
      { en: `tc -s qdisc show dev ${device}`, zh: `tc -s qdisc show dev ${device}` },
    ],
    mend: { en: `tc qdisc del dev ${device} root`, zh: `tc qdisc del dev ${device} root` },
  },
  {
    name: "wire-slow",
    title: { en: "a slow wire that reorders", zh: "缓慢且会乱序的线路" },
    story: {
      en: "Between the machines lies half the world: every packet takes 200 ms, some 50 more.",
      zh: "两台机器之间隔着半个地球：每个包要 200 毫秒，有的再多 50 毫秒。",
    },
    level: 2,
    touches: "wire",
    manners: ["frame"],
    on: "node",
    only: "vm",
    lasts: untilMended,
    steps: () => [["queue", device, "netem", "delay", "200ms", "50ms"]],
    may: ({ node }) => [{ kind: "qdisc", about: { node: node.name } }, { kind: "loss" }],
    cause: "qdisc",
    hints: [
      { en: "Nothing is lost: look at the times.", zh: "什么也没丢：看时间。" },
      {
        en: `ping between pods, then tc qdisc show dev ${device}`,
        zh: `在 Pod 之间 ping，再看 tc qdisc show dev ${device}`,
      },
    ],
    mend: { en: `tc qdisc del dev ${device} root`, zh: `tc qdisc del dev ${device} root` },
  },
];
