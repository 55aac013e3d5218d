import type { Claim, ClaimOf } from "./claim.ts";
import { type About, type ClaimKind, renamePods } from "./kinds.ts";

/** Another language is another column: the compiler then asks for each of its sentences. */
export const languages = ["en", "zh"] as const;
export type Language = (typeof languages)[number];
/** The same in every language. Words between backticks are code. */
export type Text = Readonly<Record<Language, string>>;

interface Words<K extends ClaimKind> extends Readonly<Record<Language, (about: About<K>) => string>> {
  /** Where to look next when the claim fails; undefined where nothing is better than the command itself. */
  readonly look: Text | undefined;
}

/** The sentence of a claim. `rename` gives its pods other names, where pods of several lessons are called the same. */
export function sentence(claim: Claim, language: Language, rename?: (pod: string) => string): string {
  const { kind, about } = claim;
  return sentenceAbout(kind, rename === undefined ? about : renamePods(about, rename), language);
}

export function sentenceAbout<K extends ClaimKind>(kind: K, about: About<K>, language: Language): string {
  const words: Words<K> = vocabulary[kind];
  return words[language](about);
}

/** Where to look when a claim does not hold. */
export function nextLook({ kind, node }: Pick<ClaimOf<ClaimKind>, "kind" | "node">, language: Language): string {
  return vocabulary[kind].look?.[language] ?? byHand[language](node);
}

const byHand: Readonly<Record<Language, (node: string) => string>> = {
  en: (node) => `run the command on ${node} (./lab ssh ${node})`,
  zh: (node) => `在 ${node} 上运行这条命令（./lab ssh ${node}）`,
};

const both: Readonly<Record<Language, (names: readonly string[]) => string>> = {
  en: (names) => names.join(" and "),
  zh: (names) => names.join(" 和 "),
};
const [first, second] = [
  ({ containers }: { readonly containers: readonly string[] }): string => containers[0] ?? "the first container",
  ({ containers }: { readonly containers: readonly string[] }): string => containers[1] ?? "the second",
];

const trace: Text = {
  en: "./lab trace from the one pod to the other: it names the last hop, and the claims about the way that do not hold",
  zh: "对这两个 Pod 运行 ./lab trace：它指出最后一跳，以及沿途不成立的结论",
};
const ports: Text = {
  en: "ip link show master cni0 on the node, and /etc/cni/net.d",
  zh: "节点上的 ip link show master cni0，以及 /etc/cni/net.d",
};
const flanneldWrites: Text = {
  en: "the log of flanneld on the node; restarting its pod writes the entry again",
  zh: "该节点上 flanneld 的日志；重启它的 Pod，它会重新写入表项",
};

const kubeProxy: Text = {
  en: "the log of kube-proxy on the node, and iptables -t nat -L KUBE-SERVICES -n there",
  zh: "该节点上 kube-proxy 的日志，以及那里的 iptables -t nat -L KUBE-SERVICES -n",
};
const translations: Text = {
  en: "conntrack -L on the node: both directions of the connection; iptables -t nat -L KUBE-POSTROUTING -n",
  zh: "节点上的 conntrack -L：连接的两个方向；iptables -t nat -L KUBE-POSTROUTING -n",
};

type Leg = About<"journey/request">;
const legs = { request: { en: "request", zh: "请求" }, reply: { en: "reply", zh: "应答" } } as const;

/** One leg on one node. */
function travels(leg: Text): Readonly<Record<Language, (about: Leg) => string>> & { readonly look: Text } {
  const en: Readonly<Record<Leg["part"], (about: Leg) => string>> = {
    whole: ({ from, to }) => `the ${leg.en} from ${from} to ${to} goes in at one veth, over cni0, and out at the other`,
    sending: ({ node }) =>
      `on ${node} the ${leg.en} goes from the pod's veth over cni0 into flannel.1, and out inside UDP`,
    receiving: ({ node }) =>
      `on ${node} the ${leg.en} comes in inside UDP, out of flannel.1, and over cni0 into the pod's veth`,
  };
  const zh: typeof en = {
    whole: ({ from, to }) => `从 ${from} 到 ${to} 的${leg.zh}从一个 veth 进来，经过 cni0，从另一个 veth 出去`,
    sending: ({ node }) => `在 ${node} 上，${leg.zh}从 Pod 的 veth 经 cni0 进入 flannel.1，封装进 UDP 发出`,
    receiving: ({ node }) =>
      `在 ${node} 上，${leg.zh}以 UDP 数据报进来，经 flannel.1 解封装后，由 cni0 进入 Pod 的 veth`,
  };
  return { en: (about) => en[about.part](about), zh: (about) => zh[about.part](about), look: trace };
}

/** How a pod reaches another, by protocol. */
const reaches: Readonly<Record<About<"reach">["protocol"], Text>> = {
  icmp: { en: "with a ping", zh: "ping 通其他每一个 Pod" },
  tcp: { en: "over a TCP connection", zh: "用 TCP 连上其他每一个 Pod" },
  udp: { en: "with a UDP datagram", zh: "与其他每一个 Pod 互发 UDP 数据报" },
};

/** What is said of each kind of claim. The English sentences are those of the stack's outputs. */
const vocabulary: { readonly [K in ClaimKind]: Words<K> } = {
  "containers-on-node": {
    en: ({ pod, node, containers }) => `${both.en(containers)} of ${pod} run on ${node}, from the net-box image`,
    zh: ({ pod, node, containers }) => `${pod} 的 ${both.zh(containers)} 都在 ${node} 上运行，用的是 net-box 镜像`,
    look: {
      en: "kubectl describe pod, and crictl ps --all on the node",
      zh: "kubectl describe pod，以及节点上的 crictl ps --all",
    },
  },
  "same-namespaces": {
    en: ({ containers }) => `${both.en(containers)} were given the same network, IPC and UTS namespace`,
    zh: ({ containers }) => `${both.zh(containers)} 共用同一组 network、IPC 和 UTS namespace`,
    look: undefined,
  },
  "own-namespaces": {
    en: ({ containers }) => `each of ${both.en(containers)} has a PID and a mount namespace of its own`,
    zh: ({ containers }) => `${both.zh(containers)} 各有自己的 PID 和 mount namespace`,
    look: undefined,
  },
  "same-network-inode": {
    en: () => "the kernel agrees: the processes of both containers are in one network namespace",
    zh: () => "从内核看也是如此：两个容器的进程在同一个 network namespace 里",
    look: undefined,
  },
  "pod-address": {
    en: ({ pod }) => `eth0 in the network namespace of ${pod} carries the pod IP that the API server reports`,
    zh: ({ pod }) => `${pod} 的 network namespace 里，eth0 的地址就是 API server 报告的 Pod IP`,
    look: undefined,
  },
  "pod-mtu": {
    en: () => "eth0's MTU is the one that flannel wrote down for the pods of this node",
    zh: () => "eth0 的 MTU 就是 flannel 为这个节点的 Pod 写下的那个值",
    look: {
      en: "ip link on the node: the MTU of eth0, flannel.1 and cni0, and FLANNEL_MTU in /run/flannel/subnet.env",
      zh: "节点上的 ip link：eth0、flannel.1 和 cni0 的 MTU，以及 /run/flannel/subnet.env 里的 FLANNEL_MTU",
    },
  },
  "veth-peer": {
    en: ({ pod, node }) =>
      `eth0 of ${pod} is one end of a cable: the other end is a veth on ${node}, plugged into cni0`,
    zh: ({ pod, node }) => `${pod} 的 eth0 是一对 veth 的一端：对端是 ${node} 上的 veth 接口，挂在网桥 cni0 上`,
    look: ports,
  },
  "localhost-shared": {
    en: (about) => `what ${first(about)} listens on at 127.0.0.1 is reached by ${second(about)} at 127.0.0.1`,
    zh: (about) => `${first(about)} 在 127.0.0.1 上监听，${second(about)} 访问 127.0.0.1 就能连上`,
    look: undefined,
  },
  "localhost-not-from-outside": {
    en: ({ address }) => `the node does not reach that listener at ${address}: 127.0.0.1 is inside the pod`,
    zh: ({ address }) => `节点用 ${address} 连不上这个监听：127.0.0.1 在 Pod 里面`,
    look: undefined,
  },
  "port-taken": {
    en: (about) => `${second(about)} cannot listen on a port that ${first(about)} has: they share the ports as well`,
    zh: (about) => `${first(about)} 占用的端口，${second(about)} 不能再监听：端口也是共用的`,
    look: undefined,
  },

  "two-network-namespaces": {
    en: ({ pods }) => `${both.en(pods)} have a network namespace each`,
    zh: ({ pods }) => `${both.zh(pods)} 各有一个 network namespace`,
    look: undefined,
  },
  "in-node-cidr": {
    en: ({ pod, node }) => `${pod}'s address is one of ${node}'s pod CIDR`,
    zh: ({ pod, node }) => `${pod} 的地址属于 ${node} 的 Pod 网段`,
    look: undefined,
  },
  "bridge-port": {
    en: ({ pod }) => `the other end of ${pod}'s eth0 is a port of the bridge cni0`,
    zh: ({ pod }) => `${pod} 的 eth0 的对端是网桥 cni0 的一个端口`,
    look: ports,
  },
  forwarding: {
    en: ({ pod }) => `cni0 has learned behind which port ${pod}'s MAC is`,
    zh: ({ pod }) => `cni0 已经学习到 ${pod} 的 MAC 在哪个端口上`,
    look: {
      en: "bridge fdb show br cni0, after a ping from the pod",
      zh: "从该 Pod 发出 ping 之后的 bridge fdb show br cni0",
    },
  },
  ping: {
    en: ({ from, to, routers }) =>
      `${from} reaches ${to} at its pod IP, and ${routers === 0 ? "no router is between them" : `${routers} routers are between them`}`,
    zh: ({ from, to, routers }) =>
      `${from} 用 Pod IP 能 ping 通 ${to}，${routers === 0 ? "中间没有路由器" : `中间有 ${routers} 个路由器`}`,
    look: trace,
  },
  neighbour: {
    en: ({ from, to }) => `${from} sends to ${to}'s own MAC, not to a router's: they are on one Ethernet segment`,
    zh: ({ from, to }) => `${from} 直接发往 ${to} 自己的 MAC，而不是路由器的：它们在同一个以太网网段上`,
    look: {
      en: "ip neigh in the pod, after ip neigh flush all and a ping",
      zh: "在 Pod 里先 ip neigh flush all，再 ping 一次，然后看 ip neigh",
    },
  },
  "pod-route": {
    en: ({ pod }) => `${pod} sends to its own node's pods directly, and to all else by way of cni0's address`,
    zh: ({ pod }) => `${pod} 对本节点的 Pod 直接发送，其余的都经由 cni0 的地址转发`,
    look: {
      en: "ip route and ip rule in the pod (nsenter -t PID -n); the pod gets its routes when it is made, and never again",
      zh: "Pod 里的 ip route 和 ip rule（nsenter -t PID -n）；Pod 的路由只在创建时写入一次",
    },
  },
  "pod-prefix": {
    en: ({ pod }) =>
      `eth0 of ${pod} takes as many addresses for its neighbours as its node has pods' addresses, no more`,
    zh: ({ pod }) => `${pod} 的 eth0 的前缀长度与所在节点的 Pod 网段一致：只把这一段当作直连的邻居`,
    look: {
      en: "the prefix length behind eth0's address in the pod, and FLANNEL_SUBNET in /run/flannel/subnet.env",
      zh: "Pod 里 eth0 地址后面的前缀长度，以及 /run/flannel/subnet.env 里的 FLANNEL_SUBNET",
    },
  },
  "pod-neighbour": {
    en: ({ pod, node }) => `${node} itself sends to ${pod} at the MAC of its eth0`,
    zh: ({ pod, node }) => `${node} 自己把发给 ${pod} 的帧发往它的 eth0 的 MAC`,
    look: {
      en: "ip neigh show dev cni0 on the node, after a ping from the node to the pod",
      zh: "从节点 ping 该 Pod 之后，节点上的 ip neigh show dev cni0",
    },
  },
  loss: {
    en: ({ from, to }) => `of fifty packets in quick succession from ${from} to ${to} none is lost`,
    zh: ({ from, to }) => `从 ${from} 到 ${to} 连续快速发送五十个包，一个也不丢`,
    look: {
      en: "what drops some packets and not all: tc -s qdisc, rules with -m statistic or -m limit in iptables-save, ip -s link",
      zh: "只丢一部分包的原因：tc -s qdisc、iptables-save 里带 -m statistic 或 -m limit 的规则、ip -s link",
    },
  },
  "no-translation": {
    en: ({ from, to }) => `${to} is called by ${from}'s own address: nothing translates between pods`,
    zh: ({ from, to }) => `${to} 看到的来源地址就是 ${from} 自己的地址：Pod 之间没有经过 NAT`,
    look: {
      en: "iptables-save -t nat and nft list ruleset on both nodes: a rule that takes the pods' addresses before flannel's RETURN does",
      zh: "两个节点上的 iptables-save -t nat 和 nft list ruleset：有规则排在 flannel 的 RETURN 之前，匹配了 Pod 的地址",
    },
  },

  "different-nodes": {
    en: ({ pods }) => `${both.en(pods)} run on different nodes`,
    zh: ({ pods }) => `${both.zh(pods)} 运行在不同的节点上`,
    look: undefined,
  },
  "different-pod-cidrs": {
    en: () => "each node has a part of the pod network for itself",
    zh: () => "每个节点独占 Pod 网络中的一段",
    look: {
      en: "kubectl get nodes --output yaml: spec.podCIDR, and the controller-manager's --cluster-cidr",
      zh: "kubectl get nodes --output yaml 里的 spec.podCIDR，以及 controller-manager 的 --cluster-cidr",
    },
  },
  route: {
    en: ({ node, peer }) =>
      `${node} routes ${peer}'s pod CIDR into flannel.1, to an address that it takes for directly connected`,
    zh: ({ node, peer }) => `${node} 把 ${peer} 的 Pod 网段路由进 flannel.1，下一跳是一个它当作直连的地址`,
    look: {
      en: "the log of flanneld on the node (kubectl --namespace kube-flannel logs), and ip route",
      zh: "该节点上 flanneld 的日志（kubectl --namespace kube-flannel logs），以及 ip route",
    },
  },
  "route-decision": {
    en: ({ node, from, to }) =>
      `the kernel of ${node} sends a packet from ${from} to ${to} where it belongs, by all its tables and rules`,
    zh: ({ node, from, to }) => `对从 ${from} 到 ${to} 的包，${node} 的内核查过所有路由表和策略规则之后，转发方向正确`,
    look: {
      en: "ip rule, and ip route show table all: a rule that comes before the table main decides first",
      zh: "ip rule 和 ip route show table all：排在 main 表之前的规则先起作用",
    },
  },
  "address-unique": {
    en: () => "no address and no MAC of the pod network is there twice, and no pod has a second one",
    zh: () => "Pod 网络里没有重复的 IP 地址或 MAC，也没有哪个 Pod 多出一个地址",
    look: {
      en: "ip addr in the network namespaces that are named (ip netns exec NAME ip addr): a sandbox that was left behind, or an address that somebody added",
      zh: "在指出的 network namespace 里运行 ip addr（ip netns exec NAME ip addr）：残留的 sandbox，或有人手工加的地址",
    },
  },
  vtep: {
    en: ({ node }) => `flannel.1 on ${node} is a VXLAN device that sends from the node's own address: the node's VTEP`,
    zh: ({ node }) => `${node} 上的 flannel.1 是一个 VXLAN 设备，从节点自己的地址发送：这就是节点的 VTEP`,
    look: {
      en: "the log of flanneld on the node, and the node's annotations flannel.alpha.coreos.com/*",
      zh: "该节点上 flanneld 的日志，以及 Node 对象的注解 flannel.alpha.coreos.com/*",
    },
  },
  "vtep-neighbour": {
    en: ({ node, peer }) =>
      `${node} knows the MAC of ${peer}'s VTEP without asking: the entry is PERMANENT, written and not learned`,
    zh: ({ node, peer }) => `${node} 不经询问就知道 ${peer} 的 VTEP 的 MAC：表项是 PERMANENT，是写进去的，不是学习到的`,
    look: flanneldWrites,
  },
  "vtep-forwarding": {
    en: ({ node, peer }) => `${node} sends frames for ${peer}'s VTEP inside UDP to ${peer}'s own address`,
    zh: ({ node, peer }) => `${node} 把发给 ${peer} 的 VTEP 的帧封装进 UDP，发往 ${peer} 自己的地址`,
    look: flanneldWrites,
  },
  "overlay-port": {
    en: ({ node, peer }) =>
      `UDP port 8472 is open between ${node} and ${peer}, there and back, whatever flannel's own tables say`,
    zh: ({ node, peer }) => `${node} 与 ${peer} 之间的 UDP 8472 往返都通，与 flannel 自己的表项无关`,
    look: {
      en: "iptables-save and nft list ruleset on both nodes, the chains INPUT and OUTPUT and the table raw; then the network between the machines",
      zh: "两个节点上的 iptables-save 和 nft list ruleset（INPUT 链、OUTPUT 链和 raw 表）；再看节点之间的网络",
    },
  },
  "mtu-passes": {
    en: ({ from, to }) =>
      `a packet as large as the pods' MTU, not to be fragmented, goes from ${from} to ${to} and is answered`,
    zh: ({ from, to }) => `与 Pod 的 MTU 一样大、不许分片的包从 ${from} 到达 ${to}，并得到应答`,
    look: {
      en: "ip link on both nodes: the MTU of eth0 and flannel.1, and what is between the machines",
      zh: "两个节点上的 ip link：eth0 和 flannel.1 的 MTU，以及节点之间的网络",
    },
  },
  "mtu-exceeded": {
    en: ({ from }) => `one byte more does not leave ${from}`,
    zh: ({ from }) => `再多一个字节就出不了 ${from}`,
    look: undefined,
  },
  "own-kernel": {
    en: ({ node }) =>
      `${node} runs a kernel of its own: what its pods share with those of other nodes is the network alone`,
    zh: ({ node }) => `${node} 运行的是自己的内核：它的 Pod 与其他节点的 Pod 共用的只有网络`,
    look: {
      en: "systemd-detect-virt on the nodes: the machines are not virtual, or one is there twice",
      zh: "各节点上的 systemd-detect-virt：机器不是虚拟机，或者同一台机器出现了两次",
    },
  },
  "private-interface": {
    en: ({ node }) =>
      `on ${node} the node's address and the VTEP are on the private interface, not on the one with the default route`,
    zh: ({ node }) => `在 ${node} 上，节点的地址和 VTEP 在私有接口上，不在默认路由所在的接口上`,
    look: {
      en: "the kubelet's --node-ip in /var/lib/kubelet/kubeadm-flags.env, flanneld's --iface, and ip route",
      zh: "/var/lib/kubelet/kubeadm-flags.env 里 kubelet 的 --node-ip、flanneld 的 --iface，以及 ip route",
    },
  },

  "journey/answered": {
    en: ({ from, to, mark }) => `one ping from ${from} to ${to}, marked ${mark}, is answered`,
    zh: ({ from, to, mark }) => `从 ${from} 到 ${to}、带标记 ${mark} 的一个 ping 得到了应答`,
    look: trace,
  },
  "journey/request": travels(legs.request),
  "journey/reply": travels(legs.reply),
  "journey/not-on-overlay": {
    en: () => "the packet never sees flannel.1 or the node's own interface: a bridge is enough",
    zh: () => "这个包从没经过 flannel.1 或节点自己的接口：有网桥就够了",
    look: trace,
  },
  "journey/encapsulation": {
    en: ({ leg }) =>
      `between the machines the ${legs[leg].en} travels inside a UDP datagram from node to node, whole, with the pods' addresses in it`,
    zh: ({ leg }) => `在节点之间，${legs[leg].zh}完整地封装在一个从节点到节点的 UDP 数据报中，里面带着 Pod 的地址`,
    look: trace,
  },

  "link-up": {
    en: ({ node }) => `on ${node} every link is up, from the pods' cables over cni0 and flannel.1 to the wire`,
    zh: ({ node }) => `${node} 上的链路都是 up：各个 Pod 的 veth、cni0、flannel.1，直到节点自己的接口`,
    look: {
      en: "ip link on the node: DOWN was set by somebody, NO-CARRIER says that the other end is down",
      zh: "节点上的 ip link：DOWN 是本端被人关掉了，NO-CARRIER 说明对端是关的",
    },
  },
  gateway: {
    en: ({ node }) => `cni0 on ${node} has the first address of the node's pod CIDR: its pods' gateway`,
    zh: ({ node }) => `${node} 上的 cni0 带有该节点 Pod 网段的第一个地址：它就是这些 Pod 的网关`,
    look: {
      en: "ip addr show dev cni0 and the Node object's spec.podCIDR; a node that registered anew may have got another one: ip link delete cni0, and the pods made anew, mend that",
      zh: "ip addr show dev cni0 和 Node 对象的 spec.podCIDR；重新注册的节点可能分到了另一段：ip link delete cni0 并重建这些 Pod 即可恢复",
    },
  },
  "forwarding-enabled": {
    en: ({ node }) =>
      `${node} forwards packets: without that it is no router, and its pods talk to their neighbours alone`,
    zh: ({ node }) => `${node} 会转发数据包：否则它就不是路由器，它的 Pod 只能与同节点的 Pod 通信`,
    look: {
      en: "sysctl net.ipv4.ip_forward, and forwarding of each interface in /proc/sys/net/ipv4/conf; what in /etc/sysctl.d sets it",
      zh: "sysctl net.ipv4.ip_forward，以及 /proc/sys/net/ipv4/conf 里各接口的 forwarding；/etc/sysctl.d 里是什么设置了它",
    },
  },
  "rp-filter": {
    en: ({ node }) => `the reverse path filter of ${node} lets in what comes from the pods and from the other nodes`,
    zh: ({ node }) => `${node} 的反向路径过滤放行来自 Pod 和其他节点的包`,
    look: {
      en: "ip route get SOURCE: the way back to the sender leaves by another interface than the packet came in by; ip rule; rp_filter in /proc/sys/net/ipv4/conf",
      zh: "ip route get 源地址：回程走的接口与包进来的接口不同；ip rule；/proc/sys/net/ipv4/conf 里的 rp_filter",
    },
  },
  "bridge-netfilter": {
    en: ({ node }) =>
      `on ${node} even bridged packets pass iptables, so that a Service works when its backend is on the same node`,
    zh: ({ node }) => `在 ${node} 上，桥接的包也要经过 iptables，所以后端在同一节点上时 Service 也能用`,
    look: {
      en: "sysctl net.bridge.bridge-nf-call-iptables; when it is not there, modprobe br_netfilter",
      zh: "sysctl net.bridge.bridge-nf-call-iptables；如果没有这一项，modprobe br_netfilter",
    },
  },
  "learned-entries": {
    en: ({ node }) =>
      `what cni0 and the pods on ${node} know of MACs they have learned: no entry written by hand takes precedence`,
    zh: ({ node }) => `${node} 上的 cni0 和各个 Pod 所知道的 MAC 都是学习到的，没有手工写入的表项盖住它们`,
    look: {
      en: "bridge fdb show br cni0: static; ip neigh show nud permanent, on the node and in its pods",
      zh: "bridge fdb show br cni0 里的 static；节点上和 Pod 里的 ip neigh show nud permanent",
    },
  },
  qdisc: {
    en: ({ node }) => `on ${node} no queueing discipline on the packets' way drops, delays or shapes them`,
    zh: ({ node }) => `${node} 上，数据包所经过的排队规则（qdisc）既不丢包，也不延迟或限速`,
    look: {
      en: "tc -s qdisc, and tc filter show dev DEVICE ingress; tc qdisc del dev DEVICE root takes one away",
      zh: "tc -s qdisc，以及 tc filter show dev 接口 ingress；tc qdisc del dev 接口 root 可以删掉它",
    },
  },
  egress: {
    en: ({ node }) =>
      `what a pod of ${node} sends out of the pod network leaves with the node's address, so that an answer finds back`,
    zh: ({ node }) => `${node} 的 Pod 发往 Pod 网络之外的包，会换成节点的地址再发出，应答才回得来`,
    look: {
      en: "iptables-save -t nat: POSTROUTING in its order, and FLANNEL-POSTRTG; flanneld writes its own rules again, another rule before them stays",
      zh: "iptables-save -t nat：按顺序看 POSTROUTING，再看 FLANNEL-POSTRTG；flanneld 会重写自己的规则，但排在前面的别的规则会留着",
    },
  },
  "new-pod": {
    en: ({ node }) =>
      `a new pod on ${node} would get a network: the CNI configuration is there, its plugins too, and addresses are left`,
    zh: ({ node }) => `${node} 上新建的 Pod 能得到网络：CNI 配置和插件都在，地址也还有剩余`,
    look: {
      en: "/etc/cni/net.d, /opt/cni/bin, and /var/lib/cni/networks/cbr0, a file for each address that is taken; kubectl describe pod says what was refused",
      zh: "/etc/cni/net.d、/opt/cni/bin，以及 /var/lib/cni/networks/cbr0（每个已占用的地址一个文件）；kubectl describe pod 会说明失败的原因",
    },
  },
  "flannel-ready": {
    en: ({ node }) => `flanneld runs on ${node}, and what it wrote for the CNI plugin is of this node and this network`,
    zh: ({ node }) => `${node} 上的 flanneld 正在运行，它为 CNI 插件写下的内容与本节点、本网络一致`,
    look: {
      en: "kubectl --namespace kube-flannel get pods --output wide, their logs, and kubectl get clusterrolebinding flannel",
      zh: "kubectl --namespace kube-flannel get pods --output wide、它们的日志，以及 kubectl get clusterrolebinding flannel",
    },
  },
  agents: {
    en: ({ node }) => `the kubelet and kube-proxy of ${node} run, and say that they keep up`,
    zh: ({ node }) => `${node} 的 kubelet 和 kube-proxy 都在运行，并且报告自己没有落后`,
    look: {
      en: "systemctl status kubelet and journalctl -u kubelet; kubectl --namespace kube-system logs of the node's kube-proxy",
      zh: "systemctl status kubelet 和 journalctl -u kubelet；该节点上 kube-proxy 的日志（kubectl --namespace kube-system logs）",
    },
  },
  "node-ready": {
    en: ({ node }) => `the API server has heard of ${node} just now, and takes it for Ready`,
    zh: ({ node }) => `API server 刚刚收到过 ${node} 的消息，并认为它处于 Ready 状态`,
    look: {
      en: "kubectl describe node; what stands between the node's kubelet and TCP port 6443 of the control plane; pods go on talking without it",
      zh: "kubectl describe node；该节点的 kubelet 与控制平面的 TCP 6443 端口之间有什么阻碍；即使断开，Pod 之间仍能通信",
    },
  },

  endpoints: {
    en: ({ service }) => `the API's list of what stands behind ${service} is the addresses of its ready pods`,
    zh: ({ service }) => `API 列出的 ${service} 的端点，就是它后面就绪的 Pod 的地址`,
    look: {
      en: "kubectl describe service and get pods --show-labels: the selector, the labels, whether the pods are ready, the targetPort",
      zh: "kubectl describe service 和 get pods --show-labels：选择器、标签、Pod 是否就绪、targetPort",
    },
  },
  "service-rules": {
    en: ({ service, node }) =>
      `on ${node} kube-proxy's rules lead from the ClusterIP of ${service} to exactly these endpoints, each as likely as the others`,
    zh: ({ service, node }) => `在 ${node} 上，kube-proxy 的规则把 ${service} 的 ClusterIP 引向恰好这些端点，概率相同`,
    look: kubeProxy,
  },
  "service-from-pod": {
    en: ({ service, from }) =>
      `every connection from ${from} to the ClusterIP of ${service} is answered by one of its pods`,
    zh: ({ service, from }) => `从 ${from} 到 ${service} 的 ClusterIP 的每个连接，都由它的某个 Pod 应答`,
    look: kubeProxy,
  },
  "service-from-node": {
    en: ({ service, node }) =>
      `every connection from a process of ${node} to the ClusterIP of ${service} is answered by one of its pods`,
    zh: ({ service, node }) => `从 ${node} 自己的进程到 ${service} 的 ClusterIP 的每个连接，都由它的某个 Pod 应答`,
    look: kubeProxy,
  },
  "service-balance": {
    en: ({ service, from }) =>
      `the pods behind ${service} get equal shares of the connections from ${from}, but for chance`,
    zh: ({ service, from }) => `除去偶然的偏差，${service} 的各个 Pod 分到的来自 ${from} 的连接一样多`,
    look: kubeProxy,
  },
  "service-translation": {
    en: ({ service, from }) =>
      `a connection from ${from} to ${service} changes its destination alone: the pod that answers sees the address of ${from}`,
    zh: ({ service, from }) => `从 ${from} 到 ${service} 的连接只改变目的地址：应答的 Pod 看到的是 ${from} 的地址`,
    look: translations,
  },
  "service-masquerade": {
    en: ({ service, node }) =>
      `a connection from a process of ${node} to ${service} changes its source too, so that the answer comes back to ${node}`,
    zh: ({ service, node }) => `从 ${node} 自己的进程到 ${service} 的连接还会改变源地址，应答才能回到 ${node}`,
    look: translations,
  },
  "service-hairpin": {
    en: ({ service, from }) =>
      `${from} reaches ${service}, which it stands behind itself, and is sometimes answered by itself`,
    zh: ({ service, from }) => `${from} 自己就在 ${service} 后面，也能访问它，有时应答的就是自己`,
    look: {
      en: "iptables -t nat -L KUBE-MARK-MASQ -n on the node, and cat /sys/class/net/cni0/lower_*/brport/hairpin_mode",
      zh: "节点上的 iptables -t nat -L KUBE-MARK-MASQ -n，以及 cat /sys/class/net/cni0/lower_*/brport/hairpin_mode",
    },
  },
  "service-affinity": {
    en: ({ service, from }) => `${service} remembers its clients: all connections from ${from} go to one pod`,
    zh: ({ service, from }) => `${service} 记得它的客户端：来自 ${from} 的所有连接都去往同一个 Pod`,
    look: kubeProxy,
  },
  "service-without-endpoints": {
    en: ({ service, node }) =>
      `${service}, which no pod stands behind, refuses connections on ${node} at once: they are not lost`,
    zh: ({ service, node }) => `没有 Pod 的 ${service} 在 ${node} 上立即拒绝连接：连接不是丢失`,
    look: {
      en: "iptables -L KUBE-SERVICES -n on the node: the REJECT rule",
      zh: "节点上的 iptables -L KUBE-SERVICES -n：REJECT 规则",
    },
  },
  "node-port": {
    en: ({ service, node }) => `from ${node} the port of ${service} is open on every node, wherever its pods run`,
    zh: ({ service, node }) => `从 ${node} 看，${service} 的端口在每个节点上都开放，无论它的 Pod 在哪里运行`,
    look: kubeProxy,
  },

  reach: {
    en: ({ pod, scenario, protocol }) => `${pod} of ${scenario} reaches every other pod ${reaches[protocol].en}`,
    zh: ({ pod, protocol }) => `${pod} 能${reaches[protocol].zh}`,
    look: {
      en: "the ping claims of the pods that do not answer; iptables --list FORWARD on their nodes",
      zh: "没有应答的那些 Pod 的 ping 结论；它们所在节点上的 iptables --list FORWARD",
    },
  },
  dns: {
    en: ({ pod }) => `the cluster's DNS answers ${pod}, and so does each CoreDNS at its own address`,
    zh: ({ pod }) => `集群的 DNS 对 ${pod} 有应答，每个 CoreDNS 用自己的地址也都有应答`,
    look: {
      en: "kubectl --namespace kube-system logs deployment/coredns, and the reach claims",
      zh: "kubectl --namespace kube-system logs deployment/coredns，以及 reach 结论",
    },
  },
  "outside-name": {
    en: ({ pod, host }) => `the cluster's DNS finds a name of the outside for ${pod}, ${host}, as its node does`,
    zh: ({ pod, host }) => `集群的 DNS 能为 ${pod} 查到外部域名 ${host}，结果与它所在节点查到的一致`,
    look: {
      en: "/etc/podnet/resolv.conf on the nodes where CoreDNS runs: its nameservers must answer those nodes",
      zh: "CoreDNS 所在节点上的 /etc/podnet/resolv.conf：其中的域名服务器必须能应答这些节点",
    },
  },
};
