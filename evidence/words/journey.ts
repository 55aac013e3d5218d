import type { About } from "../kinds.ts";
import type { Language, Text } from "../language.ts";
import { backendBy, type Carrier, backendOf } from "../backends.ts";
import { ipv4, ipv6 } from "../family.ts";
import { trace, type SomeWords } from "./words.ts";

type Leg = About<"journey/request">;
const legs = { request: { en: "request", zh: "请求" }, reply: { en: "reply", zh: "应答" } } as const;

const tunnel = (backend: Carrier | undefined, family?: "ipv6"): string | undefined =>
  backendBy(backendOf(backend), family === undefined ? ipv4 : ipv6).tunnel?.device;

/** Inside what it is on the wire. */
const around = (backend: Carrier | undefined): Text =>
  backendOf(backend).manner === "packet" ? { en: "another IP packet", zh: "另一个 IP 包" } : { en: "UDP", zh: " UDP " };

/** One leg on one node. */
function travels(leg: Text): Readonly<Record<Language, (about: Leg) => string>> & { readonly look: Text } {
  const en: Readonly<Record<Leg["part"], (about: Leg) => string>> = {
    whole: ({ from, to }) => `the ${leg.en} from ${from} to ${to} goes in at one veth, over cni0, and out at the other`,
    sending: ({ node, backend, family }) =>
      `on ${node} the ${leg.en} goes from the pod's veth over cni0 ${tunnel(backend, family) === undefined ? "straight out of the node's own interface" : `into ${tunnel(backend, family)}, and out inside ${around(backend).en}`}`,
    receiving: ({ node, backend, family }) =>
      `on ${node} the ${leg.en} comes in ${tunnel(backend, family) === undefined ? "by the node's own interface" : `inside ${around(backend).en}, out of ${tunnel(backend, family)}`}, and over cni0 into the pod's veth`,
  };
  const zh: typeof en = {
    whole: ({ from, to }) => `从 ${from} 到 ${to} 的${leg.zh}从一个 veth 进来，经过 cni0，从另一个 veth 出去`,
    sending: ({ node, backend, family }) =>
      `在 ${node} 上，${leg.zh}从 Pod 的 veth 经 cni0${tunnel(backend, family) === undefined ? "，直接从节点自己的接口发出" : ` 进入 ${tunnel(backend, family)}，封装进${around(backend).zh}发出`}`,
    receiving: ({ node, backend, family }) =>
      `在 ${node} 上，${leg.zh}${tunnel(backend, family) === undefined ? "从节点自己的接口进来，" : `${backendOf(backend).manner === "packet" ? "封装在另一个 IP 包里" : "以 UDP 数据报"}进来，经 ${tunnel(backend, family)} 解封装后，`}由 cni0 进入 Pod 的 veth`,
  };
  return { en: (about) => en[about.part](about), zh: (about) => zh[about.part](about), look: trace };
}

/** What is said of a packet that was followed. */
export const journeyWords = {
  "journey/answered": {
    en: ({ from, to, mark }) => `one ping from ${from} to ${to}, marked ${mark}, is answered`,
    zh: ({ from, to, mark }) => `从 ${from} 到 ${to}、带标记 ${mark} 的一个 ping 得到了应答`,
    look: trace,
  },
  "journey/request": travels(legs.request),
  "journey/reply": travels(legs.reply),
  "journey/not-on-overlay": {
    en: ({ backend, family }) =>
      `the packet never sees ${tunnel(backend) === undefined ? "" : `${tunnel(backend, family)} or `}the node's own interface: a bridge is enough`,
    zh: ({ backend, family }) =>
      `这个包从没经过${tunnel(backend) === undefined ? "" : ` ${tunnel(backend, family)} 或`}节点自己的接口：有网桥就够了`,
    look: trace,
  },
  "journey/encapsulation": {
    en: ({ leg, backend }) =>
      backendOf(backend).manner === "sealed"
        ? `between the machines the ${legs[leg].en} travels encrypted inside a UDP datagram from node to node, which shows its length alone`
        : `between the machines the ${legs[leg].en} travels inside ${backendOf(backend).manner === "packet" ? "another IP packet" : "a UDP datagram"} from node to node, whole, with the pods' addresses in it`,
    zh: ({ leg, backend }) =>
      backendOf(backend).manner === "sealed"
        ? `在节点之间，${legs[leg].zh}加密后封装在一个从节点到节点的 UDP 数据报中，能看出来的只有长度`
        : `在节点之间，${legs[leg].zh}完整地封装在一个从节点到节点的${backendOf(backend).manner === "packet" ? " IP 包" : " UDP 数据报"}中，里面带着 Pod 的地址`,
    look: trace,
  },
  "journey/sealed": {
    en: ({ leg }) =>
      `nobody between the machines can read the ${legs[leg].en}: neither its mark nor the pods' addresses stand in what is sent`,
    zh: ({ leg }) => `在节点之间谁也读不出这个${legs[leg].zh}：发出去的字节里既没有它的标记，也没有 Pod 的地址`,
    look: trace,
  },
  "journey/bare": {
    en: ({ leg }) =>
      `between the machines the ${legs[leg].en} travels as it is: the pods' addresses stand in its one IP header, and nothing is around it`,
    zh: ({ leg }) => `在节点之间，${legs[leg].zh}原样传输：唯一的 IP 头里就是 Pod 的地址，外面什么也没有`,
    look: trace,
  },
} satisfies SomeWords;
