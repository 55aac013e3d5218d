import type { Claim } from "../evidence/claim.ts";
import type { PodView } from "./cluster-view.ts";
import type { Text } from "./language.ts";
import { withNumbers } from "./pod-names.ts";
import { partsOf } from "./proofs.ts";

/** A claim with what its sentence names. */
interface About {
  readonly claim: Claim;
  readonly node: string;
  /** The pods of its scenario, and the containers of the first of them, by name. */
  readonly pods: readonly string[];
  readonly containers: readonly string[];
}

/** The Chinese sentence by kind of claim; `a` and `b` are the pods or nodes that it is about, in the order of its id. */
const chinese: Readonly<Record<string, (a: string, b: string, about: About) => string>> = {
  "containers-on-node": (_a, _b, { node, pods, containers }) =>
    `${pods[0] ?? "Pod"} 的 ${all(containers)} 都在 ${node} 上运行，用的是 net-box 镜像`,
  "same-namespaces": (_a, _b, { containers }) => `${all(containers)} 得到的是同一个 network、IPC 和 UTS namespace`,
  "own-namespaces": (_a, _b, { containers }) => `${all(containers)} 各有自己的 PID 和 mount namespace`,
  "same-network-inode": () => "内核也这么说：两个容器的进程在同一个 network namespace 里",
  "pod-address": (pod, _b, { pods }) =>
    `${pod || (pods[0] ?? "Pod")} 的 network namespace 里的 eth0 带有 API server 报告的 Pod IP`,
  "pod-mtu": () => "eth0 的 MTU 就是 flannel 为这个节点的 Pod 写下的那个值",
  "veth-peer": (pod, _b, { node, pods }) =>
    `${pod || (pods[0] ?? "Pod")} 的 eth0 是一根虚拟网线的一端：另一端是 ${node} 上的一个 veth，插在 cni0 上`,
  "localhost-shared": (_a, _b, { containers: [first, second] }) =>
    `${first ?? "一个容器"} 在 127.0.0.1 上监听的，${second ?? "另一个容器"} 从 127.0.0.1 就能连上`,
  "localhost-not-from-outside": (_a, _b, { claim }) =>
    `节点用 ${/ at (\d[\d.]+\d):/.exec(claim.claim)?.[1] ?? "Pod IP"} 连不上那个监听者：127.0.0.1 在 Pod 里面`,
  "port-taken": (_a, _b, { containers: [first, second] }) =>
    `${first ?? "一个容器"} 占用的端口，${second ?? "另一个"} 不能再监听：端口也是共用的`,
  "two-network-namespaces": (_a, _b, { pods }) => `${all(pods)} 各有一个 network namespace`,
  "in-node-cidr": (pod, _b, { node }) => `${pod} 的地址属于 ${node} 的 Pod 网段`,
  "bridge-port": (pod) => `${pod} 的 eth0 的另一端是网桥 cni0 的一个端口`,
  forwarding: (pod) => `cni0 已经学到 ${pod} 的 MAC 在哪个端口后面`,
  ping: (from, to, { claim }) =>
    `${from} 用 Pod IP 能到达 ${to}，${claim.claim.includes("no router") ? "中间没有路由器" : "中间有两个路由器"}`,
  neighbour: (pod, _b, { pods }) =>
    `${pod} 直接发往 ${pods.find((other) => other !== pod) ?? "对方"} 自己的 MAC，而不是路由器的：它们在同一个以太网段上`,
  "different-nodes": (_a, _b, { pods }) => `${all(pods)} 运行在不同的节点上`,
  "different-pod-cidrs": () => "每个节点独占 Pod 网络的一部分",
  route: (node, _b, { claim }) =>
    `${node} 把 ${/ routes (\S+)'s /.exec(claim.claim)?.[1] ?? "对方节点"} 的 Pod 网段路由进 flannel.1，下一跳是一个它当作直连的地址`,
  vtep: (node) => `${node} 上的 flannel.1 是一个 VXLAN 设备，从节点自己的地址发送：这就是节点的 VTEP`,
  "vtep-neighbour": (node, other) =>
    `${node} 不用询问就知道 ${other} 的 VTEP 的 MAC：表项是 PERMANENT，是写进去的，不是学来的`,
  "vtep-forwarding": (node, other) => `${node} 把发给 ${other} 的 VTEP 的帧装进 UDP，发往 ${other} 自己的地址`,
  "mtu-passes": (from, to) => `与 Pod 的 MTU 一样大、不许分片的包从 ${from} 到达 ${to}，并得到应答`,
  "mtu-exceeded": (from) => `再多一个字节就出不了 ${from}`,
  journey: journeySentence,
  reach: (pod, protocol) =>
    `${pod} 能${{ icmp: "用 ping ", tcp: "通过 TCP 连接", udp: "用 UDP 数据报" }[protocol] ?? ""}到达其他每一个 Pod`,
  dns: (pod) => `集群的 DNS 对 ${pod} 有应答`,
  "own-kernel": (node) => `${node} 运行的是自己的内核：它的 Pod 与其他节点的 Pod 共用的只有网络`,
  "private-interface": (node) => `在 ${node} 上，节点的地址和 VTEP 在私有接口上，不在默认路由所在的接口上`,
};

function journeySentence(step: string, other: string, { claim, node, pods }: About): string {
  const [from = "Pod", to = "Pod"] = step === "reply" ? pods.toReversed() : pods;
  switch (step) {
    case "answered":
      return `从 ${from} 到 ${to}、带标记 ${/ marked ([0-9a-f]+)/.exec(claim.claim)?.[1] ?? ""} 的一个 ping 得到了应答`;
    case "not-on-overlay":
      return "这个包从没经过 flannel.1 或节点自己的接口：有网桥就够了";
    case "encapsulation":
      return `在机器之间，${other === "reply" ? "应答" : "请求"}完整地装在一个从节点到节点的 UDP 数据报里，里面带着 Pod 的地址`;
    default: {
      const leg = step === "reply" ? "应答" : "请求";
      if (other === "") return `从 ${from} 到 ${to} 的${leg}从一个 veth 进来，经过 cni0，从另一个 veth 出去`;
      return claim.claim.includes(" comes in ")
        ? `在 ${node} 上，${leg}装在 UDP 里进来，从 flannel.1 出来，经过 cni0 进入 Pod 的 veth`
        : `在 ${node} 上，${leg}从 Pod 的 veth 经 cni0 进入 flannel.1，装进 UDP 发出`;
    }
  }
}

const all = (names: readonly string[]): string => names.join(" 和 ") || "两者";

/** A claim's sentence, its pods with their lesson's number. One whose kind is not known here stays as it is. */
export function claimWords(claim: Claim, pods: readonly PodView[]): Text {
  const { kind, about, scenario } = partsOf(claim);
  const own = pods.filter((pod) => pod.scenario === scenario);
  const named: About = {
    claim,
    node: claim.node,
    pods: own.map(({ name }) => name),
    containers: own[0]?.containers ?? [],
  };
  return {
    en: withNumbers(claim.claim, own),
    zh: withNumbers(chinese[kind]?.(about[0] ?? "", about[1] ?? "", named) ?? claim.claim, own),
  };
}
