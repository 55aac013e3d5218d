import type { Carrying } from "../carrying.ts";
import type { Fault } from "../fault.ts";
import { enters, leaves, towards } from "../flows.ts";

const untilMended = { en: "until it is mended, or the machine restarts", zh: "直到被修复，或者机器重启" };
const rule = { en: "until the rule is deleted, or the machine restarts", zh: "直到规则被删除，或者机器重启" };

/** What breaks the way between nodes where flanneld itself carries packets, or where they leave bare. */
export const carried = ({ device, port }: Carrying): readonly Fault[] => [
  {
    name: "udp-port-closed",
    title: { en: `UDP ${port} dropped on arrival`, zh: `收到的 UDP ${port} 被丢弃` },
    story: {
      en: "The node's firewall knows VXLAN's port. flannel's backend udp has another one, and nobody has told the firewall.",
      zh: "节点的防火墙登记的是 VXLAN 的端口。flannel 的 udp 后端用的是另一个，没有登记过。",
    },
    level: 2,
    touches: "filter",
    manners: ["program"],
    on: "node",
    lasts: rule,
    steps: () => [["rule", "filter", "INPUT", "-p", "udp", "--dport", port, "-j", "DROP"]],
    loses: (packet, target) => (enters(packet, target) ? "wire in" : undefined),
    cause: "rule",
    hints: [
      {
        en: `The packet reaches the other machine inside UDP, and never comes out of ${device} there.`,
        zh: `数据包封装在 UDP 里到达了对方机器，却没有从那里的 ${device} 出来。`,
      },
      {
        en: "iptables -L INPUT -n -v: which rule counts packets?",
        zh: "iptables -L INPUT -n -v：哪条规则的计数在增加？",
      },
    ],
    mend: {
      en: `iptables -D INPUT -p udp --dport ${port} -j DROP`,
      zh: `iptables -D INPUT -p udp --dport ${port} -j DROP`,
    },
  },
  {
    name: "udp-port-closed-out",
    title: { en: `UDP ${port} dropped on its way out`, zh: `发出的 UDP ${port} 被丢弃` },
    story: {
      en: "What flanneld sends is a datagram like any other program's, and the firewall's list of what may leave does not have it.",
      zh: "flanneld 发出的是和其他程序一样的数据报，而防火墙允许外发的清单里没有它。",
    },
    level: 2,
    touches: "filter",
    manners: ["program"],
    on: "node",
    lasts: rule,
    steps: () => [["rule", "filter", "OUTPUT", "-p", "udp", "--dport", port, "-j", "DROP"]],
    loses: (packet, target) => (leaves(packet, target) ? "vtep out" : undefined),
    cause: "rule",
    hints: [
      {
        en: `The packet goes into ${device}, where flanneld reads it, and nothing is on the wire.`,
        zh: `包进入了 ${device}，由 flanneld 读走，线路上却什么也没有。`,
      },
      { en: "iptables -L OUTPUT -n -v", zh: "iptables -L OUTPUT -n -v" },
    ],
    mend: {
      en: `iptables -D OUTPUT -p udp --dport ${port} -j DROP`,
      zh: `iptables -D OUTPUT -p udp --dport ${port} -j DROP`,
    },
  },
  {
    name: "udp-lossy",
    title: { en: "a third of flanneld's datagrams is lost", zh: "flanneld 的数据报丢失三分之一" },
    story: {
      en: "A rule drops by chance what comes in for flanneld, as a bad cable would. Each single check may pass.",
      zh: "一条规则随机丢弃发给 flanneld 的数据报，像坏网线一样。任何一次检查都可能碰巧通过。",
    },
    level: 3,
    touches: "wire",
    manners: ["program"],
    on: "node",
    lasts: rule,
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
    cause: "rule",
    hints: [
      { en: "One ping tells nothing here: send fifty, and count.", zh: "一次 ping 说明不了什么：发五十个，数一数。" },
      { en: "iptables -t raw -L PREROUTING -n -v", zh: "iptables -t raw -L PREROUTING -n -v" },
    ],
    mend: {
      en: "iptables -t raw -D PREROUTING with the words of the rule, as iptables -t raw -S prints them",
      zh: "iptables -t raw -D PREROUTING，后接 iptables -t raw -S 显示的那条规则",
    },
  },
  {
    name: "tun-mtu-small",
    title: { en: `a smaller MTU on ${device}`, zh: `${device} 的 MTU 更小` },
    story: {
      en: `The pods were told 1472, and ${device} takes 1400: the node answers large packets with an error.`,
      zh: `Pod 的 MTU 是 1472，而 ${device} 的只有 1400：节点对大包回以错误。`,
    },
    level: 2,
    touches: "overlay",
    manners: ["program"],
    on: "node",
    lasts: untilMended,
    steps: () => [["link", "node", device, "mtu", "1400"]],
    loses: (packet, target) => (packet.large && !packet.answer && leaves(packet, target) ? "bridge in" : undefined),
    cause: "setting",
    hints: [
      {
        en: "Small packets cross, large ones are refused, and the error names a number.",
        zh: "小包能过，大包被拒，错误里有一个数字。",
      },
      {
        en: `ip link show ${device}, beside FLANNEL_MTU in /run/flannel/subnet.env`,
        zh: `ip link show ${device}，与 /run/flannel/subnet.env 里的 FLANNEL_MTU 对照`,
      },
    ],
    mend: { en: `ip link set ${device} mtu 1472`, zh: `ip link set ${device} mtu 1472` },
  },
  {
    name: "bare-refused",
    title: { en: "what carries a pod's address is dropped on arrival", zh: "带 Pod 地址的包在到达时被丢弃" },
    story: {
      en: "A network that checks senders, as most clouds' do, lets pass what carries the machines' addresses and nothing else. Here a rule stands for it, for one pod of another node.",
      zh: "会检查源地址的网络（多数云平台如此）只放行带机器地址的包。这里用一条规则来代替它，针对另一节点上的一个 Pod。",
    },
    level: 2,
    touches: "wire",
    manners: ["bare"],
    on: "path",
    lasts: rule,
    steps: ({ other }) => [["rule", "raw", "PREROUTING", "-i", "wire", "-s", other.ip, "-j", "DROP"]],
    loses: ({ from, to }, { node, other }) =>
      to.node === node.name && from.pod?.name === other.name && from.pod.namespace === other.namespace
        ? "wire in"
        : undefined,
    cause: "rule",
    hints: [
      {
        en: "The machines reach each other, and the packet arrives: whose address does it carry?",
        zh: "机器之间是通的，包也到了：它带的是谁的地址？",
      },
      { en: "iptables -t raw -L PREROUTING -n -v", zh: "iptables -t raw -L PREROUTING -n -v" },
    ],
    mend: {
      en: "iptables -t raw -D PREROUTING with the words of the rule, as iptables -t raw -S prints them",
      zh: "iptables -t raw -D PREROUTING，后接 iptables -t raw -S 显示的那条规则",
    },
  },
  {
    name: "wire-neighbour-wrong",
    title: { en: "a wrong MAC for the other node itself", zh: "对方节点自己的 MAC 记录错误" },
    story: {
      en: "Somebody wrote a neighbour entry for the other node by hand, and then its network card was changed. Whatever is for that machine or its pods goes to a MAC that nobody has.",
      zh: "有人手工写了对方节点的邻居表项，后来那台机器换了网卡。发往那台机器和它的 Pod 的一切，都送往一个不存在的 MAC。",
    },
    level: 2,
    touches: "wire",
    manners: ["bare"],
    on: "path",
    lasts: untilMended,
    steps: ({ peer }) => [["neighbour", "node", "wire", peer.address, "02:00:00:00:00:97"]],
    // A switch that knows the MAC from nobody sends the frame to all: the other machine sees it, and lets it lie.
    loses: (packet, target) => (towards(packet, target) ? "wire in" : undefined),
    lastHopVaries: true,
    breaks: ({ node, peer }) => [{ kind: "wire-neighbour", about: { node: node.name, peer: peer.name } }],
    cause: "entry",
    hints: [
      {
        en: "The frame leaves the machine, bare as it should. Who is it for?",
        zh: "帧离开了这台机器，也没有封装，一切正常。它是给谁的？",
      },
      {
        en: "ip neigh show dev eth0, beside ip link show eth0 on the other node",
        zh: "ip neigh show dev eth0，与对方节点的 ip link show eth0 对照",
      },
    ],
    mend: {
      en: "ip neigh del ADDRESS dev eth0: ARP finds the right one",
      zh: "ip neigh del ADDRESS dev eth0：ARP 会找到正确的",
    },
  },
];
