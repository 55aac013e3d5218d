import { both, ports, trace, type SomeWords } from "./words.ts";

/** What is said of pods on one node, and what a pod has. */
export const podWords = {
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
} satisfies SomeWords;
