import type { About } from "../kinds.ts";
import type { Text } from "../language.ts";
import type { SomeWords } from "./words.ts";

/** How a pod reaches another, by protocol. */
const reaches: Readonly<Record<About<"reach">["protocol"], Text>> = {
  icmp: { en: "with a ping", zh: "ping 通其他每一个 Pod" },
  tcp: { en: "over a TCP connection", zh: "用 TCP 连上其他每一个 Pod" },
  udp: { en: "with a UDP datagram", zh: "与其他每一个 Pod 互发 UDP 数据报" },
};

/** What is said of who reaches whom, and which names are found. */
export const reachWords = {
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
} satisfies SomeWords;
