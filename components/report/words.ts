import type { Text } from "./language.ts";

/** Words in the picture. */
export const picture = {
  wire: { en: "the machines' own network", zh: "节点之间的网络" },
  controlPlane: { en: "control plane", zh: "控制平面" },
  worker: { en: "worker", zh: "工作节点" },
} satisfies Record<string, Text>;

/** Headings, controls and remarks. */
export const page = {
  title: { en: "How a packet gets from pod to pod", zh: "数据包如何从一个 Pod 到达另一个 Pod" },
  theme: { en: "Light or dark", zh: "浅色或深色" },
  holds: { en: "holds", zh: "成立" },
  fails: { en: "does not hold", zh: "不成立" },
  failing: { en: "What does not hold", zh: "不成立的结论" },
  pictureTitle: { en: "This cluster, and one packet through it", zh: "这个集群，以及穿过它的一个数据包" },
  pictureLead: {
    en: "A pod is one or more processes in a network namespace of their own. Every name, address and number in this picture was read from the output of a command on one of the nodes; the outputs are below. Each row under `flannel.1` is what the node knows of another node's pods: its routes lead their addresses to a next hop, its neighbour table gives the next hop a MAC, its forwarding database puts that MAC behind a machine. The daemon flanneld, one on each node, wrote all three.",
    zh: "Pod 就是一个独立的 network namespace 和其中的一个或几个进程。图中的每个名字、地址和数字，都是从某个节点上某条命令的输出中读出来的；输出全文在下面。`flannel.1` 下面的每一行，是这个节点对另一个节点上的 Pod 的了解：路由表把这些地址引向一个下一跳，邻居表给出下一跳的 MAC，转发数据库（FDB）指出这个 MAC 在哪台机器后面。三张表都由每个节点上的守护进程 flanneld 写入。",
  },
  caption: {
    en: "From top to bottom on each node: the pods with their eth0, the other ends of their cables, the bridge cni0, the tunnel's end flannel.1 and the node's own interface. The numbers are the scenarios; the lines are the ways of the packets that were followed.",
    zh: "每个节点从上到下：各个 Pod 及其 eth0、网线的另一端、网桥 cni0、隧道端点 flannel.1、节点自己的接口。数字是场景编号；线是被跟踪的数据包走过的路。",
  },
  noJourney: {
    en: "No packet was followed: nothing marked was captured. The claims below say why.",
    zh: "没有跟踪到数据包：抓包里没有带标记的包。原因见下面的结论。",
  },
  which: { en: "Which packet", zh: "哪个数据包" },
  previous: { en: "Back", zh: "上一跳" },
  next: { en: "Next hop", zh: "下一跳" },
  keys: {
    en: "Or use the keys ← and →, Home and End.",
    zh: "也可以用按键 ← 和 →、Home 和 End。",
  },
  request: { en: "request", zh: "请求" },
  reply: { en: "reply", zh: "应答" },
  interface: { en: "interface", zh: "接口" },
  direction: { en: "direction", zh: "方向" },
  in: { en: "in", zh: "进" },
  out: { en: "out", zh: "出" },
  bytes: { en: "bytes", zh: "字节" },
  provedBy: { en: "Proved by", zh: "证据" },
  packet: { en: "The packet here", zh: "此处的数据包" },
  sender: { en: "from", zh: "来自" },
  length: { en: "length", zh: "长度" },
  mark: { en: "mark", zh: "标记" },
  macOnly: {
    en: "A capture on all interfaces at once keeps the sender's MAC of the outermost Ethernet header and not the receiver's.",
    zh: "同时在所有接口上抓包时，最外层以太网头只保留发送方的 MAC，不保留接收方的。",
  },
  aligned: {
    en: "The two machines have no common clock: the other one's times were shifted to lie between sending and receiving here.",
    zh: "两台机器没有共同的时钟：另一台的时间经过平移，使其落在本机的发出与收到之间。",
  },
  lost: {
    en: "The packet was not seen any further. The failing claims below say what to look at.",
    zh: "此后再也没有看到这个数据包。下面不成立的结论指出该看哪里。",
  },
  node: { en: "Node", zh: "节点" },
  time: { en: "Time", zh: "时间" },
  command: { en: "Command", zh: "命令" },
  expected: { en: "Expected", zh: "期望" },
  observed: { en: "Observed", zh: "读到" },
  raw: { en: "Raw output", zh: "原始输出" },
  none: { en: "none ran", zh: "没有命令运行" },
  empty: { en: "(no output)", zh: "（没有输出）" },
  vteps: { en: "What each node knows of every other", zh: "每个节点对其他节点的了解" },
  vtepsLead: {
    en: "A row for each node, a column for the node that it knows: its neighbour entry for the other's `flannel.1`, and the FDB entry that puts that MAC behind the other's address. On the diagonal its own `flannel.1`.",
    zh: "每行一个节点，每列是它所了解的节点：关于对方 `flannel.1` 的邻居表项，以及把这个 MAC 放在对方地址后面的 FDB 表项。对角线上是它自己的 `flannel.1`。",
  },
  reach: { en: "Across all: every pod reaches every pod", zh: "全部场景：每个 Pod 都能到达每个 Pod" },
  reachLead: {
    en: "A row for each pod that calls, a column for the pod that answers, each within a second, and without address translation between them. Last, whether the cluster's DNS answers.",
    zh: "每行是发起的 Pod，每列是应答的 Pod，每次都在一秒之内，中间没有地址转换。最后一列是集群 DNS 是否应答。",
  },
  from: { en: "from", zh: "从" },
  to: { en: "to", zh: "到" },
  behind: { en: "The claims behind this table", zh: "这张表背后的结论" },
  made: { en: "How this was made", zh: "这份报告的由来" },
  versions: { en: "Packages on the nodes", zh: "节点上的软件包" },
  again: { en: "To run it again", zh: "再运行一次" },
} satisfies Record<string, Text>;

export interface LessonWords {
  readonly title: Text;
  /** Two sentences. */
  readonly lesson: Text;
}

/** By namespace. */
export const lessons: Readonly<Record<string, LessonWords>> = {
  "container-to-container": {
    title: { en: "Container to container, in one pod", zh: "同一个 Pod 里，容器到容器" },
    lesson: {
      en: "The containers of a pod are processes that the kernel put into one network namespace: one `eth0`, one address, one set of ports, one loopback interface. So they talk over 127.0.0.1, and nobody outside hears them.",
      zh: "一个 Pod 的各个容器，是内核放进同一个 network namespace 的进程：一个 `eth0`、一个地址、一套端口、一个 loopback 接口。所以它们之间走 127.0.0.1，外面谁也听不到。",
    },
  },
  "pod-to-pod-single-node": {
    title: { en: "Pod to pod, on one node", zh: "同一个节点上，Pod 到 Pod" },
    lesson: {
      en: "Each pod has a network namespace of its own, and a veth pair, a cable with two ends, leads from it to a port of the bridge `cni0`. The bridge is an Ethernet switch: it forwards the frame by its MAC address, and no router takes anything off the TTL.",
      zh: "每个 Pod 有自己的 network namespace，一对 veth（一根有两端的网线）从那里通到网桥 `cni0` 的一个端口。网桥就是以太网交换机：它按 MAC 地址转发帧，没有路由器来减 TTL。",
    },
  },
  "pod-to-pod-multi-node": {
    title: { en: "Pod to pod, across nodes", zh: "跨节点，Pod 到 Pod" },
    lesson: {
      en: "The node is a router: it sends packets for another node's pods into `flannel.1`, a VXLAN device, which puts the whole Ethernet frame into a UDP datagram to the machine that it must reach. There the frame comes out of `flannel.1` as if it had come over a cable, and is routed once more, to the pod.",
      zh: "节点就是路由器：发给另一个节点上 Pod 的包，被送进 `flannel.1`。它是一个 VXLAN 设备，把整个以太网帧装进一个 UDP 数据报，发给该去的那台机器。在那边，帧从 `flannel.1` 里出来，就像从一根网线来的一样，再经过一次路由，到达 Pod。",
    },
  },
};
