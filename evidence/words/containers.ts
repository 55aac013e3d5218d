import { both, ports, type SomeWords } from "./words.ts";

const [first, second] = [
  ({ containers }: { readonly containers: readonly string[] }): string => containers[0] ?? "the first container",
  ({ containers }: { readonly containers: readonly string[] }): string => containers[1] ?? "the second",
];

/** What is said of the containers of one pod. */
export const containerWords = {
  "containers-on-node": {
    en: ({ pod, node, containers }) => `${both.en(containers)} of ${pod} run on ${node}, from the net-box image`,
    zh: ({ pod, node, containers }) => `${pod} 的 ${both.zh(containers)} 都在 ${node} 上运行，用的是 net-box 镜像`,
    look: {
      en: "kubectl describe pod, and crictl ps --all on the node",
      zh: "kubectl describe pod，以及节点上的 crictl ps --all",
    },
  },
  "same-namespaces": {
    en: ({ containers }) => `${both.en(containers)} were given the same network, IPC and UTS namespace`,
    zh: ({ containers }) => `${both.zh(containers)} 共用同一组 network、IPC 和 UTS namespace`,
    look: undefined,
  },
  "own-namespaces": {
    en: ({ containers }) => `each of ${both.en(containers)} has a PID and a mount namespace of its own`,
    zh: ({ containers }) => `${both.zh(containers)} 各有自己的 PID 和 mount namespace`,
    look: undefined,
  },
  "same-network-inode": {
    en: () => "the kernel agrees: the processes of both containers are in one network namespace",
    zh: () => "从内核看也是如此：两个容器的进程在同一个 network namespace 里",
    look: undefined,
  },
  "pod-address": {
    en: ({ pod }) => `eth0 in the network namespace of ${pod} carries the pod IP that the API server reports`,
    zh: ({ pod }) => `${pod} 的 network namespace 里，eth0 的地址就是 API server 报告的 Pod IP`,
    look: undefined,
  },
  "pod-mtu": {
    en: () => "eth0's MTU is the one that flannel wrote down for the pods of this node",
    zh: () => "eth0 的 MTU 就是 flannel 为这个节点的 Pod 写下的那个值",
    look: {
      en: "ip link on the node: the MTU of each interface, such as eth0, cni0 and flannel's own, and FLANNEL_MTU in /run/flannel/subnet.env",
      zh: "节点上的 ip link：各接口（如 eth0、cni0 和 flannel 自己的设备）的 MTU，以及 /run/flannel/subnet.env 里的 FLANNEL_MTU",
    },
  },
  "veth-peer": {
    en: ({ pod, node }) =>
      `eth0 of ${pod} is one end of a cable: the other end is a veth on ${node}, plugged into cni0`,
    zh: ({ pod, node }) => `${pod} 的 eth0 是一对 veth 的一端：对端是 ${node} 上的 veth 接口，挂在网桥 cni0 上`,
    look: ports,
  },
  "localhost-shared": {
    en: (about) => `what ${first(about)} listens on at 127.0.0.1 is reached by ${second(about)} at 127.0.0.1`,
    zh: (about) => `${first(about)} 在 127.0.0.1 上监听，${second(about)} 访问 127.0.0.1 就能连上`,
    look: undefined,
  },
  "localhost-not-from-outside": {
    en: ({ address }) => `the node does not reach that listener at ${address}: 127.0.0.1 is inside the pod`,
    zh: ({ address }) => `节点用 ${address} 连不上这个监听：127.0.0.1 在 Pod 里面`,
    look: undefined,
  },
  "port-taken": {
    en: (about) => `${second(about)} cannot listen on a port that ${first(about)} has: they share the ports as well`,
    zh: (about) => `${first(about)} 占用的端口，${second(about)} 不能再监听：端口也是共用的`,
    look: undefined,
  },
} satisfies SomeWords;
