import { backendBy, backendOf, type Carrier, inTermsOf } from "../backends.ts";
import { ipv4, ipv6 } from "../family.ts";
import type { Text } from "../language.ts";
import { both, type SomeWords } from "./words.ts";

const deviceOf = (backend: Carrier | undefined): string => backendOf(backend).tunnel?.device ?? ipv4.vtep;
const vtepBy = (family: "ipv6" | undefined, backend?: Carrier): string =>
  backendBy(backendOf(backend), family === undefined ? ipv4 : ipv6).vtep ?? ipv4.vtep;
/** A text with the port of flannel's own, or the one that was set. */
const ported = (backend: Carrier | undefined, text: string): string => inTermsOf(backendOf(backend), text);
/** By what a MAC is asked for. */
const asksBy = (family: "ipv6" | undefined): string => (family === undefined ? "ARP" : "NDP");

const flanneldWrites: Text = {
  en: "the log of flanneld on the node; restarting its pod writes the entry again",
  zh: "该节点上 flanneld 的日志；重启它的 Pod，它会重新写入表项",
};

/** What is said of what lies between nodes. */
export const overlayWords = {
  "different-nodes": {
    en: ({ pods }) => `${both.en(pods)} run on different nodes`,
    zh: ({ pods }) => `${both.zh(pods)} 运行在不同的节点上`,
    look: undefined,
  },
  "different-pod-cidrs": {
    en: () => "each node has a part of the pod network for itself",
    zh: () => "每个节点独占 Pod 网络中的一段",
    look: {
      en: "kubectl get nodes --output yaml: spec.podCIDR, and the controller-manager's --cluster-cidr",
      zh: "kubectl get nodes --output yaml 里的 spec.podCIDR，以及 controller-manager 的 --cluster-cidr",
    },
  },
  route: {
    en: ({ node, peer, backend, family }) =>
      ({
        frame: `${node} routes ${peer}'s pod CIDR into ${vtepBy(family, backend)}, to an address that it takes for directly connected`,
        packet: `${node} routes ${peer}'s pod CIDR into ${deviceOf(backend)}, to ${peer}'s own address, which it takes for directly connected there`,
        program: `${node} routes the pod network as a whole into ${deviceOf(backend)}, and nothing leads to ${peer}'s part of it by another way`,
        sealed: `${node} routes the pod network as a whole into ${deviceOf(backend)}, and nothing leads to ${peer}'s part of it by another way`,
        bare: `${node} routes ${peer}'s pod CIDR out of its own interface, to ${peer}'s own address`,
      })[backendOf(backend).manner],
    zh: ({ node, peer, backend, family }) =>
      ({
        frame: `${node} 把 ${peer} 的 Pod 网段路由进 ${vtepBy(family, backend)}，下一跳是一个它当作直连的地址`,
        packet: `${node} 把 ${peer} 的 Pod 网段路由进 ${deviceOf(backend)}，下一跳是 ${peer} 自己的地址，它把这个地址当作在那里直连`,
        program: `${node} 把整个 Pod 网络路由进 ${deviceOf(backend)}，去往 ${peer} 那一段没有别的路`,
        sealed: `${node} 把整个 Pod 网络路由进 ${deviceOf(backend)}，去往 ${peer} 那一段没有别的路`,
        bare: `${node} 把 ${peer} 的 Pod 网段从自己的接口路由出去，下一跳是 ${peer} 自己的地址`,
      })[backendOf(backend).manner],
    look: {
      en: "the log of flanneld on the node (kubectl --namespace kube-flannel logs), and ip route",
      zh: "该节点上 flanneld 的日志（kubectl --namespace kube-flannel logs），以及 ip route",
    },
  },
  "route-decision": {
    en: ({ node, from, to }) =>
      `the kernel of ${node} sends a packet from ${from} to ${to} where it belongs, by all its tables and rules`,
    zh: ({ node, from, to }) => `对从 ${from} 到 ${to} 的包，${node} 的内核查过所有路由表和策略规则之后，转发方向正确`,
    look: {
      en: "ip rule, and ip route show table all: a rule that comes before the table main decides first",
      zh: "ip rule 和 ip route show table all：排在 main 表之前的规则先起作用",
    },
  },
  "address-unique": {
    en: () => "no address and no MAC of the pod network is there twice, and no pod has a second one",
    zh: () => "Pod 网络里没有重复的 IP 地址或 MAC，也没有哪个 Pod 多出一个地址",
    look: {
      en: "ip addr in the network namespaces that are named (ip netns exec NAME ip addr): a sandbox that was left behind, or an address that somebody added",
      zh: "在指出的 network namespace 里运行 ip addr（ip netns exec NAME ip addr）：残留的 sandbox，或有人手工加的地址",
    },
  },
  vtep: {
    en: ({ node, family, backend }) =>
      `${vtepBy(family, backend)} on ${node} is a VXLAN device that sends from the node's own address: the node's VTEP`,
    zh: ({ node, family, backend }) =>
      `${node} 上的 ${vtepBy(family, backend)} 是一个 VXLAN 设备，从节点自己的地址发送：这就是节点的 VTEP`,
    look: {
      en: "the log of flanneld on the node, and the node's annotations flannel.alpha.coreos.com/*",
      zh: "该节点上 flanneld 的日志，以及 Node 对象的注解 flannel.alpha.coreos.com/*",
    },
  },
  "vtep-neighbour": {
    en: ({ node, peer }) =>
      `${node} knows the MAC of ${peer}'s VTEP without asking: the entry is PERMANENT, written and not learned`,
    zh: ({ node, peer }) => `${node} 不经询问就知道 ${peer} 的 VTEP 的 MAC：表项是 PERMANENT，是写进去的，不是学习到的`,
    look: flanneldWrites,
  },
  "vtep-forwarding": {
    en: ({ node, peer }) => `${node} sends frames for ${peer}'s VTEP inside UDP to ${peer}'s own address`,
    zh: ({ node, peer }) => `${node} 把发给 ${peer} 的 VTEP 的帧封装进 UDP，发往 ${peer} 自己的地址`,
    look: flanneldWrites,
  },
  "tunnel-end": {
    en: ({ node, backend }) =>
      backendOf(backend).manner === "sealed"
        ? `${deviceOf(backend)} on ${node} has the key that the node announced to the others, and listens on its UDP port`
        : `${deviceOf(backend)} on ${node} puts packets into packets that it sends from the node's own address, to whichever machine a route names`,
    zh: ({ node, backend }) =>
      backendOf(backend).manner === "sealed"
        ? `${node} 上的 ${deviceOf(backend)} 用的正是该节点向其他节点公布的密钥，并在它的 UDP 端口上监听`
        : `${node} 上的 ${deviceOf(backend)} 把包装进另一个包，从节点自己的地址发出，发往路由指明的那台机器`,
    look: {
      en: "ip -details link show flannel.ipip, or wg show flannel-wg, and the log of flanneld on the node; restarting its pod makes the device anew",
      zh: "ip -details link show flannel.ipip 或 wg show flannel-wg，以及该节点上 flanneld 的日志；重启它的 Pod，它会重新建立这个设备",
    },
  },
  "tunnel-peer": {
    en: ({ node, peer }) =>
      `${node} knows ${peer} by its public key, sends to its own address, lets in from it what ${peer}'s pods send and nothing else, and has agreed on keys with it`,
    zh: ({ node, peer }) =>
      `${node} 凭公钥认识 ${peer}，发往它自己的地址，只放行来自 ${peer} 的 Pod 的包，并且双方已经协商好密钥`,
    look: {
      en: "wg show flannel-wg on both nodes: endpoint, allowed ips and latest handshake; without a handshake UDP does not pass between them, or one has an old key of the other; then the annotation flannel.alpha.coreos.com/backend-data of the other's Node object",
      zh: "两个节点上的 wg show flannel-wg：endpoint、allowed ips 和 latest handshake；没有 handshake，说明 UDP 在两者之间不通，或一方记着对方的旧密钥；再看对方 Node 对象的注解 flannel.alpha.coreos.com/backend-data",
    },
  },
  "overlay-port": {
    en: ({ node, peer, backend }) =>
      `UDP port ${ported(backend, "8472")} is open between ${node} and ${peer}, there and back, whatever flannel's own tables say`,
    zh: ({ node, peer, backend }) =>
      `${node} 与 ${peer} 之间的 UDP ${ported(backend, "8472")} 往返都通，与 flannel 自己的表项无关`,
    look: {
      en: "iptables-save and nft list ruleset on both nodes, the chains INPUT and OUTPUT and the table raw; then the network between the machines",
      zh: "两个节点上的 iptables-save 和 nft list ruleset（INPUT 链、OUTPUT 链和 raw 表）；再看节点之间的网络",
    },
  },
  "wire-neighbour": {
    en: ({ node, peer, family }) =>
      `${node} knows the MAC of ${peer}'s own interface: ${asksBy(family)} asked for it, and nobody wrote it`,
    zh: ({ node, peer, family }) =>
      `${node} 知道 ${peer} 自己的接口的 MAC：是 ${asksBy(family)} 问来的，不是谁写进去的`,
    look: {
      en: "ip neigh on the node, beside ip link on the other; FAILED says that the other machine does not answer in this network, PERMANENT that somebody wrote the entry",
      zh: "节点上的 ip neigh，与对方节点的 ip link 对照；FAILED 说明对方机器在这个网络里没有应答，PERMANENT 说明有人写入了表项",
    },
  },
  "mtu-passes": {
    en: ({ from, to, family }) =>
      `a packet as large as ${family === undefined ? "the pods' MTU" : "fits between the nodes"}, not to be fragmented, goes from ${from} to ${to} and is answered`,
    zh: ({ from, to, family }) =>
      `${family === undefined ? "与 Pod 的 MTU 一样大" : "节点之间放得下的最大"}、不许分片的包从 ${from} 到达 ${to}，并得到应答`,
    look: {
      en: "ip link on both nodes: the MTU of each interface on the way, such as eth0 and flannel's own, and what is between the machines",
      zh: "两个节点上的 ip link：途经的每个接口（如 eth0 和 flannel 自己的设备）的 MTU，以及节点之间的网络",
    },
  },
  "mtu-exceeded": {
    en: ({ from, family }) =>
      `one byte more does not leave ${from}${family === undefined ? "" : "'s node, which says how much fits"}`,
    zh: ({ from, family }) =>
      family === undefined
        ? `再多一个字节就出不了 ${from}`
        : `再多一个字节就出不了 ${from} 所在的节点，节点会告知能放下多少`,
    look: undefined,
  },
  "own-kernel": {
    en: ({ node }) =>
      `${node} runs a kernel of its own: what its pods share with those of other nodes is the network alone`,
    zh: ({ node }) => `${node} 运行的是自己的内核：它的 Pod 与其他节点的 Pod 共用的只有网络`,
    look: {
      en: "systemd-detect-virt on the nodes: the machines are not virtual, or one is there twice",
      zh: "各节点上的 systemd-detect-virt：机器不是虚拟机，或者同一台机器出现了两次",
    },
  },
  "private-interface": {
    en: ({ node, backend }) =>
      backendOf(backend).vtep === undefined
        ? `on ${node} the node's address is on the private interface, not on the one with the default route`
        : `on ${node} the node's address and the VTEP are on the private interface, not on the one with the default route`,
    zh: ({ node, backend }) =>
      `在 ${node} 上，节点的地址${backendOf(backend).vtep === undefined ? "" : "和 VTEP "}在私有接口上，不在默认路由所在的接口上`,
    look: {
      en: "the kubelet's --node-ip in /var/lib/kubelet/kubeadm-flags.env, flanneld's --iface, and ip route",
      zh: "/var/lib/kubelet/kubeadm-flags.env 里 kubelet 的 --node-ip、flanneld 的 --iface，以及 ip route",
    },
  },
} satisfies SomeWords;
