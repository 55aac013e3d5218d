import type { Carrying } from "../carrying.ts";
import type { Blame, Fault, Packet, Target } from "../fault.ts";
import { beforeCable, isPod } from "../flows.ts";

const untilRecreated = {
  en: "until it is mended, or the pod is made anew",
  zh: "直到被修复，或者 Pod 被重新创建",
};
const mine = (packet: Packet, { pod }: Target): boolean => isPod(packet.from, pod);
const forMine = (packet: Packet, { pod }: Target): boolean => isPod(packet.to, pod);
const remote = ({ from, to }: Packet): boolean => from.node !== to.node;
const ofPod = ({ pod }: Target) => ({ lesson: pod.namespace, about: { pod: pod.name } });
const fromPod = ({ pod }: Target) => ({ lesson: pod.namespace, about: { from: pod.name } });

/** Claims that look at the cable of a pod, or through it at a table of the bridge, in the lesson of that pod. */
const cable = ({ pod }: Target): readonly Blame[] => [
  { kind: "veth-peer", lesson: pod.namespace, about: { pod: pod.name } },
  { kind: "bridge-port", lesson: pod.namespace, about: { pod: pod.name } },
  { kind: "forwarding", lesson: pod.namespace, about: { pod: pod.name } },
];

export const pods = ({ device, wireMtu, podMtu }: Carrying): readonly Fault[] => [
  {
    name: "pod-no-routes",
    title: { en: "a pod without a route beyond its own subnet", zh: "Pod 没有通往本网段以外的路由" },
    story: {
      en: "A tool in the pod took away the routes behind its gateway. The pod still talks to its neighbours on the bridge.",
      zh: "Pod 里的工具删掉了经由网关的路由。Pod 仍能与网桥上的邻居通信。",
    },
    level: 1,
    touches: "pod",
    on: "pod",
    lasts: untilRecreated,
    steps: ({ pod }) => [["no-route", pod.uid, "via"]],
    loses: (packet, target) =>
      mine(packet, target) && (remote(packet) || (packet.service && !packet.answer)) ? "nowhere" : undefined,
    breaks: (target) => [
      { kind: "pod-route", ...ofPod(target) },
      { kind: "mtu-exceeded", ...fromPod(target) },
    ],
    cause: "route",
    hints: [
      { en: "The packet does not even reach the pod's own cable.", zh: "数据包连 Pod 自己的网线都没有到达。" },
      {
        en: "In the pod's network namespace: ip route. What is its way to other networks?",
        zh: "在 Pod 的 network namespace 里运行 ip route：通往其他网络的路在哪里？",
      },
    ],
    mend: {
      en: "in the pod's network namespace: ip route add default via GATEWAY, and the pod network via the same; GATEWAY is the address of cni0",
      zh: "在 Pod 的 network namespace 里：ip route add default via GATEWAY，Pod 网络的路由也经由它；GATEWAY 是 cni0 的地址",
    },
  },
  {
    name: "pod-no-default-route",
    title: { en: "a pod without a default route", zh: "Pod 没有默认路由" },
    story: {
      en: "The pod knows the way to the pods' network, which flannel wrote down as a route of its own, but to nothing else: Services are somewhere else.",
      zh: "Pod 知道去 Pod 网络的路（flannel 为它单独写了一条路由），但不知道去别处的路：Service 的地址就在别处。",
    },
    level: 2,
    touches: "pod",
    on: "pod",
    lasts: untilRecreated,
    steps: ({ pod }) => [["no-route", pod.uid, "default"]],
    loses: (packet, target) => (mine(packet, target) && packet.service && !packet.answer ? "nowhere" : undefined),
    breaks: (target) => [{ kind: "pod-route", ...ofPod(target) }],
    hints: [
      {
        en: "Pods answer, names do not: compare the networks of both.",
        zh: "Pod 能应答，域名却解析不了：比较两者所在的网络。",
      },
      {
        en: "In the pod's network namespace: ip route get 10.96.0.10",
        zh: "在 Pod 的 network namespace 里：ip route get 10.96.0.10",
      },
    ],
    mend: {
      en: "in the pod's network namespace: ip route add default via the address of cni0",
      zh: "在 Pod 的 network namespace 里：ip route add default via，后接 cni0 的地址",
    },
  },
  {
    name: "pod-prefix-wide",
    title: {
      en: "a pod that takes the whole pod network for its own segment",
      zh: "Pod 把整个 Pod 网络当作自己的网段",
    },
    story: {
      en: "The address is right and its length is /16 instead of /24: the pod asks by ARP for pods of other nodes, and nobody on its bridge answers.",
      zh: "地址没错，前缀长度却是 /16 而不是 /24：Pod 用 ARP 寻找其他节点上的 Pod，而网桥上没有应答。",
    },
    level: 2,
    touches: "pod",
    on: "pod",
    lasts: untilRecreated,
    steps: ({ pod }) => [["prefix", pod.uid, "16"]],
    loses: (packet, target) => (mine(packet, target) && remote(packet) && !packet.service ? "nowhere" : undefined),
    breaks: (target) => [
      { kind: "pod-prefix", ...ofPod(target) },
      { kind: "pod-route", ...ofPod(target) },
    ],
    cause: "route",
    hints: [
      {
        en: "The pod sends something, but no IP packet: what does it ask for?",
        zh: "Pod 发出了帧，但里面不是 IP 包：它在问什么？",
      },
      {
        en: "In the pod's network namespace: ip addr show eth0, and compare the length of the prefix with another pod's",
        zh: "在 Pod 的 network namespace 里：ip addr show eth0，把前缀长度与另一个 Pod 的比较",
      },
    ],
    mend: {
      en: "give eth0 its address with /24, take the one with /16 away, and write the routes again",
      zh: "给 eth0 加上 /24 的地址，去掉 /16 的地址，再写回路由",
    },
  },
  {
    name: "pod-link-down",
    title: { en: "a pod's eth0 is down", zh: "Pod 的 eth0 处于 down 状态" },
    story: {
      en: "Somebody with a shell in the pod's network namespace switched its only interface off.",
      zh: "有人在 Pod 的 network namespace 里关掉了它唯一的网卡。",
    },
    level: 1,
    touches: "pod",
    on: "pod",
    lasts: untilRecreated,
    steps: ({ pod }) => [["link", pod.uid, "eth0", "down"]],
    loses: (packet, target) =>
      mine(packet, target) ? "nowhere" : forMine(packet, target) ? beforeCable(packet) : undefined,
    breaks: (target) => [
      { kind: "pod-route", ...ofPod(target) },
      { kind: "mtu-exceeded", ...fromPod(target) },
      { kind: "link-up", about: { node: target.node.name } },
      { kind: "forwarding", ...ofPod(target) },
    ],
    may: (target) => [{ kind: "pod-neighbour", ...ofPod(target) }],
    cause: "device",
    lastHopVaries: true,
    hints: [
      {
        en: "Nothing leaves the pod, and nothing arrives in it.",
        zh: "没有一个包离开这个 Pod，也没有一个包到达它。",
      },
      {
        en: "In the pod's network namespace: ip link show eth0",
        zh: "在 Pod 的 network namespace 里：ip link show eth0",
      },
    ],
    mend: {
      en: "in the pod's network namespace: ip link set eth0 up, then its two routes again",
      zh: "在 Pod 的 network namespace 里：ip link set eth0 up，再写回它的两条路由",
    },
  },
  {
    name: "pod-mtu-large",
    title: { en: `a pod's MTU of ${wireMtu}`, zh: `Pod 的 MTU 为 ${wireMtu}` },
    story: {
      en: `The pod believes that packets of ${wireMtu} bytes fit; ${device} needs 50 of them for itself. The node must refuse what the pod should not have sent.`,
      zh: `Pod 以为 ${wireMtu} 字节的包能通过，而 ${device} 自己要用掉 50 字节。节点只好拒绝 Pod 本不该发出的包。`,
    },
    level: 2,
    touches: "pod",
    manners: ["frame"],
    on: "pod",
    lasts: untilRecreated,
    steps: ({ pod }) => [["link", pod.uid, "eth0", "mtu", String(wireMtu)]],
    breaks: (target) => [
      { kind: "mtu-exceeded", ...fromPod(target) },
      { kind: "pod-mtu", ...ofPod(target) },
    ],
    cause: "setting",
    hints: [
      {
        en: "Small packets are fine. Who says no to large ones, the pod or its node?",
        zh: "小包没有问题。是谁拒绝了大包，Pod 还是节点？",
      },
      {
        en: "Compare ip link show eth0 in the pod with FLANNEL_MTU in /run/flannel/subnet.env",
        zh: "把 Pod 里的 ip link show eth0 与 /run/flannel/subnet.env 里的 FLANNEL_MTU 比较",
      },
    ],
    mend: {
      en: `in the pod's network namespace: ip link set eth0 mtu ${podMtu}`,
      zh: `在 Pod 的 network namespace 里：ip link set eth0 mtu ${podMtu}`,
    },
  },
  {
    name: "pod-neighbour-poisoned",
    title: { en: "a wrong MAC in a pod's neighbour table", zh: "Pod 的邻居表里有一个错误的 MAC" },
    story: {
      en: "A static entry in the pod leads to a MAC that nobody has. Frames for that one neighbour go nowhere.",
      zh: "Pod 里的静态表项指向一个不存在的 MAC，发往那个邻居的帧无处可去。",
    },
    level: 2,
    touches: "pod",
    on: "pod",
    between: "near",
    lasts: untilRecreated,
    steps: ({ pod, other }) => [["neighbour", pod.uid, "eth0", other.ip, "02:00:00:00:00:99"]],
    loses: (packet, { pod, other }) => (isPod(packet.from, pod) && isPod(packet.to, other) ? "bridge in" : undefined),
    breaks: ({ node, pod, other }) => [
      { kind: "neighbour", lesson: pod.namespace, about: { from: pod.name, to: other.name } },
      { kind: "learned-entries", about: { node: node.name } },
    ],
    may: ({ pod }) => [{ kind: "journey/not-on-overlay", lesson: pod.namespace }],
    // The bridge asks at every port, and is heard at some.
    lastHopVaries: true,
    cause: "entry",
    hints: [
      {
        en: "The frame comes to the bridge, and the bridge does not know whose it is.",
        zh: "帧到了网桥，网桥却不知道它是给谁的。",
      },
      {
        en: "In the pod's network namespace: ip neigh. Is the MAC the one of the other pod's eth0?",
        zh: "在 Pod 的 network namespace 里：ip neigh。那个 MAC 是对方 Pod 的 eth0 的吗？",
      },
    ],
    mend: {
      en: "in the pod's network namespace: ip neigh del ADDRESS dev eth0",
      zh: "在 Pod 的 network namespace 里：ip neigh del ADDRESS dev eth0",
    },
  },
  {
    name: "address-twice",
    title: { en: "two pods with one address", zh: "两个 Pod 用同一个地址" },
    story: {
      en: "Another pod of the node has taken this pod's address as well. Whoever answers the ARP question last gets the packets.",
      zh: "同一节点上的另一个 Pod 也占用了这个 Pod 的地址。谁最后应答 ARP，包就归谁。",
    },
    level: 3,
    touches: "pod",
    on: "pod",
    between: "near",
    lasts: untilRecreated,
    steps: ({ pod, other }) => [["address", other.uid, "eth0", `${pod.ip}/24`]],
    loses: (packet, { pod, other }) =>
      isPod(packet.to, pod) || (isPod(packet.from, pod) && isPod(packet.to, other)) ? "perhaps" : undefined,
    breaks: () => [{ kind: "address-unique" }],
    may: ({ pod, other }) => [
      { kind: "in-node-cidr", lesson: other.namespace, about: { pod: other.name } },
      { kind: "pod-route", lesson: other.namespace, about: { pod: other.name } },
      { kind: "neighbour", lesson: pod.namespace },
      { kind: "forwarding", lesson: pod.namespace },
      { kind: "pod-neighbour", lesson: pod.namespace },
      { kind: "journey/not-on-overlay", lesson: pod.namespace },
      { kind: "loss", lesson: pod.namespace },
    ],
    cause: "entry",
    hints: [
      {
        en: "Sometimes it works. Ask twice, and watch which MAC answers.",
        zh: "有时能通。多问几次，看应答的是哪个 MAC。",
      },
      {
        en: "arping, or ip neigh flush and ip neigh on the node: does one address change its MAC?",
        zh: "在节点上用 arping，或 ip neigh flush 之后看 ip neigh：同一个地址的 MAC 会变吗？",
      },
    ],
    mend: {
      en: "in the other pod's network namespace: ip addr del the second address of eth0",
      zh: "在另一个 Pod 的 network namespace 里：用 ip addr del 去掉 eth0 的第二个地址",
    },
  },
  {
    name: "pod-resolver-dead",
    title: { en: "a pod that asks a dead name server", zh: "Pod 询问一台不存在的域名服务器" },
    story: {
      en: "The pod's resolv.conf names a server where nobody listens. All else works.",
      zh: "Pod 的 resolv.conf 里写着一台无人监听的服务器，其他一切正常。",
    },
    level: 1,
    touches: "services",
    on: "pod",
    lasts: untilRecreated,
    steps: ({ pod }) => [["resolver", pod.uid, "192.0.2.53"]],
    breaks: (target) => [{ kind: "dns", ...ofPod(target) }],
    hints: [
      { en: "Addresses work, names do not, and only in one pod.", zh: "地址能通，域名不行，而且只有一个 Pod 这样。" },
      {
        en: "kubectl exec: cat /etc/resolv.conf, beside another pod's",
        zh: "kubectl exec 查看 /etc/resolv.conf，与另一个 Pod 的对比",
      },
    ],
    mend: {
      en: "make the pod anew; its resolv.conf is written when its sandbox is made",
      zh: "重新创建 Pod；它的 resolv.conf 是创建 sandbox 时写的",
    },
  },
  {
    name: "veth-off-bridge",
    title: { en: "a veth that is no port of cni0", zh: "veth 不再是 cni0 的端口" },
    story: {
      en: "The node's end of the pod's cable was taken off the bridge. It is up, and leads nowhere.",
      zh: "Pod 的 veth 在节点的那一端从网桥上摘下了。它仍是 up，却哪里也不通。",
    },
    level: 2,
    touches: "bridge",
    on: "pod",
    lasts: untilRecreated,
    steps: ({ pod }) => [["link", "node", `veth:${pod.uid}`, "nomaster"]],
    // Once the pod asks again for its gateway, the node answers by the veth itself, and routes what comes: but nothing finds the way back.
    loses: (packet, target) =>
      mine(packet, target)
        ? remote(packet) || packet.service
          ? "perhaps"
          : "pod in"
        : forMine(packet, target)
          ? beforeCable(packet)
          : undefined,
    breaks: (target) => cable(target),
    may: (target) => [
      { kind: "pod-neighbour", ...ofPod(target) },
      { kind: "mtu-exceeded", ...fromPod(target) },
      { kind: "rp-filter", about: { node: target.node.name } },
    ],
    cause: "device",
    lastHopVaries: true,
    hints: [
      { en: "The packet leaves the pod, and the bridge does not see it.", zh: "数据包离开了 Pod，网桥却没有看见它。" },
      {
        en: "brctl show cni0, or ip link show master cni0: is every pod's veth a port?",
        zh: "brctl show cni0 或 ip link show master cni0：每个 Pod 的 veth 都是端口吗？",
      },
    ],
    mend: { en: "ip link set VETH master cni0", zh: "ip link set VETH master cni0" },
  },
  {
    name: "veth-down",
    title: { en: "the node's end of a pod's cable is down", zh: "Pod 网线在节点的那一端处于 down 状态" },
    story: {
      en: "Inside the pod everything looks right but for one word: its eth0 has no carrier.",
      zh: "在 Pod 里看一切正常，只有一个词不同：它的 eth0 没有载波。",
    },
    level: 2,
    touches: "bridge",
    on: "pod",
    lasts: untilRecreated,
    steps: ({ pod }) => [["link", "node", `veth:${pod.uid}`, "down"]],
    loses: (packet, target) =>
      mine(packet, target) ? "nowhere" : forMine(packet, target) ? beforeCable(packet) : undefined,
    breaks: (target) => [
      { kind: "link-up", about: { node: target.node.name } },
      { kind: "forwarding", ...ofPod(target) },
    ],
    may: (target) => [
      { kind: "mtu-exceeded", ...fromPod(target) },
      { kind: "pod-neighbour", ...ofPod(target) },
    ],
    cause: "device",
    lastHopVaries: true,
    hints: [
      { en: "Look at both ends of the cable.", zh: "看看网线的两端。" },
      { en: "ip link show master cni0: which port is DOWN?", zh: "ip link show master cni0：哪个端口是 DOWN？" },
    ],
    mend: { en: "ip link set VETH up", zh: "ip link set VETH up" },
  },
];
