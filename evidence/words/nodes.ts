import { backendBy, backendOf, type Carrier } from "../backends.ts";
import { ipv4, ipv6 } from "../family.ts";
import type { SomeWords } from "./words.ts";

const tunnels = (backend: Carrier | undefined, family: "ipv6" | undefined): readonly string[] => {
  const { tunnel } = backendBy(backendOf(backend), family === undefined ? ipv4 : ipv6);
  return tunnel === undefined ? [] : [tunnel.device];
};

/** What is said of what a node must have. */
export const nodeWords = {
  backend: {
    en: ({ node, backend }) =>
      `flannel on ${node} carries packets by its backend ${backendOf(backend).name}: what belongs to that is there, what belongs to another is not, and the pods' MTU follows from it`,
    zh: ({ node, backend }) =>
      `${node} 上的 flannel 用 ${backendOf(backend).name} 后端传输：属于它的设备都在，属于别的后端的都不在，Pod 的 MTU 也由它而来`,
    look: {
      en: "kubectl --namespace kube-flannel get configmap kube-flannel-cfg --output yaml: somebody may have switched the backend by hand; ip link; ./lab up puts back what the config says",
      zh: "kubectl --namespace kube-flannel get configmap kube-flannel-cfg --output yaml：可能有人手工切换了后端；再看 ip link；./lab up 会恢复成配置所说的",
    },
  },
  "link-up": {
    en: ({ node, backend, family }) =>
      `on ${node} every link is up, from the pods' cables over ${["cni0", ...tunnels(backend, family)].join(" and ")} to the wire`,
    zh: ({ node, backend, family }) =>
      `${node} 上的链路都是 up：各个 Pod 的 veth、${["cni0", ...tunnels(backend, family)].join("、")}，直到节点自己的接口`,
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
    en: ({ node, family }) =>
      `on ${node} even bridged packets pass ${family === undefined ? "iptables" : "ip6tables"}, so that a Service works when its backend is on the same node`,
    zh: ({ node, family }) =>
      `在 ${node} 上，桥接的包也要经过 ${family === undefined ? "iptables" : "ip6tables"}，所以后端在同一节点上时 Service 也能用`,
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
      en: "iptables-save -t nat: POSTROUTING in its order, and FLANNEL-POSTRTG, or nft list table ip flannel-ipv4 where flannel writes there; flanneld writes its own rules again, another rule before them stays",
      zh: "iptables-save -t nat：按顺序看 POSTROUTING，再看 FLANNEL-POSTRTG（flannel 写进 nftables 时看 nft list table ip flannel-ipv4）；flanneld 会重写自己的规则，但排在前面的别的规则会留着",
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
} satisfies SomeWords;
