import type { Text } from "../language.ts";
import type { SomeWords } from "./words.ts";

const speaker: Text = {
  en: "curl http://ADDRESS:7472/metrics | grep ^metallb_speaker_announced, with each node's address, and kubectl logs --namespace load-balancer --selector component=speaker",
  zh: "对每个节点的地址运行 curl http://ADDRESS:7472/metrics | grep ^metallb_speaker_announced，以及 kubectl logs --namespace load-balancer --selector component=speaker",
};

/** What is said of addresses that are given to Services out of the machines' network. */
export const balancerWords = {
  "balancer-address": {
    en: ({ service }) =>
      `${service} was given an address of its own in the machines' network, which no machine of the lab can have`,
    zh: ({ service }) => `${service} 得到了节点网络里一个自己的地址，实验环境的机器不会用到它`,
    look: {
      en: "kubectl describe service --namespace load-balancer: its events; kubectl logs --namespace load-balancer deployment/controller",
      zh: "kubectl describe service --namespace load-balancer 里的事件；kubectl logs --namespace load-balancer deployment/controller",
    },
  },
  "balancer-announced": {
    en: ({ service, node }) =>
      `as ${node} hears it on the wire, one node answers for the address of ${service}, the one whose speaker says so, and no other`,
    zh: ({ service, node }) =>
      `${node} 在线路上听到：为 ${service} 的地址应答的只有一个节点，就是自己的 speaker 这样说的那个，没有别的`,
    look: speaker,
  },
  "balancer-from-outside": {
    en: ({ service, node }) =>
      `a caller beside the cluster, on the wire of ${node}, is answered at the address of ${service} by the right pods`,
    zh: ({ service, node }) => `与 ${node} 在同一线路上的集群外访问者，在 ${service} 的地址得到正确的 Pod 的应答`,
    look: speaker,
  },
  "balancer-from-node": {
    en: ({ service, node }) =>
      `a process of ${node} is answered at the address of ${service} by all its pods: kube-proxy there knows the address, and the wire is not asked`,
    zh: ({ service, node }) =>
      `${node} 自己的进程在 ${service} 的地址得到它的任一 Pod 的应答：那里的 kube-proxy 认识这个地址，不必问线路`,
    look: {
      en: "iptables-save -t nat on the node, or nft list map ip kube-proxy service-ips: the address and where it leads",
      zh: "节点上的 iptables-save -t nat，或 nft list map ip kube-proxy service-ips：这个地址以及它的去向",
    },
  },
} satisfies SomeWords;
