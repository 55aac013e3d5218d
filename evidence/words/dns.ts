import type { About } from "../kinds.ts";
import type { Text } from "../language.ts";
import type { SomeWords } from "./words.ts";

const coreDns: Text = {
  en: "kubectl --namespace kube-system logs deployment/coredns; kubectl get services,endpointslices in the lesson's namespace: CoreDNS answers from what the API server lists",
  zh: "kubectl --namespace kube-system logs deployment/coredns；该课命名空间里的 kubectl get services,endpointslices：CoreDNS 按 API server 所列的内容作答",
};

/** What each record of the lesson shows. */
const records: Readonly<Record<About<"dns-record">["record"], Text>> = {
  service: { en: "a Service's name is its ClusterIP", zh: "Service 的名字解析为它的 ClusterIP" },
  headless: {
    en: "the name of a headless Service is the addresses of all its pods",
    zh: "headless Service 的名字解析为它所有 Pod 的地址",
  },
  "pod-of-headless": {
    en: "a pod behind a headless Service has a name of its own",
    zh: "headless Service 后面的 Pod 有自己的名字",
  },
  "port-of-service": {
    en: "the SRV record of a Service's port names the port and the Service",
    zh: "Service 端口的 SRV 记录给出端口号和 Service 的名字",
  },
  "port-of-headless": {
    en: "the SRV record of a headless Service's port names each of its pods",
    zh: "headless Service 端口的 SRV 记录列出它的每个 Pod",
  },
  pod: {
    en: "a pod has a name that is made of its address",
    zh: "Pod 有一个由其地址拼成的名字",
  },
  reverse: { en: "a ClusterIP leads back to the Service's name", zh: "由 ClusterIP 可以反查到 Service 的名字" },
  absent: { en: "a name that nobody has is told to be none", zh: "不存在的名字会得到“没有这个名字”的回答" },
};

/** What is said of the cluster's names. */
export const dnsWords = {
  "dns-service": {
    en: () =>
      "the Service of the cluster's DNS has the tenth address and the ports of DNS, and CoreDNS stands behind it",
    zh: () => "集群 DNS 的 Service 用第十个地址和 DNS 的端口，后面是 CoreDNS",
    look: {
      en: "kubectl --namespace kube-system describe service kube-dns, and get pods --selector=k8s-app=kube-dns",
      zh: "kubectl --namespace kube-system describe service kube-dns，以及 get pods --selector=k8s-app=kube-dns",
    },
  },
  "dns-corefile": {
    en: () =>
      "CoreDNS answers for cluster.local and for addresses itself, and forwards every other name to the node's own resolver",
    zh: () => "CoreDNS 自己回答 cluster.local 和反向解析，其他名字都转发给节点自己的域名服务器",
    look: {
      en: "kubectl --namespace kube-system get configmap coredns --output=yaml",
      zh: "查看 kubectl --namespace kube-system get configmap coredns --output=yaml",
    },
  },
  "resolv-conf": {
    en: ({ pod }) =>
      `${pod} asks the cluster's DNS, and tries a name with fewer than five dots in its namespace, among all Services and in the cluster first`,
    zh: ({ pod }) =>
      `${pod} 向集群的 DNS 查询；点数少于 5 的名字，会先依次在自己的命名空间、所有 Service、整个集群里查找`,
    look: {
      en: "dnsPolicy and dnsConfig of the pod, and clusterDNS and clusterDomain in /var/lib/kubelet/config.yaml on its node",
      zh: "该 Pod 的 dnsPolicy 和 dnsConfig，以及它所在节点上 /var/lib/kubelet/config.yaml 里的 clusterDNS 和 clusterDomain",
    },
  },
  "dns-questions": {
    en: ({ pod, host, real }) =>
      host.endsWith(".")
        ? `the dot at the end of ${host} keeps the search path out: ${pod} asks one question`
        : `looking for ${host}, ${pod} asks for each name that the search path makes of it, in order, until ${real} is answered`,
    zh: ({ pod, host, real }) =>
      host.endsWith(".")
        ? `${host} 末尾的点让搜索域不起作用：${pod} 只问一次`
        : `查找 ${host} 时，${pod} 按顺序查询搜索域拼出的每个名字，直到 ${real} 得到应答`,
    look: {
      en: "/etc/resolv.conf in the pod; tcpdump -n -i eth0 udp port 53 in its network namespace while it looks up the name",
      zh: "该 Pod 里的 /etc/resolv.conf；它查询时，在它的 network namespace 里运行 tcpdump -n -i eth0 udp port 53",
    },
  },
  "dns-record": {
    en: ({ pod, record, host }) => `${records[record].en}: ${pod} asks for ${host}`,
    zh: ({ pod, record, host }) => `${records[record].zh}：${pod} 查询 ${host}`,
    look: coreDns,
  },
  "dns-replica": {
    en: ({ from, replica }) => `${replica} answers ${from} at its own address as the Service does`,
    zh: ({ from, replica }) => `${replica} 用自己的地址回答 ${from}，结果与经过 Service 时一样`,
    look: coreDns,
  },
  "dns-from-node": {
    en: ({ node }) =>
      `a process of ${node} that asks the cluster's DNS by its address is told the names of Services and pods`,
    zh: ({ node }) => `${node} 上的进程按地址询问集群的 DNS，也能查到 Service 和 Pod 的名字`,
    look: {
      en: "iptables-save -t nat on the node: the rules of kube-system/kube-dns; the node's own resolv.conf does not name the cluster's DNS",
      zh: "节点上的 iptables-save -t nat：kube-system/kube-dns 的规则；节点自己的 resolv.conf 里没有集群的 DNS",
    },
  },
} satisfies SomeWords;
