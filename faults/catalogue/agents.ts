import type { Fault } from "../fault.ts";

export const agents: readonly Fault[] = [
  {
    name: "kubelet-stopped",
    title: { en: "the kubelet has stopped", zh: "kubelet 已停止" },
    story: {
      en: "Nobody looks after the node's pods any more. They run on, and so do their packets.",
      zh: "没有人照看这个节点的 Pod 了。它们继续运行，包也照常往来。",
    },
    level: 1,
    touches: "agents",
    on: "node",
    lasts: { en: "until it is started, or the machine restarts", zh: "直到重新启动它，或者机器重启" },
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
      zh: "被粗暴杀掉的 Pod 留下了地址占用记录，直到 254 个全部占满。",
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
