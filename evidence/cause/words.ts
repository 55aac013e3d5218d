import type { Language, Text } from "../language.ts";
import type { Limit } from "./find.ts";
import {
  type Cause,
  type CauseKind,
  type DeviceCause,
  type EntryCause,
  guardChain,
  type KernelCause,
  type RouteCause,
  type RuleCause,
} from "./cause.ts";
import { reasonInWords } from "./reasons.ts";

type Words<K extends CauseKind> = Readonly<Record<Language, (cause: Extract<Cause, { kind: K }>) => string>>;

/** A cause as a sentence; commands, rules and names as they are. Pure. */
export function sayCause<K extends CauseKind>(cause: Extract<Cause, { kind: K }>, language: Language): string {
  const words: Words<K> = vocabulary[cause.kind];
  return words[language](cause);
}

/** What a kind of cause is called. */
export const causeNames: Readonly<Record<CauseKind, Text>> = {
  rule: { en: "rule", zh: "规则" },
  kernel: { en: "kernel", zh: "内核" },
  route: { en: "route", zh: "路由" },
  device: { en: "interface", zh: "接口" },
  qdisc: { en: "queue", zh: "队列" },
  entry: { en: "entry", zh: "表项" },
  setting: { en: "setting", zh: "设置" },
};

const place = {
  en: ({ node, pod }: Cause): string => (pod === undefined ? `on ${node}` : `in ${pod} on ${node}`),
  zh: ({ node, pod }: Cause): string => (pod === undefined ? `${node} 上` : `${node} 上的 ${pod} 里`),
};

const verdicts: Readonly<Record<RuleCause["verdict"], Text>> = {
  drop: { en: "drops it", zh: "丢弃了它" },
  translate: { en: "changes its address", zh: "改写了它的地址" },
  reject: { en: "rejects it, and tells the sender", zh: "拒绝了它，并通知发送方" },
};

const routes: Readonly<Record<RouteCause["what"], Text>> = {
  none: { en: "there is no route", zh: "没有路由" },
  refused: { en: "a route forbids the way", zh: "有一条路由禁止通行" },
  elsewhere: { en: "the packet is sent another way", zh: "包被送往另一条路" },
};

const devices: Readonly<Record<DeviceCause["what"], Text>> = {
  absent: { en: "is not there", zh: "不存在" },
  down: { en: "is down", zh: "处于关闭状态" },
  unplugged: { en: "is no port of the bridge cni0", zh: "不是网桥 cni0 的端口" },
  changed: {
    en: "is not as its flanneld announced it to the other nodes",
    zh: "与它的 flanneld 向其他节点公布的不一致",
  },
  drops: { en: "dropped packets meanwhile, by its own count", zh: "在此期间丢了包（接口自己的计数）" },
};

const tables: Readonly<Record<EntryCause["what"], Text>> = {
  neighbour: { en: "the neighbour entry", zh: "邻居表项" },
  forwarding: { en: "the forwarding entry", zh: "转发表（FDB）项" },
};

function saidBy({ function: at, device, counter }: KernelCause, language: Language): string {
  if (at === undefined)
    return { en: `by its counter ${counter ?? "of drops"}`, zh: `依据计数器 ${counter ?? ""}` }[language];
  const seen = device === undefined ? "" : { en: `, after ${device}`, zh: `，在 ${device} 之后` }[language];
  return { en: `in ${at}()${seen}`, zh: `在 ${at}() 中${seen}` }[language];
}

function reasonOf({ reason }: KernelCause, language: Language): string {
  if (reason === undefined) return { en: "it names no reason", zh: "没有给出原因" }[language];
  const words = reasonInWords(reason)?.[language];
  return words === undefined
    ? { en: `its reason is ${reason}`, zh: `原因是 ${reason}` }[language]
    : `${words} (${reason})`;
}

const decided = {
  en: ({ table, rule }: RouteCause): string =>
    `${table === undefined ? "" : `, by table ${table}`}${rule === undefined ? "" : `, to which the policy rule "${rule}" leads`}`,
  zh: ({ table, rule }: RouteCause): string =>
    `${table === undefined ? "" : `，由路由表 ${table} 决定`}${rule === undefined ? "" : `，策略规则“${rule}”指向该表`}`,
};

/** A rule that is part of the lab is told as such. */
const guards: Text = {
  en: ". It is the lab's own guard, which lets nothing for a pod's or a Service's address leave the lab: what is wrong is that the packet was sent that way",
  zh: "。这是实验环境自己的防护规则，不让发往 Pod 地址或 Service 地址的包离开实验环境：错在包被送上了这条路",
};

/** What a chain does with what none of its rules decides about stands where the rule would. */
const policy = "policy drop";

const vocabulary: { readonly [K in CauseKind]: Words<K> } = {
  rule: {
    en: (cause) =>
      cause.rule === policy
        ? `${place.en(cause)} table ${cause.table}, chain ${cause.chain} drops what none of its rules accepts: ${policy}`
        : `${place.en(cause)} a rule of table ${cause.table}, chain ${cause.chain} ${verdicts[cause.verdict].en}: ${cause.rule}` +
          (cause.comment === undefined ? "" : ` (its comment: "${cause.comment}")`) +
          (cause.chain === guardChain ? guards.en : ""),
    zh: (cause) =>
      cause.rule === policy
        ? `${place.zh(cause)}，表 ${cause.table}、链 ${cause.chain} 丢弃一切没有被规则接受的包：${policy}`
        : `${place.zh(cause)}，表 ${cause.table}、链 ${cause.chain} 中的一条规则${verdicts[cause.verdict].zh}：${cause.rule}` +
          (cause.comment === undefined ? "" : `（注释：“${cause.comment}”）`) +
          (cause.chain === guardChain ? guards.zh : ""),
  },
  kernel: {
    en: (cause) => `${place.en(cause)} the kernel dropped it ${saidBy(cause, "en")}: ${reasonOf(cause, "en")}`,
    zh: (cause) => `${place.zh(cause)}，内核${saidBy(cause, "zh")}丢弃了它：${reasonOf(cause, "zh")}`,
  },
  route: {
    en: (cause) =>
      `${place.en(cause)}, for ${cause.destination}, ${routes[cause.what].en}: ${cause.decision}${decided.en(cause)}`,
    zh: (cause) =>
      `${place.zh(cause)}，到 ${cause.destination} ${routes[cause.what].zh}：${cause.decision}${decided.zh(cause)}`,
  },
  device: {
    en: (cause) => `${place.en(cause)} the interface ${cause.device} ${devices[cause.what].en}: ${cause.seen}`,
    zh: (cause) => `${place.zh(cause)}，接口 ${cause.device} ${devices[cause.what].zh}：${cause.seen}`,
  },
  qdisc: {
    en: (cause) =>
      `${place.en(cause)} the queueing discipline of ${cause.device} drops packets` +
      `${cause.drops === undefined ? "" : `, ${cause.drops} of them meanwhile`}: ${cause.qdisc}`,
    zh: (cause) =>
      `${place.zh(cause)}，${cause.device} 的排队规则（qdisc）在丢包` +
      `${cause.drops === undefined ? "" : `，此期间丢了 ${cause.drops} 个`}：${cause.qdisc}`,
  },
  entry: {
    en: (cause) =>
      `${place.en(cause)} ${tables[cause.what].en} of ${cause.device} for ${cause.address} ` +
      `${cause.seen === undefined ? "is missing" : `says ${cause.seen}`}${cause.expected === undefined ? "" : `; it should say ${cause.expected}`}`,
    zh: (cause) =>
      `${place.zh(cause)}，${cause.device} 上 ${cause.address} 的${tables[cause.what].zh}` +
      `${cause.seen === undefined ? "缺失" : `是 ${cause.seen}`}${cause.expected === undefined ? "" : `，应为 ${cause.expected}`}`,
  },
  setting: {
    en: (cause) => `${place.en(cause)} ${cause.setting} is ${cause.value}; the way needs ${cause.needed}`,
    zh: (cause) => `${place.zh(cause)}，${cause.setting} 是 ${cause.value}，而这条路需要 ${cause.needed}`,
  },
};

const limits: Readonly<Record<Limit["what"], Text>> = {
  events: {
    en: "the kernel's own events could not be followed, so its counters before and after were read instead",
    zh: "无法跟踪内核自己的事件，只能对比前后的计数器",
  },
  reasons: {
    en: "this kernel tells where it drops a packet, and not why",
    zh: "这个内核只说在哪里丢包，不说原因",
  },
  rules: {
    en: "the way through the firewall's rules could not be followed, so their counters before and after were read instead",
    zh: "无法跟踪包经过防火墙规则的过程，只能对比规则前后的计数器",
  },
};

/** What a node could not be asked, and what it said. Pure. */
export function sayLimit({ node, what, words }: Limit, language: Language): string {
  const said = words === "" ? "" : ` (${words})`;
  return { en: `on ${node} ${limits[what].en}${said}`, zh: `${node} 上${limits[what].zh}${said}` }[language];
}
