import type { Hop } from "../evidence/journey/journey.ts";
import type { Language, Text } from "./language.ts";
import { ipHeader, size } from "./packet.ts";

/** Where a packet is seen, and between what: in the node of both pods, or on its way out of the one node or into the other. */
export type Place =
  | "bridged: from the pod"
  | "bridged: bridge"
  | "bridged: to the pod"
  | "leaving: veth"
  | "leaving: bridge"
  | "leaving: vtep"
  | "leaving: wire"
  | "arriving: wire"
  | "arriving: vtep"
  | "arriving: bridge"
  | "arriving: veth"
  | "bare: routed"
  | "bare: leaving"
  | "bare: arriving"
  | "program: leaving bridge"
  | "program: leaving vtep"
  | "program: leaving wire"
  | "program: arriving wire"
  | "program: arriving vtep"
  | "packet: leaving bridge"
  | "packet: leaving vtep"
  | "packet: leaving wire"
  | "packet: arriving wire"
  | "packet: arriving vtep"
  | "sealed: leaving bridge"
  | "sealed: leaving vtep"
  | "sealed: leaving wire"
  | "sealed: arriving wire"
  | "sealed: arriving vtep"
  | "unexpected";

/** What is known of a hop and of its node. */
export interface HopFacts {
  readonly hop: Hop;
  /** The pods at both ends, with their lesson's number. */
  readonly sender: string;
  readonly receiver: string;
  /** Their nodes. */
  readonly fromNode: string;
  readonly toNode: string;
  /** The pod CIDR of the node that the hop is on. */
  readonly cidr?: string | undefined;
  /** What the sender's node has in its tables for the way to the other: next hop, neighbour entry and its MAC. */
  readonly via?: string | undefined;
  readonly neighbour?: string | undefined;
  readonly mac?: string | undefined;
  /** Of the sending pod. */
  readonly mtu?: number | undefined;
  /** By so many bytes that is smaller than the wire's. */
  readonly reserved: number;
  /** A line of tcpdump's is quoted that shows how it marks the frame. */
  readonly quoted: boolean;
}

interface HopWords {
  readonly title: Text;
  readonly why: Readonly<Record<Language, (facts: HopFacts) => string>>;
}

const outOfThePod: Text = { en: "Out of the pod, through its cable", zh: "离开 Pod：到达 veth 在节点上的一端" };
/** What is around a frame: the outer headers, and its own of Ethernet. */
const headers = ({ outer, source }: Hop): string => {
  const { name, bytes } = ipHeader(outer?.source ?? source);
  return `${bytes} ${name} + ${size.udp} UDP + ${size.vxlan} VXLAN + ${size.ethernet}`;
};
/** By what a neighbour's MAC is asked for. */
const asks = ({ source }: Hop): string => (ipHeader(source).name === "IPv4" ? "ARP" : "NDP");
/** flannel leaves room for an outer header of IPv4, whichever there is. */
const fits = ({ hop, mtu, reserved }: HopFacts): Text | undefined => {
  if (mtu === undefined) return undefined;
  const room = mtu + reserved;
  return grown(hop) > reserved
    ? {
        en: ` flannel leaves room for ${reserved}, with an outer header of IPv4 in mind, so that the pods' \`eth0\` has MTU ${mtu}; of a packet of more than ${room - grown(hop)} bytes the node tells the pod that it is too big.`,
        zh: `flannel 按外层 IPv4 头只留出 ${reserved} 字节，所以 Pod 的 \`eth0\` 的 MTU 是 ${mtu}；包超过 ${room - grown(hop)} 字节时，节点会告诉 Pod 它太大了。`,
      }
    : {
        en: ` That is why the pods' \`eth0\` has MTU ${mtu}: their largest packet, wrapped, is one of ${mtu + grown(hop)} bytes.`,
        zh: `所以 Pod 的 \`eth0\` 的 MTU 是 ${mtu}：最大的包封装后正好 ${mtu + grown(hop)} 字节。`,
      };
};
const grown = ({ outer, length }: Hop): number => (outer?.length ?? length) - length;

/** Why the packet is where it is, in Linux terms. */
export const hopWords: Readonly<Record<Place, HopWords>> = {
  "bridged: from the pod": {
    title: outOfThePod,
    why: {
      en: ({ hop, sender, receiver }) =>
        `What ${sender} sends on its \`eth0\` comes out here: \`${hop.interface}\` is the other end of the same cable, in the node's own network namespace. ${hop.destination} is in the pod's own subnet, so the pod asked by ${asks(hop)} who has it, and addressed the frame to ${receiver}'s own MAC; there is no gateway on this way.`,
      zh: ({ hop, sender, receiver }) =>
        `从 ${sender} 的 \`eth0\` 发出的帧，从这里出来：\`${hop.interface}\` 是这对 veth 的另一端，在节点自己的 network namespace 里。${hop.destination} 与这个 Pod 在同一个子网，所以 Pod 用 ${asks(hop)} 询问谁有这个地址，把帧直接发往 ${receiver} 自己的 MAC；这条路上没有网关。`,
    },
  },
  "bridged: bridge": {
    title: { en: "Switched by the bridge", zh: "由网桥交换" },
    why: {
      en: ({ hop, receiver, quoted }) =>
        `\`cni0\` is an Ethernet switch. It notes behind which port the sender's MAC ${hop.sourceMac} is, looks the receiver's MAC up in its forwarding database, and finds the port that it had learned from ${receiver}'s earlier frames. It reads no IP header: the TTL stays ${hop.ttl}.${quoted ? " tcpdump marks the frame `P`: not for `cni0` itself, only passed on." : ""}`,
      zh: ({ hop, receiver, quoted }) =>
        `\`cni0\` 是一台以太网交换机。它记下源 MAC ${hop.sourceMac} 在哪个端口上，再用目的 MAC 查转发表（FDB），找到以前从 ${receiver} 的帧学习到的端口。它不看 IP 头：TTL 仍是 ${hop.ttl}。${quoted ? "tcpdump 把它标为 `P`：不是发给 `cni0` 自己的，只经网桥转发。" : ""}`,
    },
  },
  "bridged: to the pod": {
    title: { en: "Into the other pod's cable", zh: "进入对方 Pod 的 veth" },
    why: {
      en: ({ hop, sender, receiver }) =>
        `Only this port gets the frame. It goes into \`${hop.interface}\` and comes out of ${receiver}'s \`eth0\`, with the MAC that ${sender} gave it and TTL ${hop.ttl}: no router was between them.`,
      zh: ({ hop, sender, receiver }) =>
        `只有这个端口得到这个帧。它进入 \`${hop.interface}\`，从 ${receiver} 的 \`eth0\` 出来，源 MAC 仍是 ${sender} 写上的，TTL 为 ${hop.ttl}：中间没有路由器。`,
    },
  },
  "leaving: veth": {
    title: outOfThePod,
    why: {
      en: ({ hop, sender, cidr = "" }) =>
        `What ${sender} sends on its \`eth0\` comes out here: \`${hop.interface}\` is the other end of the same cable, in the node's own network namespace. ${hop.destination} is not in the pod's own subnet ${cidr}, so the packet needs a router; the next step shows which.`,
      zh: ({ hop, sender, cidr = "" }) =>
        `从 ${sender} 的 \`eth0\` 发出的帧，从这里出来：\`${hop.interface}\` 是这对 veth 的另一端，在节点自己的 network namespace 里。${hop.destination} 不在这个 Pod 自己的子网 ${cidr} 里，所以需要一个路由器；下一步说明是哪一个。`,
    },
  },
  "leaving: bridge": {
    title: { en: "To the gateway: the node takes it up", zh: "到达网关：上送节点协议栈" },
    why: {
      en: ({ hop, toNode, via, quoted }) =>
        `The router is the node itself. The bridge \`cni0\` has an address, the pods' gateway, and a frame for \`cni0\`'s own MAC is not forwarded to a port but taken up by the node.${quoted ? " tcpdump marks it `In`: addressed to `cni0` itself; what the bridge only passes on it marks `P`." : ""} The node looks ${hop.destination} up in its routes: ${toNode}'s pods are reached via the next hop ${via ?? "that the route names"} on \`flannel.1\`. ${via ?? "That address"} is in no subnet that the node is directly connected to, so the kernel would refuse it as a next hop; \`onlink\` tells it to accept it as reachable directly on \`flannel.1\`.`,
      zh: ({ hop, toNode, via = "路由里写的那个地址", quoted }) =>
        `路由器就是节点自己。网桥 \`cni0\` 有一个地址，它就是 Pod 的网关；目的 MAC 是 \`cni0\` 自己的帧，不再转发到别的端口，而是上送节点协议栈。${quoted ? "tcpdump 把它标为 `In`，只经网桥转发的帧标为 `P`。" : ""}节点查路由表：去往 ${toNode} 上的 ${hop.destination}，要走 \`flannel.1\`，下一跳是 ${via}。这个地址不在节点的任何直连网段里，内核本来会拒绝；\`onlink\` 让内核把它当作在 \`flannel.1\` 上直接可达。`,
    },
  },
  "leaving: vtep": {
    title: { en: "Routed into the tunnel", zh: "路由进隧道" },
    why: {
      en: ({ hop, toNode, mac, neighbour }) =>
        `Routing took one from the TTL: ${hop.ttl} now. The packet gets a new Ethernet header, as on any next link: from \`flannel.1\`'s own MAC ${hop.sourceMac} to ${mac ?? "the MAC of the next hop"}, which the neighbour table has for the next hop${neighbour === undefined ? "" : ` ${neighbour}`}. No ${asks(hop)} was needed: flanneld read that MAC from ${toNode}'s Node object, the cluster's record of that machine, and wrote a PERMANENT entry.`,
      zh: ({ hop, toNode, mac, neighbour }) =>
        `经过一次路由，TTL 减 1，现在是 ${hop.ttl}。转发到新的链路，总要换上新的以太网头：从 \`flannel.1\` 自己的 MAC ${hop.sourceMac} 到${mac === undefined ? "" : ` ${mac}，即`}邻居表里下一跳${neighbour === undefined ? "" : ` ${neighbour} `}的 MAC。不需要 ${asks(hop)}：flanneld 从 ${toNode} 的 Node 对象（集群对这台机器的记录）里读到这个 MAC，写成了一条 PERMANENT 表项（永久表项）。`,
    },
  },
  "leaving: wire": {
    title: { en: "Wrapped: an Ethernet frame inside UDP", zh: "封装：以太网帧进入 UDP" },
    why: {
      en: ({ hop, ...known }) =>
        `\`flannel.1\` has no cable. It looks the frame's destination MAC up in its forwarding database, which answers with a machine: ${hop.outer?.destination}. So the whole frame becomes the payload of a UDP datagram to port ${hop.outer?.destinationPort} there, behind a VXLAN header with the network's number, VNI ${hop.outer?.vni}; the source port ${hop.outer?.sourcePort} is only a hash of the packet inside. The packet grows: ${headers(hop)} inner Ethernet = ${grown(hop)} bytes more.${fits({ hop, ...known })?.en ?? ""} Nothing between the machines needs to know a pod's address.`,
      zh: ({ hop, ...known }) =>
        `\`flannel.1\` 背后没有物理链路。它用帧的目的 MAC 查转发表（FDB），查到的是一台机器：${hop.outer?.destination}。于是整个帧成为一个 UDP 数据报的载荷，发往那台机器的 ${hop.outer?.destinationPort} 端口，前面加上 VXLAN 头，写明网络编号 VNI ${hop.outer?.vni}；源端口 ${hop.outer?.sourcePort} 只是内层包的哈希值。长度多出 ${grown(hop)} 字节：${headers(hop)} 内层以太网。${fits({ hop, ...known })?.zh ?? ""}途中的设备都不需要认识 Pod 的地址。`,
    },
  },
  "arriving: wire": {
    title: { en: "Across the wire, as an ordinary datagram", zh: "作为普通数据报经过节点间链路" },
    why: {
      en: ({ hop, toNode }) =>
        `For the network between them this is one node sending UDP to another. The kernel of ${toNode} has a VXLAN socket on port ${hop.outer?.destinationPort}, and VNI ${hop.outer?.vni} tells it to which of its VXLAN devices the frame inside belongs.`,
      zh: ({ hop, toNode }) =>
        `对节点之间的网络来说，这只是一个节点向另一个节点发送 UDP。${toNode} 的内核在 ${hop.outer?.destinationPort} 端口上有一个 VXLAN 套接字，VNI ${hop.outer?.vni} 告诉它里面的帧属于哪个 VXLAN 设备。`,
    },
  },
  "arriving: vtep": {
    title: { en: "Unwrapped: the frame comes out of the tunnel", zh: "解封装：帧从隧道里出来" },
    why: {
      en: ({ hop, fromNode }) =>
        `The outer headers are gone. The frame inside arrives on \`flannel.1\` as if over a cable: it is the one that ${fromNode} sent from ${hop.sourceMac}, as tcpdump found it inside the datagram, untouched, TTL ${hop.ttl} as before. It is addressed to this \`flannel.1\`, so the node takes it up and routes it.`,
      zh: ({ hop, fromNode }) =>
        `外层头部已剥掉，里面的帧到了 \`flannel.1\`，如同从网线上收到：就是 ${fromNode} 从 ${hop.sourceMac} 发出、tcpdump 在数据报里看到的那一个，原封不动，TTL 仍是 ${hop.ttl}。目的 MAC 就是这个 \`flannel.1\`，所以上送节点协议栈，再次路由。`,
    },
  },
  "arriving: bridge": {
    title: { en: "Routed again, onto the bridge", zh: "再次路由，到网桥上" },
    why: {
      en: ({ hop, cidr = "the node's own pod CIDR" }) =>
        `The second router takes its one: TTL ${hop.ttl}. ${hop.destination} is in ${cidr}, which the node's routes have directly on \`cni0\`, without a next hop: so the pod is a neighbour there, and ${asks(hop)}, as on any Ethernet, gave the node its MAC. The frame's sender is now \`cni0\` itself, ${hop.sourceMac}.`,
      zh: ({ hop, cidr = "节点自己的 Pod 网段" }) =>
        `第二个路由器再减 1：TTL ${hop.ttl}。${hop.destination} 在 ${cidr} 里，路由表里它直连在 \`cni0\` 上，没有下一跳：所以 Pod 在那里是邻居；和普通以太网一样，节点用 ${asks(hop)} 得到它的 MAC。帧的源 MAC 现在是 \`cni0\` 自己的 ${hop.sourceMac}。`,
    },
  },
  "arriving: veth": {
    title: { en: "Into the pod", zh: "进入 Pod" },
    why: {
      en: ({ hop, receiver }) =>
        `The bridge sends the frame out of the port behind which the pod's MAC is. \`${hop.interface}\` is one end of a cable; the other end is ${receiver}'s \`eth0\`. The packet arrives with TTL ${hop.ttl}, two less than it was sent with: two routers, the two nodes.`,
      zh: ({ hop, receiver }) =>
        `网桥把帧从 Pod 的 MAC 所在的端口送出去。\`${hop.interface}\` 是一对 veth 的一端，对端就是 ${receiver} 的 \`eth0\`。包到达时 TTL 为 ${hop.ttl}，比发出时少 2：两个路由器，就是这两个节点。`,
    },
  },
  "bare: routed": {
    title: { en: "To the gateway: the node takes it up", zh: "到达网关：上送节点协议栈" },
    why: {
      en: ({ hop, toNode, via, quoted }) =>
        `The router is the node itself. The bridge \`cni0\` has an address, the pods' gateway, and a frame for \`cni0\`'s own MAC is not forwarded to a port but taken up by the node.${quoted ? " tcpdump marks it `In`: addressed to `cni0` itself; what the bridge only passes on it marks `P`." : ""} The node looks ${hop.destination} up in its routes: ${toNode}'s pods are reached via ${via ?? "the next hop that the route names"}, which is ${toNode}'s own address, in the network that both machines are directly connected to.`,
      zh: ({ hop, toNode, via = "路由里写的那个地址", quoted }) =>
        `路由器就是节点自己。网桥 \`cni0\` 有一个地址，它就是 Pod 的网关；目的 MAC 是 \`cni0\` 自己的帧，不再转发到别的端口，而是上送节点协议栈。${quoted ? "tcpdump 把它标为 `In`，只经网桥转发的帧标为 `P`。" : ""}节点查路由表：去往 ${toNode} 上的 ${hop.destination}，下一跳是 ${via}，也就是 ${toNode} 自己的地址，在两台机器都直连的那个网络里。`,
    },
  },
  "bare: leaving": {
    title: { en: "Out of the node, as it is", zh: "原样离开节点" },
    why: {
      en: ({ hop, toNode, mac, mtu, reserved }) =>
        `Routing took one from the TTL: ${hop.ttl} now. The packet gets a new Ethernet header, as on any next link: from \`${hop.interface}\`'s own MAC ${hop.sourceMac} to ${mac ?? "the next hop's"}, which ${asks(hop)} found for ${toNode}'s address. Its IP header still carries the pods' addresses, and nothing is put around it: so the pods' \`eth0\` ${reserved > 0 ? `need not have ${reserved} bytes less than the wire; it has, for nodes that are behind a router` : mtu === undefined ? "has the MTU of the wire itself" : `has MTU ${mtu}, that of the wire itself`}. What is between the machines sees those addresses, and must let them pass.`,
      zh: ({ hop, toNode, mac, mtu, reserved }) =>
        `经过一次路由，TTL 减 1，现在是 ${hop.ttl}。转发到新的链路，总要换上新的以太网头：从 \`${hop.interface}\` 自己的 MAC ${hop.sourceMac} 到 ${mac ?? "下一跳的 MAC"}，它是用 ${asks(hop)} 问 ${toNode} 的地址得到的。IP 头里仍是 Pod 的地址，外面什么也不加：${reserved > 0 ? `Pod 的 \`eth0\` 的 MTU 仍比链路少 ${reserved} 字节，那是为隔着路由器的节点留的` : `所以 Pod 的 \`eth0\` 的 MTU 就是节点间链路的 MTU${mtu === undefined ? "" : `，${mtu}`}`}。节点之间的网络看得见这些地址，并且必须放行。`,
    },
  },
  "bare: arriving": {
    title: { en: "Into the other node, and routed again", zh: "进入对方节点，再次路由" },
    why: {
      en: ({ hop, toNode }) =>
        `The frame is for ${toNode}'s own MAC, the packet in it for one of its pods: so ${toNode} takes the frame up and routes the packet, as it forwards for anybody. TTL ${hop.ttl}, as it left: there was no router between the machines.`,
      zh: ({ hop, toNode }) =>
        `帧的目的 MAC 是 ${toNode} 自己的，里面的包却是给它的一个 Pod 的：所以 ${toNode} 收下这个帧，再为包查路由，和转发任何包一样。TTL 仍是 ${hop.ttl}：两台机器之间没有路由器。`,
    },
  },
  "program: leaving bridge": {
    title: { en: "To the gateway: the node takes it up", zh: "到达网关：上送节点协议栈" },
    why: {
      en: ({ hop, quoted }) =>
        `The router is the node itself. The bridge \`cni0\` has an address, the pods' gateway, and a frame for \`cni0\`'s own MAC is not forwarded to a port but taken up by the node.${quoted ? " tcpdump marks it `In`: addressed to `cni0` itself; what the bridge only passes on it marks `P`." : ""} The node looks ${hop.destination} up in its routes: its own part of the pod network is on \`cni0\`, and all the rest leads into \`flannel0\`.`,
      zh: ({ hop, quoted }) =>
        `路由器就是节点自己。网桥 \`cni0\` 有一个地址，它就是 Pod 的网关；目的 MAC 是 \`cni0\` 自己的帧，不再转发到别的端口，而是上送节点协议栈。${quoted ? "tcpdump 把它标为 `In`，只经网桥转发的帧标为 `P`。" : ""}节点为 ${hop.destination} 查路由表：Pod 网络里自己的那一段在 \`cni0\` 上，其余的都进入 \`flannel0\`。`,
    },
  },
  "program: leaving vtep": {
    title: { en: "Out of the kernel, to a program", zh: "离开内核，交给程序" },
    why: {
      en: ({ hop }) =>
        `Routing took one from the TTL: ${hop.ttl} now. \`flannel0\` is a tun device: what is sent into it comes out where a program reads it, as bare IP packets, without any Ethernet header. The program is flanneld.`,
      zh: ({ hop }) =>
        `经过一次路由，TTL 减 1，现在是 ${hop.ttl}。\`flannel0\` 是 tun 设备：送进去的包由一个程序读出来，是不带以太网头的 IP 包。这个程序就是 flanneld。`,
    },
  },
  "program: leaving wire": {
    title: { en: "Wrapped: a packet inside UDP", zh: "封装：数据包进入 UDP" },
    why: {
      en: ({ hop, mtu }) =>
        `flanneld took one from the TTL as well, ${hop.ttl} now, looked ${hop.destination} up in a table of its own, and sent the packet as the payload of a UDP datagram to port ${hop.outer?.destinationPort} of ${hop.outer?.destination}. The packet grows: ${size.ipv4} IPv4 + ${size.udp} UDP = ${grown(hop)} bytes more.${mtu === undefined ? "" : ` That is why the pods' \`eth0\` has MTU ${mtu}.`} Twice a packet went between kernel and program, which is what makes this way slow.`,
      zh: ({ hop, mtu }) =>
        `flanneld 也把 TTL 减了 1，现在是 ${hop.ttl}；它在自己的表里查到 ${hop.destination}，把整个包作为 UDP 数据报的载荷，发往 ${hop.outer?.destination} 的 ${hop.outer?.destinationPort} 端口。长度多出 ${grown(hop)} 字节：${size.ipv4} IPv4 + ${size.udp} UDP。${mtu === undefined ? "" : `所以 Pod 的 \`eth0\` 的 MTU 是 ${mtu}。`}包在内核和程序之间走了两趟，所以这种方式慢。`,
    },
  },
  "program: arriving wire": {
    title: { en: "Across the wire, as an ordinary datagram", zh: "作为普通数据报经过节点间链路" },
    why: {
      en: ({ hop, toNode }) =>
        `For the network between them this is one node sending UDP to another. On ${toNode} the socket on port ${hop.outer?.destinationPort} is flanneld's own.`,
      zh: ({ hop, toNode }) =>
        `对节点之间的网络来说，这只是一个节点向另一个节点发送 UDP。在 ${toNode} 上，${hop.outer?.destinationPort} 端口的套接字是 flanneld 自己的。`,
    },
  },
  "program: arriving vtep": {
    title: { en: "Back into the kernel", zh: "回到内核" },
    why: {
      en: ({ hop }) =>
        `flanneld took the datagram's payload, and one from its TTL, ${hop.ttl} now, and wrote it into \`flannel0\`: there it arrives as if over a cable, and the node routes it.`,
      zh: ({ hop }) =>
        `flanneld 取出数据报的载荷，TTL 再减 1，现在是 ${hop.ttl}，写进 \`flannel0\`：包从那里进来，和从网线上收到一样，节点再为它查路由。`,
    },
  },
  "packet: leaving bridge": {
    title: { en: "To the gateway: the node takes it up", zh: "到达网关：上送节点协议栈" },
    why: {
      en: ({ hop, toNode, via, quoted }) =>
        `The router is the node itself. The bridge \`cni0\` has an address, the pods' gateway, and a frame for \`cni0\`'s own MAC is not forwarded to a port but taken up by the node.${quoted ? " tcpdump marks it `In`: addressed to `cni0` itself; what the bridge only passes on it marks `P`." : ""} The node looks ${hop.destination} up in its routes: ${toNode}'s pods are reached on \`flannel.ipip\`, via ${via ?? "the next hop that the route names"}, which is ${toNode}'s own address. That device is in no subnet; \`onlink\` tells the kernel to accept the address as reachable there all the same.`,
      zh: ({ hop, toNode, via = "路由里写的那个地址", quoted }) =>
        `路由器就是节点自己。网桥 \`cni0\` 有一个地址，它就是 Pod 的网关；目的 MAC 是 \`cni0\` 自己的帧，不再转发到别的端口，而是上送节点协议栈。${quoted ? "tcpdump 把它标为 `In`，只经网桥转发的帧标为 `P`。" : ""}节点为 ${hop.destination} 查路由表：去往 ${toNode} 的 Pod 要走 \`flannel.ipip\`，下一跳是 ${via}，也就是 ${toNode} 自己的地址。这个设备不在任何网段里；\`onlink\` 让内核仍然把这个地址当作在那里直接可达。`,
    },
  },
  "packet: leaving vtep": {
    title: { en: "Routed into the tunnel", zh: "路由进隧道" },
    why: {
      en: ({ hop, toNode }) =>
        `Routing took one from the TTL: ${hop.ttl} now. \`flannel.ipip\` has no link layer, so no Ethernet header and no MAC: it is given the bare packet, and with it the next hop, ${toNode}'s address.`,
      zh: ({ hop, toNode }) =>
        `经过一次路由，TTL 减 1，现在是 ${hop.ttl}。\`flannel.ipip\` 没有链路层，所以没有以太网头，也没有 MAC：交给它的就是 IP 包本身，以及下一跳，即 ${toNode} 的地址。`,
    },
  },
  "packet: leaving wire": {
    title: { en: "Wrapped: an IP packet inside an IP packet", zh: "封装：IP 包进入 IP 包" },
    why: {
      en: ({ hop, mtu }) =>
        `The kernel puts one more IP header in front: from the node's own address to the next hop, ${hop.outer?.destination}, and as its protocol number 4, which says that another IP header follows. Nothing else is between the two. The packet grows by ${grown(hop)} bytes.${mtu === undefined ? "" : ` That is why the pods' \`eth0\` has MTU ${mtu}.`} The outer TTL, ${hop.outer?.ttl}, was taken over from the packet inside. There are no ports: a firewall that knows TCP, UDP and ICMP alone drops it.`,
      zh: ({ hop, mtu }) =>
        `内核在前面再加一个 IP 头：从节点自己的地址到下一跳 ${hop.outer?.destination}，协议号是 4，意思是后面又是一个 IP 头。两个头之间没有别的内容。长度多出 ${grown(hop)} 字节。${mtu === undefined ? "" : `所以 Pod 的 \`eth0\` 的 MTU 是 ${mtu}。`}外层的 TTL ${hop.outer?.ttl} 取自里面的包。没有端口：只认识 TCP、UDP 和 ICMP 的防火墙会丢掉它。`,
    },
  },
  "packet: arriving wire": {
    title: { en: "Across the wire, from machine to machine", zh: "从机器到机器经过节点间链路" },
    why: {
      en: ({ hop, toNode }) =>
        `For the network between them this is one node sending an IP packet to another. The kernel of ${toNode} finds by protocol number 4 that a tunnel is meant, and by the destination ${hop.outer?.destination} that it is \`flannel.ipip\`, which has this address as its own.`,
      zh: ({ hop, toNode }) =>
        `对节点之间的网络来说，这只是一个节点向另一个节点发送 IP 包。${toNode} 的内核从协议号 4 知道这是隧道的包，再从目的地址 ${hop.outer?.destination} 知道它属于 \`flannel.ipip\`，因为这正是那个设备自己的地址。`,
    },
  },
  "packet: arriving vtep": {
    title: { en: "Unwrapped: the packet comes out of the tunnel", zh: "解封装：包从隧道里出来" },
    why: {
      en: ({ hop }) =>
        `The outer header is gone. The packet inside arrives on \`flannel.ipip\` as it was sent into the other one, TTL ${hop.ttl} as before, and the node routes it.`,
      zh: ({ hop }) =>
        `外层头部已剥掉，里面的包到了 \`flannel.ipip\`，和它进入对端那个设备时一样，TTL 仍是 ${hop.ttl}；节点再为它查路由。`,
    },
  },
  "sealed: leaving bridge": {
    title: { en: "To the gateway: the node takes it up", zh: "到达网关：上送节点协议栈" },
    why: {
      en: ({ hop, quoted }) =>
        `The router is the node itself. The bridge \`cni0\` has an address, the pods' gateway, and a frame for \`cni0\`'s own MAC is not forwarded to a port but taken up by the node.${quoted ? " tcpdump marks it `In`: addressed to `cni0` itself; what the bridge only passes on it marks `P`." : ""} The node looks ${hop.destination} up in its routes: its own part of the pod network is on \`cni0\`, and all the rest leads into \`flannel-wg\`.`,
      zh: ({ hop, quoted }) =>
        `路由器就是节点自己。网桥 \`cni0\` 有一个地址，它就是 Pod 的网关；目的 MAC 是 \`cni0\` 自己的帧，不再转发到别的端口，而是上送节点协议栈。${quoted ? "tcpdump 把它标为 `In`，只经网桥转发的帧标为 `P`。" : ""}节点为 ${hop.destination} 查路由表：Pod 网络里自己的那一段在 \`cni0\` 上，其余的都进入 \`flannel-wg\`。`,
    },
  },
  "sealed: leaving vtep": {
    title: { en: "Routed into the tunnel", zh: "路由进隧道" },
    why: {
      en: ({ hop, toNode }) =>
        `Routing took one from the TTL: ${hop.ttl} now. \`flannel-wg\` is a WireGuard device: it looks up to which peer's addresses ${hop.destination} belongs, and that one's key is ${toNode}'s. This is the last place on this machine where the packet can be read.`,
      zh: ({ hop, toNode }) =>
        `经过一次路由，TTL 减 1，现在是 ${hop.ttl}。\`flannel-wg\` 是 WireGuard 设备：它查 ${hop.destination} 属于哪个对等方的地址，那个对等方的公钥就是 ${toNode} 的。这是在这台机器上最后一个还能读出这个包的地方。`,
    },
  },
  "sealed: leaving wire": {
    title: { en: "Encrypted, inside UDP", zh: "加密后封装进 UDP" },
    why: {
      en: ({ hop, mtu }) =>
        `The kernel filled the packet up to a multiple of 16 bytes, encrypted it, and sent it as the payload of a UDP datagram to port ${hop.outer?.destinationPort} of ${hop.outer?.destination}. Nobody on the way can read what is inside, and neither can this capture: which packet it is follows from port, direction, length and time. The datagram is ${grown(hop)} bytes longer: ${size.ipv4} IPv4 + ${size.udp} UDP + ${size.wireguard} WireGuard + ${size.tag} for the tag that shows that nothing was changed, and what fills up.${mtu === undefined ? "" : ` The pods' \`eth0\` has MTU ${mtu}: flannel leaves room for an outer header of IPv6.`}`,
      zh: ({ hop, mtu }) =>
        `内核把包补齐到 16 字节的整数倍，加密，作为 UDP 数据报的载荷发往 ${hop.outer?.destination} 的 ${hop.outer?.destinationPort} 端口。途中谁也读不出里面是什么，这次抓包也不能：它是哪个包，由端口、方向、长度和时间推出。数据报长出 ${grown(hop)} 字节：${size.ipv4} IPv4 + ${size.udp} UDP + ${size.wireguard} WireGuard + ${size.tag} 字节的认证标签（证明内容没有被改动），再加上补齐的字节。${mtu === undefined ? "" : `Pod 的 \`eth0\` 的 MTU 是 ${mtu}：flannel 留出了外层用 IPv6 头时的余量。`}`,
    },
  },
  "sealed: arriving wire": {
    title: { en: "Across the wire, as an ordinary datagram", zh: "作为普通数据报经过节点间链路" },
    why: {
      en: ({ hop, toNode, fromNode }) =>
        `For the network between them this is one node sending UDP to another. The kernel of ${toNode} has a WireGuard socket on port ${hop.outer?.destinationPort}, decrypts the payload by the key that it agreed on with ${fromNode}, and takes it only if its sender's address goes with that peer.`,
      zh: ({ hop, toNode, fromNode }) =>
        `对节点之间的网络来说，这只是一个节点向另一个节点发送 UDP。${toNode} 的内核在 ${hop.outer?.destinationPort} 端口上有一个 WireGuard 套接字，用它与 ${fromNode} 协商好的密钥解密载荷，并且只有源地址属于这个对等方时才收下。`,
    },
  },
  "sealed: arriving vtep": {
    title: { en: "Decrypted: the packet comes out of the tunnel", zh: "解密：包从隧道里出来" },
    why: {
      en: ({ hop }) =>
        `Here the packet can be read again. It arrives on \`flannel-wg\` as it was sent into the other one, TTL ${hop.ttl} as before, and the node routes it.`,
      zh: ({ hop }) =>
        `到这里又能读出这个包了。它到了 \`flannel-wg\`，和进入对端那个设备时一样，TTL 仍是 ${hop.ttl}；节点再为它查路由。`,
    },
  },
  unexpected: {
    title: { en: "Seen where it was not expected", zh: "在预期之外的接口上看到" },
    why: {
      en: ({ hop }) =>
        `This packet was not expected on \`${hop.interface}\` of ${hop.machine}. The claims about the journey say what was.`,
      zh: ({ hop }) =>
        `这个数据包本不该出现在 ${hop.machine} 的 \`${hop.interface}\` 上。关于旅程的结论写明了本来的预期。`,
    },
  },
};
