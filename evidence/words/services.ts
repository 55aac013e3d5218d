import type { Text } from "../language.ts";
import type { SomeWords } from "./words.ts";

const kubeProxy: Text = {
  en: "the log of kube-proxy on the node, and iptables -t nat -L KUBE-SERVICES -n there, or nft list table ip kube-proxy",
  zh: "该节点上 kube-proxy 的日志，以及那里的 iptables -t nat -L KUBE-SERVICES -n，或 nft list table ip kube-proxy",
};
const translations: Text = {
  en: "conntrack -L on the node: both directions of the connection; iptables -t nat -L KUBE-POSTROUTING -n",
  zh: "节点上的 conntrack -L：连接的两个方向；iptables -t nat -L KUBE-POSTROUTING -n",
};

const mtu: Text = {
  en: "ip link show and ethtool -k of flannel's device, or of the node's own interface, on the node: the MTU, and the offloads of checksums and segments",
  zh: "节点上 flannel 的设备或节点自己的接口的 ip link show 和 ethtool -k：MTU，以及校验和与分段的卸载",
};
const policy: Text = {
  en: "kubectl describe service: External Traffic Policy and Endpoints; conntrack -L -p tcp --orig-port-dst PORT on the node that was called",
  zh: "kubectl describe service 里的 External Traffic Policy 和 Endpoints；被访问的节点上的 conntrack -L -p tcp --orig-port-dst PORT",
};

/** What is said of Services. */
export const serviceWords = {
  endpoints: {
    en: ({ service }) => `the API's list of what stands behind ${service} is the addresses of its ready pods`,
    zh: ({ service }) => `API 列出的 ${service} 的端点，就是它后面就绪的 Pod 的地址`,
    look: {
      en: "kubectl describe service and get pods --show-labels: the selector, the labels, whether the pods are ready, the targetPort",
      zh: "kubectl describe service 和 get pods --show-labels：选择器、标签、Pod 是否就绪、targetPort",
    },
  },
  "service-rules": {
    en: ({ service, node }) =>
      `on ${node} kube-proxy's rules lead from the ClusterIP of ${service} to exactly these endpoints, each as likely as the others`,
    zh: ({ service, node }) => `在 ${node} 上，kube-proxy 的规则把 ${service} 的 ClusterIP 引向恰好这些端点，概率相同`,
    look: kubeProxy,
  },
  "service-from-pod": {
    en: ({ service, from }) =>
      `every connection from ${from} to the ClusterIP of ${service} is answered by one of its pods`,
    zh: ({ service, from }) => `从 ${from} 到 ${service} 的 ClusterIP 的每个连接，都由它的某个 Pod 应答`,
    look: kubeProxy,
  },
  "service-from-node": {
    en: ({ service, node }) =>
      `every connection from a process of ${node} to the ClusterIP of ${service} is answered by one of its pods`,
    zh: ({ service, node }) => `从 ${node} 自己的进程到 ${service} 的 ClusterIP 的每个连接，都由它的某个 Pod 应答`,
    look: kubeProxy,
  },
  "service-balance": {
    en: ({ service, from }) =>
      `the pods behind ${service} get equal shares of the connections from ${from}, but for chance`,
    zh: ({ service, from }) => `除去偶然的偏差，${service} 的各个 Pod 分到的来自 ${from} 的连接一样多`,
    look: kubeProxy,
  },
  "service-translation": {
    en: ({ service, from }) =>
      `a connection from ${from} to ${service} changes its destination alone: the pod that answers sees the address of ${from}`,
    zh: ({ service, from }) => `从 ${from} 到 ${service} 的连接只改变目的地址：应答的 Pod 看到的是 ${from} 的地址`,
    look: translations,
  },
  "service-journey": {
    en: ({ service, from }) =>
      `a connection from ${from} through ${service} to a pod of another node has one address changed, once on the way there and back again on the way back, on ${from}'s node`,
    zh: ({ service, from }) =>
      `从 ${from} 经 ${service} 到另一节点的 Pod 的连接，只有一个地址被改写：去时改一次，回来时改回来，都在 ${from} 所在的节点上`,
    look: {
      en: "./lab trace from that pod to svc/NAME: each hop with its addresses, and the rule that changed them",
      zh: "从那个 Pod 对 svc/NAME 运行 ./lab trace：每一跳的地址，以及改写地址的规则",
    },
  },
  "service-masquerade": {
    en: ({ service, node }) =>
      `a connection from a process of ${node} to ${service} leaves with the address of the device that leads to the pod, so that the answer comes back to ${node}`,
    zh: ({ service, node }) =>
      `从 ${node} 自己的进程到 ${service} 的连接，源地址是通往该 Pod 的设备的地址，应答才能回到 ${node}`,
    look: translations,
  },
  "service-hairpin": {
    en: ({ service, from }) =>
      `${from} reaches ${service}, which it stands behind itself, and is sometimes answered by itself`,
    zh: ({ service, from }) => `${from} 自己就在 ${service} 后面，也能访问它，有时应答的就是自己`,
    look: {
      en: "iptables -t nat -L KUBE-MARK-MASQ -n on the node, and cat /sys/class/net/cni0/lower_*/brport/hairpin_mode",
      zh: "节点上的 iptables -t nat -L KUBE-MARK-MASQ -n，以及 cat /sys/class/net/cni0/lower_*/brport/hairpin_mode",
    },
  },
  "service-affinity": {
    en: ({ service, from }) => `${service} remembers its clients: all connections from ${from} go to one pod`,
    zh: ({ service, from }) => `${service} 记得它的客户端：来自 ${from} 的所有连接都去往同一个 Pod`,
    look: kubeProxy,
  },
  "service-without-endpoints": {
    en: ({ service, node }) =>
      `${service}, which no pod stands behind, refuses connections on ${node} at once: they are not lost`,
    zh: ({ service, node }) => `没有 Pod 的 ${service} 在 ${node} 上立即拒绝连接：连接不是丢失`,
    look: {
      en: "iptables -L KUBE-SERVICES -n on the node: the REJECT rule",
      zh: "节点上的 iptables -L KUBE-SERVICES -n：REJECT 规则",
    },
  },
  "node-port": {
    en: ({ service, node }) => `from ${node} the port of ${service} is open on every node, wherever its pods run`,
    zh: ({ service, node }) => `从 ${node} 看，${service} 的端口在每个节点上都开放，无论它的 Pod 在哪里运行`,
    look: kubeProxy,
  },
  "proxy-mode": {
    en: ({ node }) => `kube-proxy on ${node} works in the mode that was asked for, and has left no rule of the other`,
    zh: ({ node }) => `${node} 上的 kube-proxy 以所要求的模式工作，另一种模式的规则没有残留`,
    look: {
      en: "kubectl get configmap kube-proxy --namespace kube-system --output yaml: mode; the log of kube-proxy on the node",
      zh: "kubectl get configmap kube-proxy --namespace kube-system --output yaml 里的 mode；该节点上 kube-proxy 的日志",
    },
  },
  "service-headless": {
    en: ({ service, node }) =>
      `kube-proxy on ${node} has nothing to do for ${service}: it has no address, its name is its pods' addresses`,
    zh: ({ service, node }) =>
      `${node} 上的 kube-proxy 不为 ${service} 做任何事：它没有地址，它的名字就是各个 Pod 的地址`,
    look: kubeProxy,
  },
  "service-udp-from-pod": {
    en: ({ service, from }) => `every datagram from ${from} to ${service} is answered, and each of its pods gets some`,
    zh: ({ service, from }) => `从 ${from} 发往 ${service} 的每个 UDP 数据报都有应答，每个 Pod 都收到一些`,
    look: translations,
  },
  "service-udp-from-node": {
    en: ({ service, node }) =>
      `every datagram from a process of ${node} to ${service} is answered, and each of its pods gets some`,
    zh: ({ service, node }) => `从 ${node} 自己的进程发往 ${service} 的每个 UDP 数据报都有应答，每个 Pod 都收到一些`,
    look: translations,
  },
  "service-large-from-pod": {
    en: ({ service, from }) => `what is larger than the MTU passes ${service} both ways, from ${from}`,
    zh: ({ service, from }) => `从 ${from} 出发，比 MTU 大的数据在两个方向上都能通过 ${service}`,
    look: mtu,
  },
  "service-large-from-node": {
    en: ({ service, node }) => `what is larger than the MTU passes ${service} both ways, from a process of ${node}`,
    zh: ({ service, node }) => `从 ${node} 自己的进程出发，比 MTU 大的数据在两个方向上都能通过 ${service}`,
    look: mtu,
  },
  "external-policy-local": {
    en: ({ service, node }) =>
      `${service} keeps to externalTrafficPolicy Local: from ${node} its port is answered by nodes with a pod of it, and by no others`,
    zh: ({ service, node }) =>
      `${service} 遵守 externalTrafficPolicy Local：从 ${node} 看，只有运行着它的 Pod 的节点应答它的端口`,
    look: policy,
  },
  "source-kept": {
    en: ({ service, node }) => `on ${node} the pod of ${service} sees the addresses of callers from outside`,
    zh: ({ service, node }) => `在 ${node} 上，${service} 的 Pod 看到的是外部调用者自己的地址`,
    look: policy,
  },
  "source-changed": {
    en: ({ service, node }) =>
      `the pods of ${service} see an address of ${node} instead of those that call from outside by way of it`,
    zh: ({ service, node }) => `外部调用者经 ${node} 访问时，${service} 的 Pod 看到的是 ${node} 的地址，而不是调用者的`,
    look: policy,
  },
} satisfies SomeWords;
