import type { Hop } from "../evidence/journey/journey.ts";
import type { ClaimKind } from "../evidence/kinds.ts";
import type { Text } from "./language.ts";

/** Words in the picture. */
export const picture = {
  wire: { en: "the machines' own network", zh: "节点之间的网络" },
  controlPlane: { en: "control plane", zh: "控制平面" },
  worker: { en: "worker", zh: "工作节点" },
  routing: { en: "routing (TTL −1)", zh: "路由（TTL −1）" },
  toNode: { en: "to node", zh: "目的节点" },
  nextHop: { en: "next hop", zh: "下一跳" },
  from: { en: "from", zh: "发送方" },
  to: { en: "to", zh: "接收方" },
} satisfies Record<string, Text>;

/** Of a connection through a Service. */
export const translation = {
  heading: { en: "Both addresses, before and after", zh: "两个地址，改写之前与之后" },
  lead: {
    en: "What conntrack remembers of one connection: its packets on the caller's side, on the pod's side, and the rule between the two. What is another one on the other side is bold.",
    zh: "conntrack 对一个连接的记录：包在调用者一侧、在 Pod 一侧的样子，以及两者之间的规则。两侧不同的部分用粗体。",
  },
  "service-translation": { en: "from a pod", zh: "从 Pod 发出" },
  "service-masquerade": { en: "from a process of the node", zh: "从节点自己的进程发出" },
  before: { en: "before", zh: "之前" },
  after: { en: "after", zh: "之后" },
  by: { en: "by", zh: "由谁改写" },
  request: { en: "request", zh: "请求" },
  reply: { en: "reply", zh: "应答" },
  conntrack: { en: "conntrack: back to what it was before", zh: "conntrack：改回原来的样子" },
  unknown: { en: "a rule that the outputs do not show", zh: "输出里没有显示的规则" },
} satisfies Record<string, Text>;

/** A connection through a Service, as a picture of its own. */
export const passage = {
  heading: { en: "One connection through the Service, hop by hop", zh: "经过 Service 的一个连接，逐跳来看" },
  lead: {
    en: "The first packet of a connection that went to a pod of another node, and the answer to it, as every interface on both machines saw them. Above the line what is sent, below it what comes back. At the square the node changes an address: there before the bridge, since it has the node's rules look at what it passes on; back where the node routes the answer.",
    zh: "一个去往另一节点的 Pod 的连接：它的第一个包和对它的应答，以及两台机器上每个接口看到的样子。线的上方是发出去的，下方是回来的。方块处，节点改写一个地址：去时在网桥之前，因为网桥让节点的规则先看它转发的包；回来时在节点路由应答的地方。",
  },
  rule: { en: "The rule that changed it, on", zh: "改写它的规则，在" },
  conntrack: {
    en: "The answer is changed back by what conntrack remembers of that.",
    zh: "应答由 conntrack 根据记住的内容改回来。",
  },
  place: { en: "where it was seen", zh: "在哪里看到" },
  addresses: { en: "from → to", zh: "从 → 到" },
  microseconds: { en: "µs", zh: "微秒" },
  request: { en: "request", zh: "请求" },
  reply: { en: "reply", zh: "应答" },
  in: { en: "in", zh: "进" },
  out: { en: "out", zh: "出" },
  wire: { en: "the wire", zh: "线路" },
  picture: {
    en: (before: string, after: string, between: string) =>
      `${before}, and behind the change between ${between}: ${after}`,
    zh: (before: string, after: string, between: string) => `${before}，在 ${between} 之间改写之后：${after}`,
  },
} as const;

/** On the tunnel, in the picture. */
export const wrapping = (
  bytes: number,
  { sealed, destinationPort }: Pick<NonNullable<Hop["outer"]>, "sealed" | "destinationPort">,
): Text => {
  const inside = destinationPort === undefined ? "IP" : "UDP";
  return {
    en: `${sealed ? "encrypted, " : ""}inside ${inside}: +${bytes} bytes`,
    zh: `${sealed ? "加密后" : ""}封装在 ${inside} 中：+${bytes} 字节`,
  };
};

/** What a reader who knows Linux and not Kubernetes must know before the picture: the word, and what it is. */
export const terms: readonly (readonly [Text, Text])[] = [
  [
    { en: "node", zh: "节点" },
    { en: "One of the machines.", zh: "集群里的一台机器。" },
  ],
  [
    { en: "pod", zh: "Pod" },
    {
      en: "One or more processes with a network stack (a network namespace) of their own: own interfaces, addresses and routes.",
      zh: "一个或多个进程，共用一套独立的网络栈（网络命名空间，network namespace）：有自己的接口、地址和路由。",
    },
  ],
  [
    { en: "veth pair", zh: "veth pair" },
    {
      en: "A virtual cable: what enters one end leaves the other.",
      zh: "一根虚拟网线，两端各是一个网络接口：从一端进去的帧，从另一端出来。",
    },
  ],
  [
    { en: "flannel", zh: "flannel" },
    {
      en: "A daemon on every node. Each node has a part of the pod network for its own pods; flannel writes into every node's tables how the others' parts are reached.",
      zh: "每个节点上的一个守护进程。Pod 网络按节点分段，每个节点的 Pod 只用自己的那一段；flannel 在每个节点的路由表、邻居表和 FDB 里，写好去往其他各段的表项。",
    },
  ],
];

/** Headings, controls and remarks. */
export const page = {
  title: { en: "How a packet gets from pod to pod", zh: "数据包如何从一个 Pod 到达另一个 Pod" },
  theme: { en: "Light or dark", zh: "浅色或深色" },
  holds: { en: "holds", zh: "成立" },
  fails: { en: "does not hold", zh: "不成立" },
  failing: { en: "What does not hold", zh: "不成立的结论" },
  pictureTitle: { en: "This cluster, and one packet through it", zh: "这个集群，以及穿过它的一个数据包" },
  pictureLead: {
    en: "Every name, address and number in the picture was read from the output of a command on one of the nodes; the outputs are below.",
    zh: "图中的每个名字、地址和数字，都是从某个节点上某条命令的输出中读出来的；输出全文在下面。",
  },
  scenarios: {
    en: "①, ②, ③ are the three scenarios below. In ① two containers talk inside one pod: there is nothing to follow on the node.",
    zh: "①、②、③ 是下面的三个场景。① 是同一个 Pod 里的两个容器互相通信：在节点上没有包可以跟踪。",
  },
  noJourney: {
    en: "No packet was followed: nothing marked was captured. The claims below say why.",
    zh: "没有跟踪到数据包：抓包里没有带标记的包。原因见下面的结论。",
  },
  which: { en: "Which packet", zh: "哪个数据包" },
  previous: { en: "Previous step", zh: "上一步" },
  next: { en: "Next step", zh: "下一步" },
  keys: {
    en: "Step with the buttons, or with the keys ← and →; Home and End too while the picture is in sight.",
    zh: "用按钮或按键 ← 和 → 一步一步地看；图在屏幕上时，还可以用 Home 和 End 跳到首尾。",
  },
  request: { en: "request", zh: "请求" },
  reply: { en: "reply", zh: "应答" },
  interface: { en: "interface", zh: "接口" },
  direction: { en: "seen by the node", zh: "方向（从节点看）" },
  ttl: { en: "pod packet's TTL", zh: "Pod 包的 TTL" },
  micros: { en: "µs since first seen", zh: "距首次看到（µs）" },
  in: { en: "in", zh: "进" },
  out: { en: "out", zh: "出" },
  passing: { en: "passes", zh: "经过" },
  bytes: { en: "bytes", zh: "字节" },
  provedBy: { en: "Proved by", zh: "证据" },
  packet: { en: "The packet here", zh: "此处的数据包" },
  sender: { en: "from", zh: "来自" },
  length: { en: "length", zh: "长度" },
  encrypted: { en: "encrypted, with a tag of 16 bytes:", zh: "已加密，含 16 字节认证标签：" },
  mark: { en: "mark", zh: "标记" },
  macOnly: {
    en: "A capture on all interfaces at once keeps the sender's MAC of the outermost Ethernet header and not the receiver's.",
    zh: "同时在所有接口上抓包时，最外层以太网头只保留源 MAC，不保留目的 MAC。",
  },
  aligned: {
    en: "The two machines have no common clock: the other one's times were shifted to lie between sending and receiving here.",
    zh: "两台机器没有共同的时钟：另一台的时间经过平移，使其落在本机的发出与收到之间。",
  },
  sameClock: {
    en: "Times count from where the packet was first seen. The two machines' clocks do not contradict each other and were taken as they are.",
    zh: "时间从第一次看到这个包算起。两台机器的时钟互不矛盾，直接采用。",
  },
  bridgeLate: {
    en: "A bridge shows a capture what it forwards after it has forwarded it: so `cni0` can be later than the port behind it.",
    zh: "网桥在转发之后才把帧交给抓包程序：所以 `cni0` 的时间可能晚于它后面的端口。",
  },
  otv: {
    en: "In the raw outputs this tcpdump calls everything to UDP port 8472 OTV; the `instance` that it prints is the VNI.",
    zh: "在原始输出里，这个版本的 tcpdump 把发往 UDP 8472 端口的都叫 OTV；它打印的 `instance` 就是 VNI。",
  },
  lost: {
    en: "The packet was not seen any further. The failing claims below say what to look at.",
    zh: "此后再也没有看到这个数据包。下面不成立的结论指出该看哪里。",
  },
  node: { en: "Node", zh: "节点" },
  time: { en: "Time", zh: "时间" },
  command: { en: "Command", zh: "命令" },
  expected: { en: "Expected", zh: "期望" },
  observed: { en: "Observed", zh: "实际" },
  raw: { en: "Raw output", zh: "原始输出" },
  none: { en: "none ran", zh: "没有命令运行" },
  empty: { en: "(no output)", zh: "（没有输出）" },
  vteps: { en: "What each node knows of every other", zh: "每个节点掌握的对端信息" },
  nodes: { en: "What each node does for its pods", zh: "每个节点为它的 Pod 做的事" },
  nodesLead: {
    en: "A row for each thing that a node must have or do, a column for each node. Its links, its settings, what it knows, its way out, and the programs that keep all this.",
    zh: "每行是节点必须具备或做到的一件事，每列一个节点：链路、设置、已知的表项、对外的出口，以及维护这一切的程序。",
  },
  reach: { en: "Across all: every pod reaches every pod", zh: "全部场景：任意两个 Pod 之间互通" },
  reachLead: {
    en: "A row for each pod that calls, a column for the pod that answers, each within two seconds. Last, whether the cluster's DNS answers, and, where the node itself finds names of the outside, whether it finds one for the pod.",
    zh: "每行是发起方，每列是应答方，每次都在两秒之内。最后一列是集群 DNS 是否应答；如果节点自己能查到外部域名，还有它能否为该 Pod 查到一个。",
  },
  from: { en: "from", zh: "从" },
  to: { en: "to", zh: "到" },
  behind: { en: "The claims behind this table", zh: "这张表所依据的结论" },
  look: { en: "Look next", zh: "该看哪里" },
  made: { en: "How this was made", zh: "这份报告的由来" },
  versions: { en: "Packages on the nodes", zh: "节点上的软件包" },
  again: { en: "To run it again", zh: "再运行一次" },
} satisfies Record<string, Text>;

/** What the table of nodes calls each of its rows; a test asks for all of them. */
export const nodeRows = {
  backend: { en: "carries packets as the config says", zh: "按配置的后端传输" },
  "link-up": { en: "links are up", zh: "链路都是 up" },
  gateway: { en: "cni0 is the gateway", zh: "cni0 是网关" },
  "forwarding-enabled": { en: "forwards packets", zh: "转发数据包" },
  "rp-filter": { en: "refuses no way back", zh: "反向路径过滤放行" },
  "bridge-netfilter": { en: "bridged packets pass iptables", zh: "桥接的包经过 iptables" },
  "learned-entries": { en: "entries are learned", zh: "表项是学习到的" },
  qdisc: { en: "queues drop nothing", zh: "排队规则不丢包" },
  egress: { en: "translates what leaves", zh: "对外的包换成节点地址" },
  "new-pod": { en: "has room for a new pod", zh: "能接纳新的 Pod" },
  "flannel-ready": { en: "flanneld runs", zh: "flanneld 正在运行" },
  agents: { en: "kubelet and kube-proxy run", zh: "kubelet 和 kube-proxy 正在运行" },
  "node-ready": { en: "is Ready", zh: "处于 Ready 状态" },
} satisfies Partial<Record<ClaimKind, Text>>;

export interface LessonWords {
  readonly title: Text;
  /** Two sentences. @default how packets are carried between nodes: report/backend-words.ts has it */
  readonly lesson?: Text;
}

/** By namespace. */
export const lessons: Readonly<Record<string, LessonWords>> = {
  "container-to-container": {
    title: { en: "Container to container, in one pod", zh: "Pod 内的容器间通信" },
    lesson: {
      en: "The containers of a pod are processes that the kernel put into one network namespace: one `eth0`, one address, one set of ports, one loopback interface. So they talk over 127.0.0.1, and nobody outside hears them.",
      zh: "一个 Pod 的各个容器，是内核放进同一个 network namespace 的进程：一个 `eth0`、一个地址、一套端口、一个 loopback 接口。所以容器之间走 127.0.0.1，Pod 外面访问不到。",
    },
  },
  "pod-to-pod-single-node": {
    title: { en: "Pod to pod, on one node", zh: "同节点 Pod 间通信" },
    lesson: {
      en: "Each pod has a network namespace of its own, and a veth pair, a cable with two ends, leads from it to a port of the bridge `cni0`. The bridge is an Ethernet switch: it forwards the frame by its MAC address, and no router takes anything off the TTL.",
      zh: "每个 Pod 有自己的 network namespace，一对 veth（一根有两端的虚拟网线）从那里通到网桥 `cni0` 的一个端口。网桥就是以太网交换机：它按 MAC 地址转发帧，中间没有路由器，TTL 不变。",
    },
  },
  service: {
    title: { en: "A Service: one address for several pods", zh: "Service：多个 Pod 共用的一个地址" },
    lesson: {
      en: "No device has a ClusterIP. On every node kube-proxy writes rules that change the destination of a connection's first packet to one of the Service's pods, each as likely as the others; conntrack remembers the choice, and changes the answers back. What is sent by a process of the node, or comes from outside, gets another source as well, so that the answer comes back the same way.",
      zh: "没有哪个设备拥有 ClusterIP。kube-proxy 在每个节点上写入规则，把连接的第一个包的目的地址改成该 Service 的某个 Pod，各 Pod 概率相同；conntrack 记住这个选择，并把应答改回来。节点自己的进程发出的、或来自外部的连接，源地址也会被改写，应答才能沿原路返回。",
    },
  },
  "load-balancer": {
    title: { en: "A LoadBalancer: an address for those outside", zh: "LoadBalancer：给集群外访问者的地址" },
    lesson: {
      en: "A Service of type LoadBalancer gets an address that callers beside the cluster can use. Where no cloud gives one, MetalLB does: its controller takes the address out of a range of the machines' network, and one of its speakers answers ARP for it, so that this node gets the packets; kube-proxy there does the rest, as for a node port. With `externalTrafficPolicy: Local` only a node with a pod of the Service may answer, and the pod sees the caller's own address. When the node is gone, another speaker answers.",
      zh: "LoadBalancer 类型的 Service 会得到一个集群外的访问者也能用的地址。没有云来给时，由 MetalLB 给：它的 controller 从节点网络的一段地址里取一个，它的某个 speaker 为这个地址应答 ARP，于是包到达该节点；其余由那里的 kube-proxy 完成，与节点端口一样。`externalTrafficPolicy: Local` 时，只有运行着该 Service 的 Pod 的节点可以应答，Pod 看到的是访问者自己的地址。节点没有了，就由另一个 speaker 应答。",
    },
  },
  "cluster-dns": {
    title: { en: "Names: what is asked, and who answers", zh: "集群 DNS：问了什么，谁来回答" },
    lesson: {
      en: "The kubelet writes a pod's `/etc/resolv.conf`: the address of the cluster's DNS, three search domains, and `ndots:5`. A name with fewer than five dots is tried in each domain before it is tried as it stands; a dot at its end stops that. CoreDNS answers from what the API server lists: a Service's ClusterIP, a headless Service's pods, a port's SRV record, a pod's address; everything else it asks the node's own resolver.",
      zh: "kubelet 写好 Pod 的 `/etc/resolv.conf`：集群 DNS 的地址、三个搜索域，以及 `ndots:5`。点数少于 5 的名字，会先接上各个搜索域去查，最后才按原样查；名字末尾加一个点就不会这样。CoreDNS 按 API server 所列的内容作答：Service 的 ClusterIP、headless Service 的各个 Pod、端口的 SRV 记录、Pod 的地址；其余的名字，它去问节点自己的域名服务器。",
    },
  },
  "service-auto": {
    title: { en: "Discovery: variables and names", zh: "服务发现：环境变量与名字" },
    lesson: {
      en: "A container is given variables with the addresses of its namespace's Services once, when it starts: what is made later it does not know. A name is asked for each time, and leads to wherever the Service is now.",
      zh: "容器启动时，得到一次本命名空间各个 Service 地址的环境变量：后来建的它不知道。名字则每次都去查，查到的总是 Service 现在的地址。",
    },
  },
  "network-policy": {
    title: { en: "Policies: who may call whom", zh: "网络策略：谁可以访问谁" },
    lesson: {
      en: "A NetworkPolicy says which pods may be called, by whom, and what a pod may call. flannel carries packets and reads no policies: all of them passed while it was alone. kube-router, beside it, writes a chain of rules for each pod on the pod's node; what no policy lets through is turned away by the last rule of that chain, which names the pod in its comment.",
      zh: "NetworkPolicy 规定哪些 Pod 可以被谁访问，以及一个 Pod 可以访问谁。flannel 只运送包，不看策略：只有它时，所有的包都通过了。旁边加上 kube-router 后，它在每个 Pod 所在的节点上为这个 Pod 写一条链；没有策略放行的包，由这条链的最后一条规则拒绝，规则的注释里写着这个 Pod 的名字。",
    },
  },
  "pod-to-pod-multi-node": {
    title: { en: "Pod to pod, across nodes", zh: "跨节点 Pod 间通信" },
  },
};

/** What would be seen if something were broken. */
export const stories = {
  title: { en: "If something were broken", zh: "如果哪里坏了" },
  lead: {
    en: "Each of these can be broken on purpose on this lab, and is mended exactly by the last command. The picture is what must be seen then: the packet's way, and a cross behind the place where it would be seen last.",
    zh: "下面每一项都可以在这个实验环境里故意破坏，再用最后一条命令精确恢复。图里是那时必然看到的：数据包的路，以及它最后出现的位置之后的叉。",
  },
  levels: [
    { en: "The first look at the right place shows it", zh: "看对了地方，一眼就能发现" },
    { en: "Two tables must be compared", zh: "要对照两张表" },
    { en: "Everything looks right", zh: "看上去一切正常" },
  ],
  passes: {
    en: "No packet between pods is lost for certain; the claims below notice it.",
    zh: "Pod 之间没有必然丢失的包；由下面的结论察觉。",
  },
  request: { en: "the question", zh: "请求" },
  reply: { en: "the answer", zh: "应答" },
  uplink: { en: "uplink", zh: "出口网卡" },
} as const;
