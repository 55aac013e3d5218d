import type { Claim } from "../evidence/claim.ts";
import type { Text } from "./language.ts";
import { partsOf } from "./proofs.ts";

/** The Chinese sentence by kind of claim; `a` and `b` are the pods or nodes that it is about, in the order of its id. */
const chinese: Readonly<Record<string, (a: string, b: string, claim: Claim) => string>> = {
  "containers-on-node": (_a, _b, { node }) => `Pod 的两个容器都在 ${node} 上运行，用的是 net-box 镜像`,
  "same-namespaces": () => "两个容器得到的是同一个 network、IPC 和 UTS namespace",
  "own-namespaces": () => "每个容器各有自己的 PID 和 mount namespace",
  "same-network-inode": () => "内核也这么说：两个容器的进程在同一个 network namespace 里",
  "pod-address": (pod) => `${pod || "Pod"} 的 network namespace 里的 eth0 带有 API server 报告的 Pod IP`,
  "pod-mtu": () => "eth0 的 MTU 给 VXLAN 头留出了空间：正是 flannel 在这个节点上公布的值",
  "veth-peer": (pod, _b, { node }) => `${pod || "Pod"} 的 eth0 是一根网线的一端：另一端是 ${node} 上的一个 veth，插在 cni0 上`,
  "localhost-shared": () => "一个容器在 127.0.0.1 上监听的，另一个容器从 127.0.0.1 就能连上",
  "localhost-not-from-outside": () => "节点用 Pod IP 连不上那个监听者：127.0.0.1 在 Pod 里面",
  "port-taken": () => "一个容器占用的端口，另一个不能再监听：端口也是共用的",
  "two-network-namespaces": () => "两个 Pod 各有一个 network namespace",
  "in-node-cidr": (pod, _b, { node }) => `${pod} 的地址属于 ${node} 的 Pod 网段`,
  "bridge-port": (pod) => `${pod} 的 eth0 的另一端是网桥 cni0 的一个端口`,
  forwarding: (pod) => `cni0 已经学到 ${pod} 的 MAC 在哪个端口后面`,
  ping: (from, to, { claim }) => `${from} 用 Pod IP 能到达 ${to}，${claim.includes("no router") ? "中间没有路由器" : "中间有两个路由器"}`,
  neighbour: (pod) => `${pod} 直接发往对方自己的 MAC，而不是路由器的：它们在同一个以太网段上`,
  "different-nodes": () => "两个 Pod 运行在不同的节点上，因为调度器必须把它们分开",
  "different-pod-cidrs": () => "每个节点独占 Pod 网络的一部分",
  route: (node) => `${node} 把对方节点的 Pod 网段路由进 flannel.1，下一跳是一个它当作直连的地址`,
  vtep: (node) => `${node} 上的 flannel.1 就是它的 flanneld 公布的 VTEP，并从节点自己的地址发送`,
  "vtep-neighbour": (node, other) => `${node} 不用询问就知道 ${other} 的 VTEP 的 MAC：是 flanneld 写进去的`,
  "vtep-forwarding": (node, other) => `${node} 把发给 ${other} 的 VTEP 的帧装进 UDP，发往 ${other} 自己的地址`,
  "mtu-passes": (from, to) => `与 Pod 的 MTU 一样大的包从 ${from} 完整地到达 ${to}：overlay 给自己的头留出了空间`,
  "mtu-exceeded": (from) => `再多一个字节就出不了 ${from}`,
  journey: (step, other, { node }) => journeySentence(step, other, node),
  reach: (pod, protocol) =>
    `${pod} 能${{ icmp: "用 ping ", tcp: "通过 TCP 连接", udp: "用 UDP 数据报" }[protocol] ?? ""}到达其他每一个 Pod`,
  dns: (pod) => `集群的 DNS 对 ${pod} 有应答`,
};

function journeySentence(step: string, other: string, node: string): string {
  switch (step) {
    case "answered":
      return "一个带标记的 ping 得到了应答";
    case "not-on-overlay":
      return "这个包从没经过 flannel.1 或节点自己的接口：有网桥就够了";
    case "encapsulation":
      return `在机器之间，${other === "reply" ? "应答" : "请求"}完整地装在一个从节点到节点的 UDP 数据报里，里面带着 Pod 的地址`;
    default: {
      const leg = step === "reply" ? "应答" : "请求";
      return other === ""
        ? `${leg}从一个 veth 进来，经过 cni0，从另一个 veth 出去`
        : `在 ${node} 上，${leg}依次经过各个接口：Pod 的 veth、cni0、flannel.1 和节点之间的链路`;
    }
  }
}

/** A claim's sentence. One whose kind is not known here stays as it is. */
export function claimWords(claim: Claim): Text {
  const { kind, about } = partsOf(claim);
  return { en: claim.claim, zh: chinese[kind]?.(about[0] ?? "", about[1] ?? "", claim) ?? claim.claim };
}
