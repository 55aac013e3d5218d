import { type Backend, backendOf, inTermsOf, type Manner } from "./backends.ts";
import type { Claim } from "./claim.ts";
import type { ClaimKind } from "./kinds.ts";
import { type Hop, type Place, placeOf } from "./journey/journey.ts";
import { isAnswer } from "./journey/marked.ts";
import type { Language, Text } from "./language.ts";

/** Where a packet was seen last, what is between there and the next hop, and which claims speak of that. */
export interface Loss {
  readonly last?: Hop;
  readonly between: string;
  /** Their kinds, the likeliest first. */
  readonly claims: readonly ClaimKind[];
}

type Spot = `${Place} ${Hop["direction"]}` | "nowhere";
interface Between {
  readonly between: Text;
  readonly kinds: readonly ClaimKind[];
}

/** What is between a place and the next one, and the kinds of claims that speak of it, the likeliest first. */
const losses: Readonly<Record<Spot, Between>> = {
  nowhere: {
    between: { en: "the pod's own route and its eth0", zh: "Pod 自己的路由和它的 eth0" },
    kinds: ["pod-address", "pod-route", "pod-prefix", "veth-peer", "bridge-port", "link-up"],
  },
  "pod in": {
    between: { en: "the bridge port of that veth", zh: "该 veth 对应的网桥端口" },
    kinds: ["veth-peer", "bridge-port", "link-up", "learned-entries", "neighbour"],
  },
  "bridge in": {
    between: { en: "the node's routes and its FORWARD chain", zh: "节点的路由和它的 FORWARD 链" },
    kinds: ["route", "forwarding-enabled", "rp-filter", "route-decision", "link-up", "vtep"],
  },
  "vtep out": {
    between: {
      en: "flannel.1's neighbour and forwarding entries for the other node",
      zh: "flannel.1 上关于对方节点的邻居表项和 FDB 表项",
    },
    kinds: ["vtep-neighbour", "vtep-forwarding", "qdisc"],
  },
  "device out": {
    between: {
      en: "an interface that is no part of the pod network: the node's policy rules and routing tables send the packet there (ip rule, ip route show table all)",
      zh: "一个不属于 Pod 网络的接口：是节点的策略规则和路由表把包送到那里的（ip rule、ip route show table all）",
    },
    kinds: ["route-decision", "route"],
  },
  "device in": {
    between: {
      en: "the node's routes and its FORWARD chain, for what comes in by an interface that is no part of the pod network",
      zh: "对于从不属于 Pod 网络的接口进来的包：节点的路由和它的 FORWARD 链",
    },
    kinds: ["route-decision", "route", "rp-filter"],
  },
  "wire out": {
    between: {
      en: "the network between the machines: UDP 8472, and the address it was sent to",
      zh: "节点之间的网络：UDP 8472，以及数据报的目的地址",
    },
    kinds: ["vtep-forwarding", "overlay-port", "qdisc", "vtep"],
  },
  "wire in": {
    between: {
      en: "the node's INPUT chain for UDP 8472, and the VNI of its flannel.1",
      zh: "节点上针对 UDP 8472 的 INPUT 链，以及它的 flannel.1 的 VNI",
    },
    kinds: ["overlay-port", "vtep"],
  },
  "vtep in": {
    between: {
      en: "the inner destination MAC, the node's routes and its FORWARD chain",
      zh: "内层的目的 MAC、节点的路由和它的 FORWARD 链",
    },
    kinds: ["vtep-neighbour", "forwarding-enabled", "rp-filter", "route-decision", "gateway", "link-up", "veth-peer"],
  },
  "bridge out": {
    between: {
      en: "the pod's MAC as the node knows it, and the forwarding table of cni0",
      zh: "节点所知道的该 Pod 的 MAC，以及 cni0 的转发表",
    },
    kinds: ["pod-neighbour", "learned-entries", "forwarding", "link-up", "veth-peer", "pod-address"],
  },
  "pod out": {
    between: {
      en: "the other pod itself: does something there listen and answer?",
      zh: "对方 Pod 自己：那里有进程在监听并应答吗？",
    },
    kinds: ["pod-address", "pod-route", "neighbour", "address-unique", "no-translation"],
  },
};

/** Where the nodes' own interfaces carry packets as they are, for the other machine's MAC and by the pods' own addresses. */
const bare: Readonly<Partial<Record<Spot, Between>>> = {
  "bridge in": {
    between: {
      en: "the node's routes, its FORWARD chain, and the MAC of the other node",
      zh: "节点的路由、它的 FORWARD 链，以及对方节点的 MAC",
    },
    kinds: ["route", "forwarding-enabled", "rp-filter", "route-decision", "wire-neighbour", "link-up", "backend"],
  },
  "wire out": {
    between: {
      en: "the network between the machines, which must let pass what carries pods' addresses, and the MAC it was sent to",
      zh: "节点之间的网络（它必须放行带 Pod 地址的包），以及帧的目的 MAC",
    },
    kinds: ["wire-neighbour", "qdisc", "backend"],
  },
  "wire in": {
    between: {
      en: "the node's routes and its FORWARD chain, for what comes in by its own interface",
      zh: "对于从节点自己的接口进来的包：节点的路由和它的 FORWARD 链",
    },
    kinds: ["forwarding-enabled", "rp-filter", "route-decision", "gateway", "link-up", "veth-peer"],
  },
};

/** Where flanneld itself reads each packet from a tun device, and sends it on. */
const byProgram: Readonly<Partial<Record<Spot, Between>>> = {
  "vtep out": {
    between: {
      en: "flanneld, which reads what the node sends into flannel0, and what it knows of the other node",
      zh: "flanneld（它读取节点送进 flannel0 的包），以及它所知道的对方节点",
    },
    kinds: ["flannel-ready", "qdisc", "backend"],
  },
  "wire out": {
    between: {
      en: "the network between the machines: UDP 8285, and the address it was sent to",
      zh: "节点之间的网络：UDP 8285，以及数据报的目的地址",
    },
    kinds: ["qdisc", "backend"],
  },
  "wire in": {
    between: {
      en: "the node's INPUT chain for UDP 8285, and flanneld, whose socket it is for",
      zh: "节点上针对 UDP 8285 的 INPUT 链，以及 flanneld（套接字是它的）",
    },
    kinds: ["flannel-ready", "backend"],
  },
  "vtep in": {
    between: { en: "the node's routes and its FORWARD chain", zh: "节点的路由和它的 FORWARD 链" },
    kinds: ["forwarding-enabled", "rp-filter", "route-decision", "gateway", "link-up", "veth-peer"],
  },
};

/** Where the kernel puts the packet into another one, for the machine that the route names. */
const insideIp: Readonly<Partial<Record<Spot, Between>>> = {
  "bridge in": {
    between: {
      en: "the node's routes and its FORWARD chain",
      zh: "节点的路由和它的 FORWARD 链",
    },
    kinds: ["route", "forwarding-enabled", "rp-filter", "route-decision", "link-up", "tunnel-end"],
  },
  "vtep out": {
    between: {
      en: "flannel.ipip, with its own address and the MTU, and the node's OUTPUT chain for IP protocol 4",
      zh: "flannel.ipip（它自己的地址和 MTU），以及节点上针对 IP 协议号 4 的 OUTPUT 链",
    },
    kinds: ["tunnel-end", "qdisc", "backend"],
  },
  "wire out": {
    between: {
      en: "the network between the machines, which must let pass IP protocol 4, and the address it was sent to",
      zh: "节点之间的网络（它必须放行 IP 协议号 4），以及外层的目的地址",
    },
    kinds: ["route", "tunnel-end", "qdisc", "backend"],
  },
  "wire in": {
    between: {
      en: "the node's INPUT chain for IP protocol 4, and its flannel.ipip, which takes what is for its own address",
      zh: "节点上针对 IP 协议号 4 的 INPUT 链，以及它的 flannel.ipip（只收发给它自己地址的包）",
    },
    kinds: ["tunnel-end", "backend"],
  },
  "vtep in": {
    between: { en: "the node's routes and its FORWARD chain", zh: "节点的路由和它的 FORWARD 链" },
    kinds: ["forwarding-enabled", "rp-filter", "route-decision", "gateway", "link-up", "veth-peer"],
  },
};

/** Where the kernel encrypts the packet, for the machine whose key goes with its destination. */
const encrypted: Readonly<Partial<Record<Spot, Between>>> = {
  "bridge in": {
    between: { en: "the node's routes and its FORWARD chain", zh: "节点的路由和它的 FORWARD 链" },
    kinds: ["route", "forwarding-enabled", "rp-filter", "route-decision", "link-up", "tunnel-end"],
  },
  "vtep out": {
    between: {
      en: "flannel-wg and what it knows of the other node: its key, the addresses that go with it, and whether both have agreed on keys; then the node's OUTPUT chain for UDP 51820",
      zh: "flannel-wg 以及它所知道的对方节点：公钥、属于它的地址、双方是否已协商好密钥；再看节点上针对 UDP 51820 的 OUTPUT 链",
    },
    kinds: ["tunnel-peer", "tunnel-end", "qdisc", "backend"],
  },
  "wire out": {
    between: {
      en: "the network between the machines: UDP 51820, and the address it was sent to",
      zh: "节点之间的网络：UDP 51820，以及数据报的目的地址",
    },
    kinds: ["tunnel-peer", "qdisc", "backend"],
  },
  "wire in": {
    between: {
      en: "the node's INPUT chain for UDP 51820, and its flannel-wg, which drops what it cannot decrypt and what does not come from an address that goes with the key",
      zh: "节点上针对 UDP 51820 的 INPUT 链，以及它的 flannel-wg（解不开的包，以及源地址不属于该密钥的包，都会丢弃）",
    },
    kinds: ["tunnel-peer", "tunnel-end", "backend"],
  },
  "vtep in": {
    between: { en: "the node's routes and its FORWARD chain", zh: "节点的路由和它的 FORWARD 链" },
    kinds: ["forwarding-enabled", "rp-filter", "route-decision", "gateway", "link-up", "veth-peer"],
  },
};

const others: Readonly<Record<Manner, Readonly<Partial<Record<Spot, Between>>>>> = {
  frame: {},
  packet: insideIp,
  program: byProgram,
  sealed: encrypted,
  bare,
};

/** For a journey that ended before the answer was back in the pod that asked. Pure. */
export function locateLoss(hops: readonly Hop[], language: Language = "en", backend: Backend = backendOf()): Loss {
  // What turned it away sent an error back; the packet itself got no further than it was seen.
  const last = hops.findLast(({ leg, kind }) => leg === "request" || isAnswer(kind));
  const spot: Spot = last === undefined ? "nowhere" : `${placeOf(last)} ${last.direction}`;
  const { between, kinds } = others[backend.manner][spot] ?? losses[spot];
  return { ...(last && { last }), between: inTermsOf(backend, between[language]), claims: kinds };
}

/** The claims that do not hold, those about the place of the loss first. Pure. */
export function explain({ claims: likely }: Loss, claims: readonly Claim[]): readonly Claim[] {
  const rank = ({ kind }: Claim): number => {
    const place = likely.indexOf(kind);
    return place < 0 ? likely.length : place;
  };
  return claims.filter(({ ok }) => !ok).toSorted((one, other) => rank(one) - rank(other));
}
