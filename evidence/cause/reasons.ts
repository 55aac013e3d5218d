import type { Text } from "../language.ts";

/**
 * What the kernel's names for its reasons mean (enum skb_drop_reason, include/net/dropreason-core.h), as far as a packet between two pods
 * can meet them. The names grow with the kernel; of one that is not here the name alone is said.
 */
const reasons: Readonly<Record<string, Text>> = {
  NETFILTER_DROP: { en: "a firewall rule dropped it", zh: "被防火墙规则丢弃" },
  IP_RPFILTER: {
    en: "the reverse path filter refused it: an answer to its source would leave by another interface",
    zh: "被反向路径过滤拒绝：发往其源地址的应答会从另一个接口出去",
  },
  IP_INADDRERRORS: {
    en: "the node may not pass it on: its address is not the node's own, and forwarding is off or a route forbids it",
    zh: "节点不能转发它：目的地址不是节点自己的，而转发已关闭，或有路由禁止",
  },
  IP_INNOROUTES: { en: "the node has no route for it", zh: "节点没有到目的地址的路由" },
  IP_OUTNOROUTES: { en: "there is no route for it to leave by", zh: "没有可用于发出它的路由" },
  IP_INVALID_SOURCE: { en: "its source address cannot be right here", zh: "它的源地址在这里不可能是对的" },
  IP_INVALID_DEST: { en: "its destination address cannot be right here", zh: "它的目的地址在这里不可能是对的" },
  IP_LOCAL_SOURCE: { en: "its source address is one of the node's own", zh: "它的源地址是节点自己的地址" },
  IP_LOCALNET: { en: "its address is a loopback address", zh: "它的地址是回环地址" },
  IP_INHDR: { en: "its IP header is not sound", zh: "它的 IP 首部有错" },
  IP_CSUM: { en: "the checksum of its IP header is wrong", zh: "它的 IP 首部校验和不对" },
  TCP_CSUM: { en: "its TCP checksum is wrong", zh: "它的 TCP 校验和不对" },
  UDP_CSUM: { en: "its UDP checksum is wrong", zh: "它的 UDP 校验和不对" },
  ICMP_CSUM: { en: "its ICMP checksum is wrong", zh: "它的 ICMP 校验和不对" },
  OTHERHOST: {
    en: "the frame carries a MAC that is not the interface's own: it is for another machine",
    zh: "帧的目的 MAC 不是这个接口的：它是发给别的机器的",
  },
  UNICAST_IN_L2_MULTICAST: {
    en: "it is for one machine, and came in a frame for all of them",
    zh: "它只发给一台机器，却在广播帧里到达",
  },
  NEIGH_FAILED: { en: "nobody answered for the next hop's MAC", zh: "没有人应答下一跳的 MAC" },
  NEIGH_QUEUEFULL: { en: "too many packets wait for the next hop's MAC", zh: "等待下一跳 MAC 的包太多" },
  NEIGH_CREATEFAIL: { en: "the table of neighbours is full", zh: "邻居表已满" },
  NEIGH_DEAD: { en: "the entry for the next hop was taken away meanwhile", zh: "下一跳的邻居表项在此期间被删除" },
  NEIGH_HH_FILLFAIL: { en: "no Ethernet header could be made for the next hop", zh: "无法为下一跳生成以太网首部" },
  QDISC_DROP: { en: "a queueing discipline dropped it", zh: "被排队规则（qdisc）丢弃" },
  QDISC_OVERLIMIT: { en: "a queueing discipline's queue is full", zh: "排队规则（qdisc）的队列已满" },
  QDISC_CONGESTED: {
    en: "a queueing discipline dropped it, since its queue is congested",
    zh: "排队规则（qdisc）因队列拥塞而丢弃",
  },
  FULL_RING: { en: "the interface's queue is full", zh: "接口的队列已满" },
  CPU_BACKLOG: { en: "the processor's queue of received packets is full", zh: "处理器的接收队列已满" },
  TC_INGRESS: { en: "a filter of tc dropped it on arrival", zh: "到达时被 tc 过滤器丢弃" },
  TC_EGRESS: { en: "a filter of tc dropped it on leaving", zh: "发出时被 tc 过滤器丢弃" },
  XDP: { en: "a program in the driver (XDP) dropped it", zh: "被驱动中的 XDP 程序丢弃" },
  BPF_CGROUP_EGRESS: {
    en: "an eBPF program of the sender's control group dropped it",
    zh: "被发送方 cgroup 的 eBPF 程序丢弃",
  },
  SOCKET_FILTER: { en: "the socket's own filter refused it", zh: "被套接字自己的过滤器拒绝" },
  DEV_READY: { en: "the interface is not ready: it is down", zh: "接口没有就绪：它是关闭的" },
  DEV_HDR: { en: "the interface takes no such header", zh: "接口不接受这样的首部" },
  PKT_TOO_BIG: { en: "it is larger than the MTU, and may not be cut", zh: "它超过 MTU，又不允许分片" },
  PKT_TOO_SMALL: { en: "it is too short for its own headers", zh: "它比自己的首部还短" },
  NO_SOCKET: { en: "nothing listens on its port", zh: "没有进程监听它的端口" },
  UNHANDLED_PROTO: { en: "nothing on this interface takes its protocol", zh: "这个接口上没有处理它的协议的程序" },
  IP_NOPROTO: { en: "nothing here takes its protocol", zh: "这里没有处理它的协议的程序" },
  NOMEM: { en: "the kernel had no memory for it", zh: "内核没有内存给它" },
  VXLAN_NO_REMOTE: {
    en: "the VXLAN device has no entry for its MAC, and so no machine to send it to",
    zh: "VXLAN 设备没有该 MAC 的 FDB 表项，不知道该发给哪台机器",
  },
  NO_TX_TARGET: {
    en: "the device has no entry for its MAC, and so nowhere to send it",
    zh: "该设备没有这个 MAC 的表项，不知道该发往哪里",
  },
  VXLAN_VNI_NOT_FOUND: { en: "no VXLAN device here has its VNI", zh: "这里没有哪个 VXLAN 设备是它的 VNI" },
  VXLAN_INVALID_HDR: { en: "its VXLAN header is not sound", zh: "它的 VXLAN 首部有错" },
  VXLAN_ENTRY_EXISTS: {
    en: "its MAC has an entry that forbids it to come from there",
    zh: "它的 MAC 已有表项，不允许从那里来",
  },
  MAC_INVALID_SOURCE: { en: "the MAC it comes from is not a valid one", zh: "它的源 MAC 无效" },
  LOCAL_MAC: { en: "the MAC it comes from is the interface's own", zh: "它的源 MAC 就是这个接口自己的" },
  TUNNEL_TXINFO: { en: "the tunnel was not told where to send it", zh: "隧道不知道该把它发到哪里" },
  IP_TUNNEL_ECN: {
    en: "its congestion marks inside and outside the tunnel contradict each other",
    zh: "隧道内外的拥塞标记互相矛盾",
  },
  RECURSION_LIMIT: { en: "it went through the same interfaces again and again", zh: "它在同样的接口之间反复经过" },
  BRIDGE_INGRESS_STP_STATE: { en: "the bridge's port is blocked", zh: "网桥端口被阻塞" },
  BRIDGE_NO_EGRESS_PORT: { en: "the bridge has no port to send it out of", zh: "网桥没有可以发出它的端口" },
  TTL_EXCEEDED: { en: "its TTL ran out: it goes in a circle", zh: "TTL 耗尽：它在绕圈" },
};

/** undefined of a name that is not known here. */
export const reasonInWords = (reason: string): Text | undefined => reasons[reason];
