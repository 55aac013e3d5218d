import type { Text } from "../language.ts";
import type { SomeWords } from "./words.ts";

const kubeProxy: Text = {
  en: "the log of kube-proxy on the node, and iptables -t nat -L KUBE-SERVICES -n there",
  zh: "该节点上 kube-proxy 的日志，以及那里的 iptables -t nat -L KUBE-SERVICES -n",
};
const translations: Text = {
  en: "conntrack -L on the node: both directions of the connection; iptables -t nat -L KUBE-POSTROUTING -n",
  zh: "节点上的 conntrack -L：连接的两个方向；iptables -t nat -L KUBE-POSTROUTING -n",
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
  "service-masquerade": {
    en: ({ service, node }) =>
      `a connection from a process of ${node} to ${service} changes its source too, so that the answer comes back to ${node}`,
    zh: ({ service, node }) => `从 ${node} 自己的进程到 ${service} 的连接还会改变源地址，应答才能回到 ${node}`,
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
} satisfies SomeWords;
