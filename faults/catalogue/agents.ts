import type { Fault } from "../fault.ts";

/** Five minutes after a node was last heard of, the cluster deletes its pods, and those of the course come back on no other node. */
const beforeEviction = 240;

export const agents: readonly Fault[] = [
  {
    name: "kubelet-stopped",
    title: { en: "the kubelet has stopped", zh: "kubelet 已停止" },
    story: {
      en: "Nobody looks after the node's pods any more. They run on, and so do their packets.",
      zh: "这个节点的 Pod 不再有 kubelet 管理。它们继续运行，包也照常往来。",
    },
    level: 1,
    touches: "agents",
    on: "node",
    lasts: {
      en: "until it is started, or the machine restarts; four minutes at most, since the cluster deletes the pods of a node that is silent for five",
      zh: "直到重新启动它，或者机器重启；最多四分钟，因为节点五分钟没有消息，集群就会删除它的 Pod",
    },
    atMost: beforeEviction,
    steps: () => [["unit", "kubelet"]],
    may: ({ node }) => [
      { kind: "agents", about: { node: node.name } },
      { kind: "node-ready", about: { node: node.name } },
      { kind: "new-pod", about: { node: node.name } },
    ],
    hints: [
      {
        en: "Everything answers, and the node is said to be NotReady: who says so?",
        zh: "一切都有应答，节点却显示 NotReady：这是谁说的？",
      },
      { en: "systemctl status kubelet", zh: "systemctl status kubelet" },
    ],
    mend: { en: "systemctl start kubelet", zh: "systemctl start kubelet" },
  },
  {
    name: "api-cut-off",
    title: { en: "a node cut off from the API server", zh: "节点与 API server 隔断" },
    story: {
      en: "A firewall between the machines no longer lets port 6443 through. The cluster gives the node up after a while; its pods run on, and so do their packets.",
      zh: "机器之间的防火墙不再放行 6443 端口。过一阵集群会放弃这个节点；它的 Pod 继续运行，包也照常往来。",
    },
    level: 2,
    touches: "agents",
    on: "node",
    lasts: {
      en: "until somebody deletes the rule, or the machine restarts; four minutes at most, since the cluster deletes the pods of a node that is silent for five",
      zh: "直到有人删除这条规则，或者机器重启；最多四分钟，因为节点五分钟没有消息，集群就会删除它的 Pod",
    },
    atMost: beforeEviction,
    steps: () => [["rule", "raw", "OUTPUT", "-o", "wire", "-p", "tcp", "--dport", "6443", "-j", "DROP"]],
    may: ({ node }) => [
      { kind: "agents", about: { node: node.name } },
      { kind: "node-ready", about: { node: node.name } },
      { kind: "new-pod", about: { node: node.name } },
    ],
    hints: [
      {
        en: "The kubelet runs, and the node is NotReady: whom does it report to, and does that answer?",
        zh: "kubelet 在运行，节点却是 NotReady：它向谁汇报，对方有应答吗？",
      },
      {
        en: "journalctl --unit kubelet, then iptables -t raw -L OUTPUT -n -v",
        zh: "journalctl --unit kubelet，再看 iptables -t raw -L OUTPUT -n -v",
      },
    ],
    mend: {
      en: "iptables -t raw -D OUTPUT with the words of the rule, as iptables -t raw -S prints them",
      zh: "iptables -t raw -D OUTPUT，后接 iptables -t raw -S 显示的那条规则",
    },
  },
  {
    name: "cni-config-gone",
    title: { en: "the node's CNI configuration is gone", zh: "节点的 CNI 配置没有了" },
    story: {
      en: "The pods that run have their network. The next one will get none.",
      zh: "正在运行的 Pod 网络正常，下一个 Pod 却得不到网络。",
    },
    level: 2,
    touches: "agents",
    on: "node",
    lasts: {
      en: "until flannel's pod on the node starts anew, whose init container writes the file",
      zh: "直到该节点上 flannel 的 Pod 重新启动，它的 init 容器会写入这个文件",
    },
    steps: () => [["file", "/etc/cni/net.d/10-flannel.conflist"]],
    breaks: ({ node }) => [{ kind: "new-pod", about: { node: node.name } }],
    may: ({ node }) => [{ kind: "node-ready", about: { node: node.name } }],
    hints: [
      {
        en: "Old pods are fine. What does a new one need that they no longer do?",
        zh: "旧 Pod 都正常。新 Pod 需要什么，而旧的已经不需要？",
      },
      {
        en: "ls /etc/cni/net.d, and journalctl --unit kubelet",
        zh: "ls /etc/cni/net.d，以及 journalctl --unit kubelet",
      },
    ],
    mend: {
      en: "put the file back, or restart flannel's pod on the node",
      zh: "把文件放回去，或者重启该节点上 flannel 的 Pod",
    },
  },
  {
    name: "address-pool-full",
    title: { en: "no address is left for a new pod", zh: "没有地址可分给新 Pod" },
    story: {
      en: "Pods that were killed roughly left their reservations behind until all 254 were taken.",
      zh: "被强行杀掉的 Pod 留下了地址占用记录，直到 254 个全部占满。",
    },
    level: 2,
    touches: "agents",
    on: "node",
    lasts: { en: "until the reservations are removed, also through a restart", zh: "直到清除占用记录，重启也不会消失" },
    steps: () => [["pool"]],
    breaks: ({ node }) => [{ kind: "new-pod", about: { node: node.name } }],
    hints: [
      {
        en: "Old pods are fine, a new one waits in ContainerCreating: what does its event say?",
        zh: "旧 Pod 都正常，新 Pod 停在 ContainerCreating：它的事件说了什么？",
      },
      {
        en: "ls /var/lib/cni/networks/cbr0 | wc -l, beside the number of pods",
        zh: "ls /var/lib/cni/networks/cbr0 | wc -l，与 Pod 的数量对照",
      },
    ],
    mend: { en: "delete the files of addresses that no pod has", zh: "删除没有 Pod 在用的地址对应的文件" },
  },
];
