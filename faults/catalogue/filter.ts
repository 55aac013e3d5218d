import type { Carrying } from "../carrying.ts";
import type { Fault, Packet, Target } from "../fault.ts";
import { beforeRouting, enters, isPod, leaves, noPassage, routedForService, stays } from "../flows.ts";

const untilDeleted = {
  en: "until somebody deletes the rule, or the machine restarts",
  zh: "直到有人删除这条规则，或者机器重启",
};
const bridgedToo = (packet: Packet, target: Target): boolean =>
  leaves(packet, target) || enters(packet, target) || stays(packet, target);

export const filter = ({ device, port, wireMtu, podMtu }: Carrying): readonly Fault[] => [
  {
    name: "pair-dropped",
    title: { en: "FORWARD drops one pair of pods", zh: "FORWARD 丢弃一对 Pod 之间的包" },
    story: {
      en: "A rule that was meant for somebody else has had these two addresses since the pods got them.",
      zh: "一条原本针对别人的规则，自从这两个 Pod 得到这两个地址，就落到了它们头上。",
    },
    level: 2,
    touches: "filter",
    on: "pod",
    lasts: untilDeleted,
    steps: ({ pod, other }) => [["rule", "filter", "FORWARD", "-s", pod.ip, "-d", other.ip, "-j", "DROP"]],
    loses: (packet, { pod, other }) => (isPod(packet.from, pod) && isPod(packet.to, other) ? "bridge in" : undefined),
    cause: "rule",
    hints: [
      {
        en: "Only these two, and only this way: the reply of the other direction does not come either.",
        zh: "只有这两个 Pod、只有这个方向：反方向的应答因此也回不来。",
      },
      {
        en: "iptables -L FORWARD -n -v --line-numbers: which rule names a pod's address?",
        zh: "iptables -L FORWARD -n -v --line-numbers：哪条规则写着 Pod 的地址？",
      },
    ],
    mend: {
      en: "iptables -D FORWARD -s ADDRESS -d ADDRESS -j DROP",
      zh: "iptables -D FORWARD -s ADDRESS -d ADDRESS -j DROP",
    },
  },
  {
    name: "tcp-dropped",
    title: { en: "TCP to one pod is dropped", zh: "发往一个 Pod 的 TCP 被丢弃" },
    story: {
      en: "Pings answer, so the network is said to be fine. Every connection hangs.",
      zh: "ping 有应答，所以大家说网络没问题。可是每个连接都挂起。",
    },
    level: 2,
    touches: "filter",
    on: "pod",
    lasts: untilDeleted,
    steps: ({ pod }) => [["rule", "filter", "FORWARD", "-p", "tcp", "-d", pod.ip, "-j", "DROP"]],
    loses: (packet, target) =>
      packet.protocol === "tcp" && isPod(packet.to, target.pod) ? beforeRouting(packet, target) : undefined,
    cause: "rule",
    hints: [
      {
        en: "./lab trace with --proto tcp, and with --proto icmp: where does each end?",
        zh: "分别用 --proto tcp 和 --proto icmp 运行 ./lab trace：各自停在哪里？",
      },
      {
        en: "iptables -L FORWARD -n -v: which rule counts while you connect?",
        zh: "iptables -L FORWARD -n -v：建立连接时哪条规则在计数？",
      },
    ],
    mend: { en: "iptables -D FORWARD -p tcp -d ADDRESS -j DROP", zh: "iptables -D FORWARD -p tcp -d ADDRESS -j DROP" },
  },
  {
    name: "udp-dropped",
    title: { en: "UDP to one pod is dropped", zh: "发往一个 Pod 的 UDP 被丢弃" },
    story: {
      en: "Pings and connections work. What asks by a datagram waits for ever, the pod's own questions to DNS among it.",
      zh: "ping 和连接都正常。用数据报提问的都在永远等待，包括 Pod 自己向 DNS 的提问。",
    },
    level: 2,
    touches: "filter",
    on: "pod",
    lasts: untilDeleted,
    steps: ({ pod }) => [["rule", "filter", "FORWARD", "-p", "udp", "-d", pod.ip, "-j", "DROP"]],
    loses: (packet, target) =>
      packet.protocol === "udp" && isPod(packet.to, target.pod) ? beforeRouting(packet, target) : undefined,
    cause: "rule",
    hints: [
      {
        en: "Addresses answer, names do not, and only in one pod: what do names travel in?",
        zh: "地址能通，域名不行，而且只有一个 Pod 这样：域名查询用什么协议？",
      },
      { en: "iptables -L FORWARD -n -v: which rule names udp?", zh: "iptables -L FORWARD -n -v：哪条规则写着 udp？" },
    ],
    mend: { en: "iptables -D FORWARD -p udp -d ADDRESS -j DROP", zh: "iptables -D FORWARD -p udp -d ADDRESS -j DROP" },
  },
  {
    name: "icmp-dropped",
    title: { en: "ICMP is dropped by a node", zh: "节点丢弃 ICMP" },
    story: {
      en: "A scanner complained about pings. Nobody answers them any more, and nothing else is wrong: a ping is not the network.",
      zh: "扫描器抱怨能 ping 通，于是 ping 不再有应答，其他一切正常：ping 不等于网络。",
    },
    level: 1,
    touches: "filter",
    on: "node",
    lasts: untilDeleted,
    steps: () => [["rule", "filter", "FORWARD", "-p", "icmp", "-j", "DROP"]],
    loses: (packet, target) =>
      packet.protocol === "icmp" && bridgedToo(packet, target) ? beforeRouting(packet, target) : undefined,
    may: ({ node }) => [{ kind: "egress", about: { node: node.name } }],
    cause: "rule",
    hints: [
      { en: "Try a connection before you call the network broken.", zh: "先试一个连接，再说网络坏了。" },
      { en: "iptables -L FORWARD -n -v: which rule names icmp?", zh: "iptables -L FORWARD -n -v：哪条规则写着 icmp？" },
    ],
    mend: { en: "iptables -D FORWARD -p icmp -j DROP", zh: "iptables -D FORWARD -p icmp -j DROP" },
  },
  {
    name: "vxlan-port-closed",
    title: { en: `UDP ${port} dropped on arrival`, zh: `收到的 UDP ${port} 被丢弃` },
    story: {
      en: "A firewall on the node lets nothing in that it was not told of, and nobody told it of VXLAN.",
      zh: "节点上的防火墙只放行登记过的流量，而 VXLAN 没有登记过。",
    },
    level: 2,
    touches: "filter",
    manners: ["frame"],
    on: "node",
    lasts: untilDeleted,
    steps: () => [["rule", "filter", "INPUT", "-p", "udp", "--dport", port, "-j", "DROP"]],
    loses: (packet, target) => (enters(packet, target) ? "wire in" : undefined),
    may: noPassage,
    cause: "rule",
    hints: [
      {
        en: `The packet reaches the other machine inside UDP, and never comes out of ${device} there.`,
        zh: `数据包封装在 UDP 里到达了对方机器，却没有从那里的 ${device} 出来。`,
      },
      {
        en: "iptables -L INPUT -n -v: which rule counts packets, and is not of kube-proxy or flannel?",
        zh: "iptables -L INPUT -n -v：哪条规则的计数在增加，而它既不属于 kube-proxy 也不属于 flannel？",
      },
    ],
    mend: {
      en: `iptables -D INPUT -p udp --dport ${port} -j DROP`,
      zh: `iptables -D INPUT -p udp --dport ${port} -j DROP`,
    },
  },
  {
    name: "vxlan-port-closed-out",
    title: { en: `UDP ${port} dropped on its way out`, zh: `发出的 UDP ${port} 被丢弃` },
    story: {
      en: `The node's firewall has a list of what may leave. ${device} wraps every packet, and the wrapped packet stays here.`,
      zh: `节点的防火墙有一份允许外发的清单。${device} 封装了每个包，封装后的包却出不去。`,
    },
    level: 2,
    touches: "filter",
    manners: ["frame"],
    on: "node",
    lasts: untilDeleted,
    steps: () => [["rule", "filter", "OUTPUT", "-p", "udp", "--dport", port, "-j", "DROP"]],
    loses: (packet, target) => (leaves(packet, target) ? "vtep out" : undefined),
    may: noPassage,
    cause: "rule",
    hints: [
      {
        en: `The packet goes into ${device}, whose entries are right, and nothing is on the wire.`,
        zh: `包进入了 ${device}，它的表项都对，但线路上什么也没有。`,
      },
      { en: "iptables -L OUTPUT -n -v", zh: "iptables -L OUTPUT -n -v" },
    ],
    mend: {
      en: `iptables -D OUTPUT -p udp --dport ${port} -j DROP`,
      zh: `iptables -D OUTPUT -p udp --dport ${port} -j DROP`,
    },
  },
  {
    name: "large-packets-lost",
    title: { en: "large packets vanish on the wire", zh: "大包在线路上消失" },
    story: {
      en: "Somewhere between the machines is a link with a smaller MTU, and it tells nobody. Here a rule stands for it that drops wrapped packets of full size.",
      zh: "机器之间某处有一条 MTU 更小的链路，却不告诉任何人。这里用一条规则来代替它，丢弃满长度的封装包。",
    },
    level: 3,
    touches: "wire",
    manners: ["frame"],
    on: "node",
    lasts: untilDeleted,
    steps: () => [
      [
        "rule",
        "raw",
        "PREROUTING",
        "-p",
        "udp",
        "--dport",
        port,
        "-m",
        "length",
        "--length",
        `${wireMtu - 19}:65535`,
        "-j",
        "DROP",
      ],
    ],
    loses: (packet, target) => (packet.large && enters(packet, target) ? "wire in" : undefined),
    cause: "rule",
    hints: [
      { en: "Small questions are answered, large answers never come.", zh: "小问题有应答，大应答永远不来。" },
      {
        en: `ping -M do -s ${podMtu - 28}, then smaller: from which size on is there an answer?`,
        zh: `ping -M do -s ${podMtu - 28}，再逐渐减小：从多大开始有应答？`,
      },
    ],
    mend: {
      en: "iptables -t raw -D PREROUTING with the words of the rule, as iptables -t raw -S prints them",
      zh: "iptables -t raw -D PREROUTING，后接 iptables -t raw -S 显示的那条规则",
    },
  },
  {
    name: "overlay-lossy",
    title: { en: "a third of the overlay's packets is lost", zh: "overlay 的包丢失三分之一" },
    story: {
      en: "A bad cable, a full queue, a tired switch: here a rule drops what comes in by chance. Each single check may pass.",
      zh: "坏网线、满队列、疲惫的交换机：这里用一条规则随机丢弃收到的包。任何一次检查都可能碰巧通过。",
    },
    level: 3,
    touches: "wire",
    manners: ["frame"],
    on: "node",
    lasts: untilDeleted,
    steps: () => [
      [
        "rule",
        "raw",
        "PREROUTING",
        "-p",
        "udp",
        "--dport",
        port,
        "-m",
        "statistic",
        "--mode",
        "random",
        "--probability",
        "0.33",
        "-j",
        "DROP",
      ],
    ],
    loses: (packet, target) => (enters(packet, target) ? "some" : undefined),
    may: noPassage,
    cause: "rule",
    hints: [
      { en: "Do not ask once: ask fifty times, and count.", zh: "不要只问一次：问五十次，数一数。" },
      { en: "iptables -t raw -L PREROUTING -n -v", zh: "iptables -t raw -L PREROUTING -n -v" },
    ],
    mend: {
      en: "iptables -t raw -D PREROUTING with the words of the rule, as iptables -t raw -S prints them",
      zh: "iptables -t raw -D PREROUTING，后接 iptables -t raw -S 显示的那条规则",
    },
  },
  {
    name: "dns-dropped",
    title: { en: "questions to DNS are dropped on a node", zh: "节点丢弃发往 DNS 的提问" },
    story: {
      en: "A filter before all others eats port 53 on this node. CoreDNS is healthy, and its pods are Ready.",
      zh: "在所有其他规则之前，这个节点就丢弃了 53 端口的包。CoreDNS 很健康，它的 Pod 都是 Ready。",
    },
    level: 2,
    touches: "services",
    on: "node",
    lasts: untilDeleted,
    steps: () => [
      ["rule", "raw", "PREROUTING", "-p", "udp", "--dport", "53", "-j", "DROP"],
      ["rule", "raw", "PREROUTING", "-p", "tcp", "--dport", "53", "-j", "DROP"],
    ],
    loses: (packet, target) => (routedForService(packet, target) ? "bridge in" : undefined),
    may: () => [{ kind: "dns" }],
    cause: "rule",
    hints: [
      {
        en: "Names fail in every pod of one node, and in none of the others.",
        zh: "一个节点上的所有 Pod 都解析不了域名，其他节点都可以。",
      },
      {
        en: "iptables -t raw -L PREROUTING -n -v: the table that is asked first",
        zh: "iptables -t raw -L PREROUTING -n -v：最先经过的那张表",
      },
    ],
    mend: {
      en: "iptables -t raw -D PREROUTING -p udp --dport 53 -j DROP, and the same for tcp",
      zh: "iptables -t raw -D PREROUTING -p udp --dport 53 -j DROP，tcp 也一样",
    },
  },
  {
    name: "services-untranslated",
    title: { en: "Services are not translated on a node", zh: "节点不再转换 Service 地址" },
    story: {
      en: "A rule before kube-proxy's ends the chains in which Service addresses become pods'. What is addressed to a Service leaves as it is, and is turned away at the uplink.",
      zh: "kube-proxy 的规则之前有一条规则提前结束了把 Service 地址换成 Pod 地址的链。发往 Service 的包原样离开，在出口被拒绝。",
    },
    level: 2,
    touches: "services",
    on: "node",
    lasts: untilDeleted,
    steps: () => [
      ["rule", "nat", "PREROUTING", "-j", "ACCEPT"],
      ["rule", "nat", "OUTPUT", "-j", "ACCEPT"],
    ],
    loses: (packet, target) => (routedForService(packet, target) ? "bridge in" : undefined),
    hints: [
      {
        en: "On one node no Service answers, while the pods behind it do. What makes the one of the other?",
        zh: "在一个节点上所有 Service 都没有应答，而它们后面的 Pod 都有。是什么把前者变成后者？",
      },
      {
        en: "iptables -t nat -L PREROUTING -n -v: which rule stands before KUBE-SERVICES?",
        zh: "iptables -t nat -L PREROUTING -n -v：KUBE-SERVICES 之前是哪条规则？",
      },
    ],
    mend: {
      en: "iptables -t nat -D PREROUTING -j ACCEPT, and the same for OUTPUT",
      zh: "iptables -t nat -D PREROUTING -j ACCEPT，OUTPUT 也一样",
    },
  },
  {
    name: "no-masquerade",
    title: { en: "pods leave the node with their own addresses", zh: "Pod 带着自己的地址离开节点" },
    story: {
      en: "A rule before flannel's ends the chain: what goes out keeps a source that nobody outside can answer.",
      zh: "flannel 的规则之前有一条规则提前结束了这条链：外发的包保留了外面无法应答的源地址。",
    },
    level: 3,
    touches: "filter",
    on: "node",
    lasts: untilDeleted,
    steps: () => [["rule", "nat", "POSTROUTING", "-o", "wire", "-j", "ACCEPT"]],
    breaks: ({ node }) => [{ kind: "egress", about: { node: node.name } }],
    cause: "rule",
    hints: [
      {
        en: "Inside the cluster all is well; the world outside never answers.",
        zh: "集群内部一切正常，外面的世界却从不应答。",
      },
      {
        en: "iptables -t nat -S POSTROUTING: what comes before flannel's rules?",
        zh: "iptables -t nat -S POSTROUTING：flannel 的规则之前是什么？",
      },
    ],
    mend: {
      en: "iptables -t nat -D POSTROUTING -o DEVICE -j ACCEPT",
      zh: "iptables -t nat -D POSTROUTING -o DEVICE -j ACCEPT",
    },
  },
];
