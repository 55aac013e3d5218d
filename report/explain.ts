import type { Claim } from "../evidence/claim.ts";
import type { Hop } from "../evidence/journey/journey.ts";
import type { ClusterView, PodView } from "./cluster-view.ts";
import type { Text } from "./language.ts";
import { size } from "./packet.ts";
import { nameOf } from "./pod-names.ts";
import type { Proofs } from "./proofs.ts";
import { entryId, type tables } from "./route.ts";

/** A claim that proves a step; or a line of its raw output that does, where its sentence is about something else. */
export interface Proof {
  readonly claim: Claim;
  readonly quote?: { readonly command: string; readonly line: string };
}

/** A hop in Linux terms, and what proves it. */
export interface Explained {
  readonly title: Text;
  readonly why: Text;
  readonly proofs: readonly Proof[];
  /** The id of the entry that the node looked up. */
  readonly entry?: string;
}

interface Leg {
  readonly hop: Hop;
  readonly scenario: string;
  /** The pod that sends on this leg, and the one that is to receive. */
  readonly from: PodView;
  readonly to: PodView;
  readonly proofs: Proofs;
}

const bridge = "cni0";

/** Where in a machine a packet is. */
export type Layer = "veth" | "bridge" | "vtep" | "wire";

export const layerOf = (hop: Hop): Layer =>
  hop.outer !== undefined
    ? "wire"
    : hop.interface.startsWith("flannel.")
      ? "vtep"
      : hop.interface === bridge
        ? "bridge"
        : "veth";

/** Why the packet is where it is. */
export function explain(hop: Hop, scenario: string, view: ClusterView, proofs: Proofs): Explained {
  const pod = (ip: string): PodView | undefined => view.pods.find((one) => one.ip === ip);
  const [from, to] = [pod(hop.source), pod(hop.destination)];
  if (from === undefined || to === undefined) return strange(hop);
  const leg: Leg = { hop, scenario, from, to, proofs };
  const explained =
    from.node === to.node ? bridged(leg) : hop.machine === from.node ? leaving(leg, view) : arriving(leg, view);
  if (explained === undefined) return strange(hop);
  const { ids, quote, ...words } = explained;
  const cited = ids.flatMap((id): Proof[] => {
    const claim = proofs.get(scenario, ...id);
    return claim === undefined ? [] : [{ claim }];
  });
  return { ...words, ...lookedUp(leg), proofs: quote === undefined ? cited : [quote, ...cited] };
}

/** The entry of a table that led the packet here: on the way out one for each layer, on the way in the route to the node's own pods. */
function lookedUp({ hop, from, to }: Leg): Pick<Explained, "entry"> {
  if (from.node === to.node) return {};
  const layer = layerOf(hop);
  const table = hop.machine === from.node ? lookUp[layer] : layer === "bridge" ? "route" : undefined;
  return table === undefined ? {} : { entry: entryId(hop.machine, to.node, table) };
}

/** The first line of a claim's raw output that fits. */
function quoted(
  { proofs, scenario }: Leg,
  id: readonly string[],
  command: string,
  fits: (line: string) => boolean,
): Proof | undefined {
  const claim = proofs.get(scenario, ...id);
  const line = claim?.output.split("\n").find(fits)?.trim();
  return claim === undefined || line === undefined ? undefined : { claim, quote: { command, line } };
}

/** On the way out each layer is reached by an entry of a table. */
const lookUp: Readonly<Partial<Record<Layer, (typeof tables)[number]>>> = {
  bridge: "route",
  vtep: "neighbour",
  wire: "fdb",
};

type Draft = Pick<Explained, "title" | "why"> & {
  readonly ids: readonly (readonly string[])[];
  readonly quote?: Proof | undefined;
};

function strange({ machine, interface: device }: Hop): Explained {
  return {
    title: { en: `Seen on ${device}`, zh: `在 ${device} 上看到` },
    why: {
      en: `This packet was not expected on \`${device}\` of ${machine}. The claims about the journey say what was.`,
      zh: `这个数据包本不该出现在 ${machine} 的 \`${device}\` 上。关于旅程的结论写明了本来的预期。`,
    },
    proofs: [],
  };
}

/** Two pods of one node: an Ethernet switch between them. */
function bridged(leg: Leg): Draft | undefined {
  const { hop, from, to } = leg;
  const [sender, receiver] = [nameOf(from), nameOf(to)];
  const layer = layerOf(hop);
  if (layer === "veth" && hop.direction === "in") {
    return {
      title: { en: "Out of the pod, through its cable", zh: "离开 Pod，沿虚拟网线出来" },
      why: {
        en: `What ${sender} sends on its \`eth0\` comes out here: \`${hop.interface}\` is the other end of the same cable, in the node's own network namespace. ${hop.destination} is in the pod's own subnet, so the pod asked by ARP who has it, and addressed the frame to ${receiver}'s own MAC; there is no gateway on this way.`,
        zh: `${sender} 从自己的 \`eth0\` 发出的东西从这里出来：\`${hop.interface}\` 是同一根虚拟网线的另一端，在节点自己的 network namespace 里。${hop.destination} 与这个 Pod 在同一个子网，所以 Pod 用 ARP 询问谁有这个地址，把帧直接发往 ${receiver} 自己的 MAC；这条路上没有网关。`,
      },
      ids: [
        ["bridge-port", from.name],
        ["neighbour", from.name],
      ],
    };
  }
  if (layer === "bridge") {
    const quote = quoted(
      leg,
      ["journey", hop.leg],
      "tcpdump",
      (line) => /^\S+ cni0\s+P\s/.test(line) && line.includes(` ${hop.source} > ${hop.destination}: `),
    );
    return {
      title: { en: "Switched by the bridge", zh: "由网桥交换" },
      why: {
        en: `\`cni0\` is an Ethernet switch. It notes behind which port the sender's MAC ${hop.sourceMac} is, looks the receiver's MAC up in its forwarding database, and finds the port that it had learned from ${receiver}'s earlier frames. It reads no IP header: the TTL stays ${hop.ttl}.${quote ? " tcpdump marks the frame `P`: not for `cni0` itself, only passed on." : ""}`,
        zh: `\`cni0\` 是一台以太网交换机。它记下发送方的 MAC ${hop.sourceMac} 在哪个端口后面，再到转发数据库里查接收方的 MAC，找到以前从 ${receiver} 的帧学到的端口。它不看 IP 头：TTL 仍是 ${hop.ttl}。${quote ? "tcpdump 标的是 `P`：不是发给 `cni0` 自己的，只是转发。" : ""}`,
      },
      ids: [
        ["forwarding", to.name],
        ["forwarding", from.name],
      ],
      quote,
    };
  }
  if (layer === "veth") {
    return {
      title: { en: "Into the other pod's cable", zh: "进入另一个 Pod 的虚拟网线" },
      why: {
        en: `Only this port gets the frame. It goes into \`${hop.interface}\` and comes out of ${receiver}'s \`eth0\`, with the MAC that ${sender} gave it and TTL ${hop.ttl}: no router was between them.`,
        zh: `只有这个端口得到这个帧。它进入 \`${hop.interface}\`，从 ${receiver} 的 \`eth0\` 出来，源 MAC 仍是 ${sender} 写上的，TTL 为 ${hop.ttl}：中间没有路由器。`,
      },
      ids: [
        ["bridge-port", to.name],
        ["ping", from.name, to.name],
        ["journey", hop.leg],
      ],
    };
  }
  return undefined;
}

/** On the sender's node: from the pod into the tunnel. */
function leaving(leg: Leg, view: ClusterView): Draft | undefined {
  const { hop, from, to } = leg;
  const sender = nameOf(from);
  const node = view.nodes.find(({ name }) => name === from.node);
  const way = node?.ways.find((one) => one.node === to.node);
  const cidr = node?.podCidr ?? "";
  switch (layerOf(hop)) {
    case "veth":
      return {
        title: { en: "Out of the pod, through its cable", zh: "离开 Pod，沿虚拟网线出来" },
        why: {
          en: `What ${sender} sends on its \`eth0\` comes out here: \`${hop.interface}\` is the other end of the same cable, in the node's own network namespace. ${hop.destination} is not in the pod's own subnet ${cidr}, so the packet needs a router; the next step shows which.`,
          zh: `${sender} 从自己的 \`eth0\` 发出的东西从这里出来：\`${hop.interface}\` 是同一根虚拟网线的另一端，在节点自己的 network namespace 里。${hop.destination} 不在这个 Pod 自己的子网 ${cidr} 里，所以需要一个路由器；下一步说明是哪一个。`,
        },
        ids: [
          ["veth-peer", from.name],
          ["in-node-cidr", from.name],
        ],
      };
    case "bridge": {
      const via = way?.via;
      const quote = quoted(
        leg,
        ["journey", hop.leg, from.node],
        "tcpdump",
        (line) => /^\S+ cni0\s+In\s/.test(line) && line.includes(` ${hop.source} > ${hop.destination}: `),
      );
      return {
        title: { en: "To the gateway: the node takes it up", zh: "到达网关：节点收下它" },
        why: {
          en: `The router is the node itself. The bridge \`cni0\` has an address, the pods' gateway, and a frame for \`cni0\`'s own MAC is not forwarded to a port but taken up by the node.${quote ? " tcpdump marks it `In`: addressed to `cni0` itself; what the bridge only passes on it marks `P`." : ""} The node looks ${hop.destination} up in its routes: ${to.node}'s pods are reached via the next hop ${via ?? "that the route names"} on \`flannel.1\`. ${via ?? "That address"} is in no subnet that the node is directly connected to, so the kernel would refuse it as a next hop; \`onlink\` tells it to accept it as reachable directly on \`flannel.1\`.`,
          zh: `路由器就是节点自己。网桥 \`cni0\` 有一个地址，就是 Pod 的网关；发给 \`cni0\` 自己 MAC 的帧不会转发到端口，而是由节点收下。${quote ? "tcpdump 标的是 `In`：发给 `cni0` 自己；网桥只是转发的帧标的是 `P`。" : ""}节点在路由表里查 ${hop.destination}：${to.node} 上的 Pod 要经过 \`flannel.1\` 上的下一跳 ${via ?? ""}。${via ?? "这个地址"} 不在本节点任何直连的子网里，内核本来不接受它作下一跳；\`onlink\` 叫内核把它当作在 \`flannel.1\` 上直接可达。`,
        },
        ids: [["route", from.node], ["different-pod-cidrs"]],
        quote,
      };
    }
    case "vtep":
      return {
        title: { en: "Routed into the tunnel", zh: "路由进隧道" },
        why: {
          en: `Routing took one from the TTL: ${hop.ttl} now. The packet gets a new Ethernet header, as on any next link: from \`flannel.1\`'s own MAC ${hop.sourceMac} to ${way?.mac ?? "the MAC of the next hop"}, which the neighbour table has for the next hop${way?.neighbour === undefined ? "" : ` ${way.neighbour}`}. No ARP was needed: flanneld read that MAC from ${to.node}'s Node object, the cluster's record of that machine, and wrote a PERMANENT entry.`,
          zh: `路由使 TTL 减一：现在是 ${hop.ttl}。像在任何下一段链路上一样，包得到一个新的以太网头：从 \`flannel.1\` 自己的 MAC ${hop.sourceMac} 到 ${way?.mac ?? "下一跳的 MAC"}，这是邻居表里下一跳${way?.neighbour === undefined ? "" : ` ${way.neighbour} `}的 MAC。不需要 ARP：flanneld 从 ${to.node} 的 Node 对象（集群对这台机器的记录）里读到这个 MAC，写成了一条 PERMANENT 表项。`,
        },
        ids: [
          ["vtep-neighbour", from.node, to.node],
          ["vtep", from.node],
        ],
        quote: quoted(
          leg,
          ["different-pod-cidrs"],
          "kubectl get nodes",
          (line) => way?.mac !== undefined && line.includes("VtepMAC") && line.includes(way.mac),
        ),
      };
    case "wire":
      return wrapped(leg);
  }
}

function wrapped({ hop, from, to }: Leg): Draft | undefined {
  const { outer } = hop;
  if (outer === undefined) return undefined;
  const more = outer.length - hop.length;
  const parts = ["IPv4", "UDP", "VXLAN"].map((name, at) => `${[size.ipv4, size.udp, size.vxlan][at]} ${name}`);
  const sum = {
    en: `${parts.join(" + ")} + ${size.ethernet} inner Ethernet = ${more}`,
    zh: `${parts.join(" + ")} + ${size.ethernet} 内层以太网 = ${more}`,
  };
  const mtu = from.eth0?.mtu;
  return {
    title: { en: "Wrapped: an Ethernet frame inside UDP", zh: "封装：以太网帧装进 UDP" },
    why: {
      en: `\`flannel.1\` has no cable. It looks the frame's destination MAC up in its forwarding database, which answers with a machine: ${outer.destination}. So the whole frame becomes the payload of a UDP datagram to port ${outer.destinationPort} there, behind a VXLAN header with the network's number, VNI ${outer.vni}; the source port ${outer.sourcePort} is only a hash of the packet inside. The packet grows: ${sum.en} bytes more.${mtu === undefined ? "" : ` That is why the pods' \`eth0\` has MTU ${mtu}: their largest packet, wrapped, is one of ${mtu + more} bytes.`} Nothing between the machines needs to know a pod's address.`,
      zh: `\`flannel.1\` 没有网线。它到转发数据库里查这个帧的目的 MAC，得到的是一台机器：${outer.destination}。于是整个帧成了一个 UDP 数据报的载荷，发往那里的端口 ${outer.destinationPort}，前面加一个 VXLAN 头，写着网络编号 VNI ${outer.vni}；源端口 ${outer.sourcePort} 只是里面那个包的哈希值。包变大了：${sum.zh} 字节。${mtu === undefined ? "" : `所以 Pod 的 \`eth0\` 的 MTU 是 ${mtu}：最大的包封装以后是 ${mtu + more} 字节。`}机器之间的任何设备都不需要知道 Pod 的地址。`,
    },
    ids: [
      ["vtep-forwarding", from.node, to.node],
      ["journey", "encapsulation", hop.leg],
      ["mtu-passes", from.name, to.name],
    ],
  };
}

/** On the receiver's node: from the tunnel to the pod. */
function arriving(leg: Leg, view: ClusterView): Draft | undefined {
  const { hop, from, to } = leg;
  const receiver = nameOf(to);
  const node = view.nodes.find(({ name }) => name === to.node);
  switch (layerOf(hop)) {
    case "wire":
      return {
        title: { en: "Across the wire, as an ordinary datagram", zh: "作为普通数据报穿过链路" },
        why: {
          en: `For the network between them this is one node sending UDP to another. The kernel of ${to.node} has a VXLAN socket on port ${hop.outer?.destinationPort}, and VNI ${hop.outer?.vni} tells it to which of its VXLAN devices the frame inside belongs.`,
          zh: `对两台机器之间的网络来说，这只是一个节点向另一个节点发送 UDP。${to.node} 的内核在端口 ${hop.outer?.destinationPort} 上有一个 VXLAN 套接字，VNI ${hop.outer?.vni} 告诉它里面的帧属于哪个 VXLAN 设备。`,
        },
        ids: [
          ["vtep", to.node],
          ["journey", "encapsulation", hop.leg],
        ],
      };
    case "vtep":
      return {
        title: { en: "Unwrapped: the frame comes out of the tunnel", zh: "解封装：帧从隧道里出来" },
        why: {
          en: `The outer headers are gone. The frame inside arrives on \`flannel.1\` as if over a cable: it is the one that ${from.node} sent from ${hop.sourceMac}, as tcpdump found it inside the datagram, untouched, TTL ${hop.ttl} as before. It is addressed to this \`flannel.1\`, so the node takes it up and routes it.`,
          zh: `外层的头都去掉了。里面的帧像从网线上来的一样到达 \`flannel.1\`：就是 ${from.node} 从 ${hop.sourceMac} 发出、tcpdump 在数据报里看到的那个帧，原封不动，TTL 仍是 ${hop.ttl}。它的目的地就是这个 \`flannel.1\`，所以节点收下它，再做路由。`,
        },
        ids: [
          ["vtep", to.node],
          ["journey", hop.leg, to.node],
        ],
        quote: quoted(
          leg,
          ["journey", hop.leg, to.node],
          "tcpdump",
          (line) => line.startsWith(`${hop.sourceMac} > `) && line.includes(` ${hop.source} > ${hop.destination}: `),
        ),
      };
    case "bridge":
      return {
        title: { en: "Routed again, onto the bridge", zh: "再次路由，到网桥上" },
        why: {
          en: `The second router takes its one: TTL ${hop.ttl}. ${hop.destination} is in ${node?.podCidr ?? "the node's own pod CIDR"}, which the node's routes have directly on \`cni0\`, without a next hop: so the pod is a neighbour there, and ARP, as on any Ethernet, gave the node its MAC. The frame's sender is now \`cni0\` itself, ${hop.sourceMac}.`,
          zh: `第二个路由器也减一：TTL ${hop.ttl}。${hop.destination} 在 ${node?.podCidr ?? "节点自己的 Pod 网段"} 里，路由表说它直接连在 \`cni0\` 上，没有下一跳：所以 Pod 在那里是邻居，节点像在任何以太网上一样用 ARP 得到它的 MAC。帧的发送方现在是 \`cni0\` 自己，${hop.sourceMac}。`,
        },
        ids: [["in-node-cidr", to.name]],
        quote: quoted(
          leg,
          ["route", to.node],
          "ip route",
          (line) => node?.podCidr !== undefined && line.startsWith(`${node.podCidr} dev cni0`),
        ),
      };
    case "veth":
      return {
        title: { en: "Into the pod", zh: "进入 Pod" },
        why: {
          en: `The bridge sends the frame out of the port behind which the pod's MAC is. \`${hop.interface}\` is one end of a cable; the other end is ${receiver}'s \`eth0\`. The packet arrives with TTL ${hop.ttl}, two less than it was sent with: two routers, the two nodes.`,
          zh: `网桥把帧从 Pod 的 MAC 所在的端口送出去。\`${hop.interface}\` 是一根虚拟网线的一端，另一端就是 ${receiver} 的 \`eth0\`。包到达时 TTL 为 ${hop.ttl}，比发出时少了 2：两个路由器，就是这两个节点。`,
        },
        ids: [
          ["veth-peer", to.name],
          ["ping", to.name, from.name],
          ["journey", hop.leg, to.node],
        ],
      };
  }
}
