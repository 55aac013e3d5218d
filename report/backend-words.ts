import { type Backend, backendOf, type BackendName, inTermsOf } from "../evidence/backends.ts";
import type { Text } from "./language.ts";

/** What the page says of the way between nodes, which each backend has another of. */
export interface BackendWords {
  /** Behind flannel's name. */
  readonly named: Text;
  /** What must be known before the picture: the word, and what it is. */
  readonly term: readonly [Text, Text];
  readonly caption: Text;
  readonly lookups: Text;
  readonly lines: Text;
  /** Above the table of what nodes know of each other. */
  readonly knowsLead: Text;
  /** What the lesson about pods on different nodes teaches. */
  readonly lesson: Text;
}

/** Where packets leave bare, whichever backend had them leave so. */
const direct = {
  caption: {
    en: "Each node, from top to bottom: its pods with their `eth0`, the other ends of their cables, the bridge `cni0`, the node's routing, and the node's own interface.",
    zh: "每个节点从上到下：各个 Pod 及其 `eth0`、veth 的另一端、网桥 `cni0`、节点的路由、节点自己的接口。",
  },
  lookups: {
    en: "Two tables, one leading to the other: `ip route` gives a pod's address a next hop, which is the other node's own address, and `ip neigh` gives that one a MAC.",
    zh: "两张表，一张引向另一张：`ip route` 给 Pod 的地址找到下一跳，也就是对方节点自己的地址；`ip neigh` 给出它的 MAC。",
  },
  lines: {
    en: "Coloured lines are the ways of the packets that were followed; between the machines the packet is as it was, with nothing around it. The dotted line in `cni0` is the bridge itself, from port to port.",
    zh: "彩色的线是被跟踪的数据包走过的路；在节点之间，数据包原样传输，没有封装。`cni0` 里的虚线表示网桥内部端口之间的转发。",
  },
  knowsLead: {
    en: "A row for each node, a column for the node that it knows: its neighbour entry for the other's own address. On the diagonal the MAC of its own interface.",
    zh: "每行一个节点，每列是对端节点：对端自己地址的邻居表项。对角线上是它自己的接口的 MAC。",
  },
  lesson: {
    en: "The node is a router: it sends packets for another node's pods out of its own interface, in a frame to the other node's MAC, as any router does with a next hop. There the packet is routed once more, to the pod. Nothing is wrapped, so the machines' network must let pass what carries pods' addresses.",
    zh: "节点就是路由器：发给另一个节点上 Pod 的包，从节点自己的接口发出，帧的目的 MAC 就是对方节点的，和任何路由器发往下一跳一样。到了对端再经过一次路由，到达 Pod。没有任何封装，所以节点之间的网络必须放行带 Pod 地址的包。",
  },
};

/** With the names of the lab's own device and port. */
export function backendWords(backend: Backend | BackendName): BackendWords {
  const own = typeof backend === "string" ? backendOf(backend) : backend;
  const named = ({ en, zh }: Text): Text => ({ en: inTermsOf(own, en), zh: inTermsOf(own, zh) });
  const { term, ...texts } = table[own.name];
  return {
    named: named(texts.named),
    term: [named(term[0]), named(term[1])],
    caption: named(texts.caption),
    lookups: named(texts.lookups),
    lines: named(texts.lines),
    knowsLead: named(texts.knowsLead),
    lesson: named(texts.lesson),
  };
}

const table: Readonly<Record<BackendName, BackendWords>> = {
  vxlan: {
    named: { en: "VXLAN", zh: "VXLAN" },
    term: [
      { en: "VXLAN", zh: "VXLAN" },
      {
        en: "An Ethernet segment carried in UDP. `flannel.1` is the node's port on it, its VTEP (VXLAN tunnel end point), and its forwarding database (FDB) says behind which machine a MAC is.",
        zh: "用 UDP 承载的以太网网段。`flannel.1` 是节点接入这个网段的接口，即 VTEP（VXLAN 隧道端点）；它的转发表（FDB）记录每个 MAC 在哪台机器上。",
      },
    ],
    caption: {
      en: "Each node, from top to bottom: its pods with their `eth0`, the other ends of their cables, the bridge `cni0`, the node's routing, `flannel.1`, and the node's own interface.",
      zh: "每个节点从上到下：各个 Pod 及其 `eth0`、veth 的另一端、网桥 `cni0`、节点的路由、`flannel.1`、节点自己的接口。",
    },
    lookups: {
      en: "Three tables, each leading to the next: `ip route` gives a pod's address a next hop, `ip neigh` gives the next hop a MAC, `bridge fdb` gives that MAC a machine.",
      zh: "三张表，一张引向下一张：`ip route` 给 Pod 的地址找到下一跳，`ip neigh` 给出下一跳的 MAC，`bridge fdb` 给出这个 MAC 所在的机器。",
    },
    lines: {
      en: "Coloured lines are the ways of the packets that were followed; where such a line is in a tube, the packet is inside UDP. The dotted line in `cni0` is the bridge itself, from port to port.",
      zh: "彩色的线是被跟踪的数据包走过的路；线穿过管道的那一段，数据包封装在 UDP 中。`cni0` 里的虚线表示网桥内部端口之间的转发。",
    },
    knowsLead: {
      en: "A row for each node, a column for the node that it knows: its neighbour entry for the other's `flannel.1`, the FDB entry that puts that MAC behind the other's address, and whether UDP 8472 passes between the two. On the diagonal its own `flannel.1`.",
      zh: "每行一个节点，每列是对端节点：对端 `flannel.1` 的邻居表项，把该 MAC 指向对端节点地址的 FDB 表项，以及两者之间的 UDP 8472 通不通。对角线上是它自己的 `flannel.1`。",
    },
    lesson: {
      en: "The node is a router: it sends packets for another node's pods into `flannel.1`, a VXLAN device, which puts the whole Ethernet frame into a UDP datagram to the machine that it must reach. There the frame comes out of `flannel.1` as if it had come over a cable, and is routed once more, to the pod.",
      zh: "节点就是路由器：发给另一个节点上 Pod 的包，被送进 `flannel.1`。它是一个 VXLAN 设备，把整个以太网帧封装进一个 UDP 数据报，发往目标节点。到了对端，帧从 `flannel.1` 出来，和从网线上收到的没有两样，再经过一次路由，到达 Pod。",
    },
  },
  "host-gw": {
    named: { en: "host-gw", zh: "host-gw" },
    term: [
      { en: "host-gw", zh: "host-gw" },
      {
        en: "flannel's way without a tunnel: each node is the gateway to its own pods, and all nodes are in one Ethernet segment, where one reaches another without a router between them.",
        zh: "flannel 不用隧道的方式：每个节点就是去往自己的 Pod 的网关；所有节点在同一个以太网网段里，彼此之间没有路由器。",
      },
    ],
    ...direct,
  },
  "vxlan-direct": {
    named: { en: "VXLAN with DirectRouting", zh: "VXLAN，DirectRouting" },
    term: [
      { en: "DirectRouting", zh: "DirectRouting" },
      {
        en: "flannel wraps into VXLAN only what goes to nodes behind a router. All nodes of this lab are in one Ethernet segment, so each is the gateway to its own pods, and `flannel.1` is there and carries nothing.",
        zh: "flannel 只把发往路由器另一边的节点的包封装进 VXLAN。这里所有节点在同一个以太网网段里，所以每个节点就是去往自己的 Pod 的网关；`flannel.1` 在，但没有包经过它。",
      },
    ],
    ...direct,
  },
  udp: {
    named: { en: "udp", zh: "udp" },
    term: [
      { en: "tun", zh: "tun" },
      {
        en: "A device whose other end is a program. `flannel0` leads to flanneld, which sends what it reads there to the other node's flanneld inside UDP.",
        zh: "另一端是一个程序的设备。`flannel0` 通到 flanneld，它把从那里读到的包封装在 UDP 里，发给对方节点的 flanneld。",
      },
    ],
    caption: {
      en: "Each node, from top to bottom: its pods with their `eth0`, the other ends of their cables, the bridge `cni0`, the node's routing, `flannel0`, and the node's own interface.",
      zh: "每个节点从上到下：各个 Pod 及其 `eth0`、veth 的另一端、网桥 `cni0`、节点的路由、`flannel0`、节点自己的接口。",
    },
    lookups: {
      en: "One table of the kernel's, `ip route`, leads the whole pod network into `flannel0`. Which machine has which part of it flanneld alone knows.",
      zh: "内核只查一张表：`ip route` 把整个 Pod 网络引向 `flannel0`。哪一段在哪台机器上，只有 flanneld 知道。",
    },
    lines: {
      en: "Coloured lines are the ways of the packets that were followed; where such a line is in a tube, the packet is inside UDP. The dotted line in `cni0` is the bridge itself, from port to port.",
      zh: "彩色的线是被跟踪的数据包走过的路；线穿过管道的那一段，数据包封装在 UDP 中。`cni0` 里的虚线表示网桥内部端口之间的转发。",
    },
    knowsLead: {
      en: "What the nodes know of each other stands in flanneld's own table.",
      zh: "节点对彼此的了解，都在 flanneld 自己的表里。",
    },
    lesson: {
      en: "The node is a router: it sends packets for another node's pods into `flannel0`, a tun device. flanneld reads each packet there, sends it inside UDP to the other node's flanneld, and that one writes it into its own `flannel0`, from where it is routed once more, to the pod. Each flanneld takes one from the TTL as well.",
      zh: "节点就是路由器：发给另一个节点上 Pod 的包，被送进 tun 设备 `flannel0`。flanneld 从那里读出每个包，封装在 UDP 里发给对方节点的 flanneld；后者把它写进自己的 `flannel0`，再经过一次路由，到达 Pod。两个 flanneld 也各把 TTL 减 1。",
    },
  },
  ipip: {
    named: { en: "IP in IP", zh: "IP-in-IP" },
    term: [
      { en: "IP in IP", zh: "IP-in-IP" },
      {
        en: "An IP packet carried in another one: two IP headers, one behind the other, and nothing else. `flannel.ipip` is the node's end of it.",
        zh: "一个 IP 包装在另一个 IP 包里：两个 IP 头前后相接，没有别的。`flannel.ipip` 是它在节点上的一端。",
      },
    ],
    caption: {
      en: "Each node, from top to bottom: its pods with their `eth0`, the other ends of their cables, the bridge `cni0`, the node's routing, `flannel.ipip`, and the node's own interface.",
      zh: "每个节点从上到下：各个 Pod 及其 `eth0`、veth 的另一端、网桥 `cni0`、节点的路由、`flannel.ipip`、节点自己的接口。",
    },
    lookups: {
      en: "One table, `ip route`, says it all: the next hop of a pod's address is the other node's own, to which the packet is then sent inside another one. There is no MAC to be looked up for the tunnel.",
      zh: "只查一张表 `ip route`：Pod 地址的下一跳就是对方节点自己的地址，包随后被装进另一个包发往那里。隧道里没有 MAC 要查。",
    },
    lines: {
      en: "Coloured lines are the ways of the packets that were followed; where such a line is in a tube, the packet is inside another one. The dotted line in `cni0` is the bridge itself, from port to port.",
      zh: "彩色的线是被跟踪的数据包走过的路；线穿过管道的那一段，数据包封装在另一个包里。`cni0` 里的虚线表示网桥内部端口之间的转发。",
    },
    knowsLead: {
      en: "Each node's own end of the tunnel. What it knows of the others stands in its routes alone.",
      zh: "每个节点自己的隧道端点。它对其他节点的了解，都在路由里。",
    },
    lesson: {
      en: "The node is a router: it sends packets for another node's pods into `flannel.ipip`, which puts one more IP header in front of each, from node to node. There the kernel takes that header off, and the packet comes out of `flannel.ipip`, and is routed once more, to the pod.",
      zh: "节点就是路由器：发给另一个节点上 Pod 的包，被送进 `flannel.ipip`，它在每个包前面再加一个从节点到节点的 IP 头。到了对端，内核去掉这个头，包从 `flannel.ipip` 出来，再经过一次路由，到达 Pod。",
    },
  },
  wireguard: {
    named: { en: "WireGuard", zh: "WireGuard" },
    term: [
      { en: "WireGuard", zh: "WireGuard" },
      {
        en: "An encrypted tunnel of the kernel's, carried in UDP. Each node has a pair of keys, and knows each other node by its public key, its address, and the pods' addresses that go with it. `flannel-wg` is the node's end of it.",
        zh: "内核里的加密隧道，用 UDP 承载。每个节点有一对密钥，凭公钥认识其他节点，并记着它的地址和属于它的 Pod 地址。`flannel-wg` 是它在节点上的一端。",
      },
    ],
    caption: {
      en: "Each node, from top to bottom: its pods with their `eth0`, the other ends of their cables, the bridge `cni0`, the node's routing, `flannel-wg`, and the node's own interface.",
      zh: "每个节点从上到下：各个 Pod 及其 `eth0`、veth 的另一端、网桥 `cni0`、节点的路由、`flannel-wg`、节点自己的接口。",
    },
    lookups: {
      en: "`ip route` leads the whole pod network into `flannel-wg`. Which machine has which part of it stands with the peers (`wg show`): each has its allowed addresses, its key and its endpoint.",
      zh: "`ip route` 把整个 Pod 网络引向 `flannel-wg`。哪一段在哪台机器上，记在对等方里（`wg show`）：每个对等方都有允许的地址、公钥和端点。",
    },
    lines: {
      en: "Coloured lines are the ways of the packets that were followed; where such a line is in a tube, the packet is encrypted, inside UDP. The dotted line in `cni0` is the bridge itself, from port to port.",
      zh: "彩色的线是被跟踪的数据包走过的路；线穿过管道的那一段，数据包已加密，封装在 UDP 中。`cni0` 里的虚线表示网桥内部端口之间的转发。",
    },
    knowsLead: {
      en: "A row for each node, a column for the node that it knows: whether it has the other's key, address and pods, and has agreed on keys with it. On the diagonal its own end.",
      zh: "每行一个节点，每列是对端节点：是否记着对方的公钥、地址和 Pod 网段，并已与它协商好密钥。对角线上是它自己的一端。",
    },
    lesson: {
      en: "The node is a router: it sends packets for another node's pods into `flannel-wg`, which encrypts each for the node whose pods they are for, and sends it inside UDP. There it is decrypted, comes out of `flannel-wg`, and is routed once more, to the pod. What is between the machines sees that they talk, how much and when, and not what or which pods.",
      zh: "节点就是路由器：发给另一个节点上 Pod 的包，被送进 `flannel-wg`，它为目标节点加密每个包，封装在 UDP 里发出。到了对端解密，包从 `flannel-wg` 出来，再经过一次路由，到达 Pod。节点之间的网络只能看出两台机器在通信、有多少、在什么时候，看不出内容，也看不出是哪些 Pod。",
    },
  },
};
