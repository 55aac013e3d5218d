import type { Claim } from "../evidence/claim.ts";
import type { Language, Text } from "../evidence/language.ts";
import { type BackendName, backendOf, usualBackend } from "../evidence/backends.ts";
import { causeNames } from "../evidence/cause/words.ts";
import { type ClaimKind, kinds } from "../evidence/kinds.ts";
import { catalogue } from "./catalogue.ts";
import type { Fault, LabFacts } from "./fault.ts";
import { fittingBackends } from "./flows.ts";
import { place } from "./place.ts";
import { lastSeen, predict } from "./predict.ts";
import type { Seen, SeenFault } from "./seen.ts";

const words = {
  title: { en: "Faults", zh: "故障" },
  other: { en: "[中文](faults.zh-CN.md)", zh: "[English](faults.md)" },
  intro: {
    en: "What can be broken on purpose, each declared once in `faults/catalogue/`: what it does to a node, where its packets are lost, and so exactly which claims must fail. This page is written by `npm run faults-page`.",
    zh: "可以故意破坏的内容，每项在 `faults/catalogue/` 里只声明一次：它对节点做什么，让数据包丢在哪里，由此恰好哪些结论必然不成立。本页由 `npm run faults-page` 生成。",
  },
  use: { en: "Use", zh: "用法" },
  using: {
    en: "A fault goes to a pod of the course's lessons and its node, unless `--on` and `--towards` name nodes or pods. With `--for` the node heals itself. Healing brings back exactly what was there, also after a restart, also when somebody has mended a part by hand. While a fault is in, `./lab up` and `./lab verify` expect exactly what it breaks, and name each claim that differs. What is `--hidden`, `./lab faults --show` tells.",
    zh: "除非用 `--on` 和 `--towards` 指定节点或 Pod，故障会落在课程的 Pod 及其节点上。用 `--for` 时节点会自行恢复。恢复是精确的：原来是什么样就回到什么样，重启之后、有人手工修过一部分之后也一样。故障存在期间，`./lab up` 和 `./lab verify` 期望的恰好是它破坏的那些结论，并指出每一个不符的结论。用 `--hidden` 隐藏的故障，`./lab faults --show` 会说出是哪个。",
  },
  diagnosing: {
    en: "`./lab diagnose` is not told what was broken. It makes every check anew and reads the catalogue below backwards: the fewest faults, three at most, that make fail exactly what fails, the likeliest first, with what to run to see and to mend it. On a healthy lab it says so; where nothing in the catalogue fits exactly, it says that it cannot tell. `--lang zh` speaks Chinese, `--json` is for programs.",
    zh: "`./lab diagnose` 并不知道什么被破坏了。它重新做全部检查，再把下面的目录倒过来读：找出最少的（至多三个）故障，使不成立的恰好是这些结论，最可能的排在最前，并给出查看和修复时要运行的命令。环境正常时它会直说；目录里没有完全吻合的，它就说无法判断。`--lang zh` 用中文，`--json` 供程序使用。",
  },
  exercises: { en: "Exercises", zh: "练习" },
  exercising: {
    en: "`./lab exercise` breaks something on a healthy lab, does not tell what, and reports it as a user would. Find it with plain Linux tools on the nodes (`./lab ssh`) and with `./lab trace`, mend it by hand, then `check`: it is solved when all claims hold and the nodes are as they were before, line by line; what the repair changed is named. Any other way to the same end counts as well, such as a restart of flanneld's pod. `hint` gives one more of the fault's hints, `give-up` tells the cause and how it is found, and heals. An exercise waits in `.lab/` for as long as it takes, one at a time for each lab; `--lang zh` holds it in Chinese. `./lab heal` ends it unsolved.",
    zh: "`./lab exercise` 在正常的实验环境里破坏一处，不说是什么，只像用户那样报告症状。请登录节点（`./lab ssh`）用普通的 Linux 工具，或用 `./lab trace` 找到它，手工修好，然后 `check`：全部结论都成立，而且各节点逐行与之前一样，才算解决；修复时多改了什么会被指出。目录里没有写的办法，只要结果一样也算，包括重启 flanneld 的 Pod。`hint` 再给一个提示，`give-up` 说出原因和找到它的办法，并恢复环境。练习保存在 `.lab/` 里，做多久都行，每个实验环境一次一个；`--lang zh` 用中文。`./lab heal` 会让它以未解决告终。",
  },
  handingIn: {
    en: "Each result goes into `exercises-STACK.json` in the checkout: the fault, its level, times, hints, checks and outcome. Students hand that file in, each under a name of its own; where all log in as one user, `student` in it, which is the login name, is to be changed too. `results` makes a table of many: a line for each student, and a line for each fault.",
    zh: "每个结果都写进仓库目录里的 `exercises-STACK.json`：故障、级别、时间、提示数、检查次数和结局。学生给文件换个各自的名字交上来；如果大家用同一个用户登录，还要改文件里的 `student`（它是登录名）。`results` 把许多份汇成表：每个学生一行，每个故障一行。",
  },
  config: {
    en: "A fault can be written into the config too: then the lab comes up broken, and an empty list, or `./lab destroy`, heals it.",
    zh: "也可以写进配置：实验环境一启动就是坏的；空列表或 `./lab destroy` 会恢复它。",
  },
  table: { en: "The catalogue", zh: "目录" },
  reading: {
    en: "Level 1: the first look at the right place shows it; 2: two tables must be compared; 3: everything looks right. A packet passes the pod's cable (`pod`), `cni0` (`bridge`), flannel's device (`vtep`) and the node's own interface (`wire`), on each of them `in` or `out` as the node sees it; `nowhere`: it was seen on no interface. All claims that fail stand [below](#each-fault); here are those that speak of the cause, not of lost packets. The last column is what a real lab showed: how many claims failed, where a trace saw its packet last, what kind of cause it named first, and at which place the diagnosis named the fault.",
    zh: "级别 1：看对地方，一眼就能发现；2：要比较两张表；3：看上去一切正常。数据包经过 Pod 的 veth（`pod`）、`cni0`（`bridge`）、flannel 的设备（`vtep`）和节点自己的接口（`wire`），`in` 和 `out` 以节点为准；`nowhere` 表示任何接口上都没有出现。不成立的全部结论写在[下面](#逐个说明)；表里只列说明原因的结论，不列说明丢包的。最后一列是真实环境中所见：多少条结论不成立，跟踪最后在哪里看到包，首先指出哪一类原因，诊断把这个故障排在第几位。",
  },
  head: {
    en: "| fault | level | what it is | a packet is seen last | claims that speak of the cause |",
    zh: "| 故障 | 级别 | 是什么 | 数据包最后出现在 | 说明原因的结论 |",
  },
  answered: { en: "it is answered", zh: "有应答" },
  varies: { en: " or beside it", zh: " 或其前后" },
  none: { en: "none", zh: "无" },
  maybe: { en: "perhaps", zh: "可能" },
  only: { en: "platform vm only", zh: "仅限平台 vm" },
  stories: { en: "Each fault", zh: "逐个说明" },
  lasts: { en: "It stays", zh: "持续时间" },
  mend: { en: "By hand", zh: "手工修复" },
  fails: { en: "Claims that fail", zh: "不成立的结论" },
  colon: { en: ": ", zh: "：" },
  comma: { en: ", ", zh: "、" },
  semicolon: { en: "; ", zh: "；" },
  left: { en: "What is not here", zh: "这里没有的" },
  notHere: {
    en: "Faults here are changes on a node, because only these can be healed exactly without the API server. Wrong selectors, wrong target ports, policies that deny, and flannel without its rights are changes of objects in the cluster; the lessons about Services and policies show theirs. A VTEP on the wrong interface needs machines with two, and a bad checksum of VXLAN under NAT needs a kernel with that defect: the lab's containers have neither.",
    zh: "这里的故障都是对节点的改动，因为只有这种改动不靠 API server 也能精确恢复。错误的选择器、错误的 targetPort、拒绝流量的策略、失去权限的 flannel 都是对集群对象的改动；Service 和策略的那几课会展示它们。VTEP 用错接口需要有两块网卡的机器，NAT 下 VXLAN 的校验和错误需要带有该缺陷的内核：实验环境的容器两者都没有。",
  },
  seenHead: { en: "seen on a real lab", zh: "在真实环境中所见" },
  untried: { en: "not tried yet", zh: "尚未试过" },
  elsewhere: { en: "see [backends](backends.md#what-was-measured)", zh: "见[后端](backends.zh-CN.md#测得的结果)" },
  seenNone: { en: "chance spared every claim", zh: "碰巧没有结论不成立" },
  unnamed: { en: "the diagnosis cannot tell", zh: "诊断无法判断" },
  what: { en: "What was seen", zh: "所见" },
} as const satisfies Readonly<Record<string, Text>>;

const tellSeen = {
  en: ({ at, faults, healthy, pairs, random }: Seen) =>
    `The tier \`catalogue\` (\`./lab test catalogue\`) put each fault into a real lab on containers, begun ${at.slice(0, 10)}: ${asDeclared(faults)} of ${Object.keys(faults).length} that were tried were seen exactly as declared, with the trace and the diagnosis. In ${healthy.length} rounds in which nothing was broken, ${healthy.filter((alarms) => alarms > 0).length} had a false alarm. Of ${pairs.length} pairs of faults at once, the diagnosis named ${firstTwo(pairs)} among its first two. Of ${random.length} faults at places chosen by chance, it named ${random.filter(({ rank }) => rank === 1).length} first and ${firstTwo(random)} among the first two. At the median a break took ${median(faults, "break")} s and a heal ${median(faults, "heal")} s; the machine had other work as well.`,
  zh: ({ at, faults, healthy, pairs, random }: Seen) =>
    `测试层 \`catalogue\`（\`./lab test catalogue\`）把每个故障放进真实的容器实验环境，开始于 ${at.slice(0, 10)}：试过的 ${Object.keys(faults).length} 个中有 ${asDeclared(faults)} 个与声明完全一致，包括跟踪和诊断。什么也没有破坏的 ${healthy.length} 轮中，${healthy.filter((alarms) => alarms > 0).length} 轮有误报。同时放入两个故障的 ${pairs.length} 组中，诊断把 ${firstTwo(pairs)} 组排在前两位。随机位置的 ${random.length} 个故障中，诊断把 ${random.filter(({ rank }) => rank === 1).length} 个排在第一，${firstTwo(random)} 个排在前两位。放入一个故障的时间中位数是 ${median(faults, "break")} 秒，恢复是 ${median(faults, "heal")} 秒；机器当时还在做别的工作。`,
} as const satisfies Readonly<Record<Language, (seen: Seen) => string>>;

const asDeclared = (faults: Seen["faults"]): number => Object.values(faults).filter((one) => one.asDeclared).length;
function median(faults: Seen["faults"], of: "break" | "heal"): number | string {
  const all = Object.values(faults)
    .map(({ seconds }) => seconds[of])
    .toSorted((one, other) => one - other);
  return all[Math.floor(all.length / 2)] ?? "-";
}
const firstTwo = (all: readonly { readonly rank: number | null }[]): number =>
  all.filter(({ rank }) => rank !== null && rank <= 2).length;

/** A lab with this backend, and the claims about it. */
export type LabWith = (backend: BackendName) => { readonly claims: readonly Claim[]; readonly lab: LabFacts };

/** docs/faults.md in one language, for labs of this kind. Pure. */
export function faultsPage(labWith: LabWith, language: Language, seen?: Seen): string {
  const say = (text: Text): string => text[language];
  return (
    [
      `# ${say(words.title)}`,
      say(words.other),
      say(words.intro),
      `## ${say(words.use)}`,
      [
        "```sh",
        "./lab faults",
        "./lab break vtep-entry-gone --for 10m",
        "./lab verify",
        "./lab diagnose",
        "./lab heal",
        "./lab break --random --level 2 --hidden",
        "```",
      ].join("\n"),
      say(words.using),
      say(words.diagnosing),
      `## ${say(words.exercises)}`,
      [
        "```sh",
        "./lab exercise --level 2",
        "./lab exercise hint",
        "./lab exercise check",
        "./lab exercise give-up",
        "./lab exercise results exercises-ann.json exercises-ben.json",
        "```",
      ].join("\n"),
      say(words.exercising),
      say(words.handingIn),
      say(words.config),
      [
        "```yaml",
        "config:",
        "  pod-networking-lab:faults:",
        "    - vtep-entry-gone",
        "    - { name: forwarding-off, on: k8s-worker2 }",
        "```",
      ].join("\n"),
      `## ${say(words.table)}`,
      say(words.reading),
      [
        `${say(words.head)} ${say(words.seenHead)} |`,
        "| --- | --- | --- | --- | --- | --- |",
        ...catalogue.map((fault) => row(fault, labWith, say, seen?.faults[fault.name])),
      ].join("\n"),
      ...(seen === undefined ? [] : [`## ${say(words.what)}`, tellSeen[language](seen)]),
      `## ${say(words.stories)}`,
      ...catalogue.map((fault) =>
        [
          `### ${fault.name}`,
          "",
          `${say(fault.story)}`,
          "",
          `- ${say(words.lasts)}${say(words.colon)}${say(fault.lasts)}`,
          `- ${say(words.mend)}${say(words.colon)}${say(fault.mend)}`,
          `- ${say(words.fails)}${say(words.colon)}${tellClaims(expectedOf(fault, labWith), say)}`,
        ].join("\n"),
      ),
      `## ${say(words.left)}`,
      say(words.notHere),
      "",
    ]
      .join("\n\n")
      .trimEnd() + "\n"
  );
}

const onlyWith = (backends: readonly BackendName[]): Text => {
  const names = backends.map((name) => `\`${name}\``);
  return { en: `backend ${names.join(" or ")} only`, zh: `仅限后端 ${names.join(" 或 ")}` };
};

const inBrackets = ({ en, zh }: Text): Text => ({ en: ` (${en})`, zh: `（${zh}）` });

/** What a fault must do where it is put in, on a lab that can have it. */
interface Expected {
  readonly loss: ReturnType<typeof lastSeen>;
  readonly fail: readonly ClaimKind[];
  readonly perhaps: readonly ClaimKind[];
}

function expectedOf(fault: Fault, labWith: LabWith): Expected {
  const { claims, lab } = labWith(fittingBackends(fault)[0] ?? usualBackend);
  const target = place(fault, lab);
  const placed = [{ fault, target }];
  const { fail, may } = predict(claims, placed, lab);
  const kindsOf = (all: readonly Claim[]): ClaimKind[] => [...new Set(all.map(({ kind }) => kind))];
  const certain = kindsOf(fail);
  const loss = [target.pod, target.other].flatMap(
    (pod, index, pair) => lastSeen(pod, pair[1 - index]!, "icmp", placed, lab.backend) ?? [],
  )[0];
  return { loss, fail: certain, perhaps: kindsOf(may).filter((kind) => !certain.includes(kind)) };
}

function tellClaims({ fail, perhaps }: Pick<Expected, "fail" | "perhaps">, say: (text: Text) => string): string {
  const tell = (all: readonly string[]): string => all.map((kind) => `\`${kind}\``).join(say(words.comma));
  return [
    ...(fail.length > 0 || perhaps.length === 0 ? [fail.length > 0 ? tell(fail) : say(words.none)] : []),
    ...(perhaps.length > 0 ? [`${say(words.maybe)} ${tell(perhaps)}`] : []),
  ].join(say(words.semicolon));
}

const isSymptom = (kind: ClaimKind): boolean => kinds[kind].bearing === "symptom";

function row(fault: Fault, labWith: LabWith, say: (text: Text) => string, seen: SeenFault | undefined): string {
  const { loss, fail, perhaps } = expectedOf(fault, labWith);
  const ofTheCause = (all: readonly ClaimKind[]): ClaimKind[] => all.filter((kind) => !isSymptom(kind));
  const cells = [
    `\`${fault.name}\``,
    String(fault.level),
    say(fault.title) +
      (fault.only === undefined ? "" : say(inBrackets(words.only))) +
      (fault.manners === undefined ? "" : say(inBrackets(onlyWith(fittingBackends(fault))))),
    loss === undefined ? say(words.answered) : `\`${loss.place}\`${fault.lastHopVaries ? say(words.varies) : ""}`,
    tellClaims({ fail: ofTheCause(fail), perhaps: ofTheCause(perhaps) }, say),
    seen === undefined ? say(isOfAnotherBackend(fault) ? words.elsewhere : words.untried) : sayOne(seen, say),
  ];
  return `| ${cells.join(" | ")} |`;
}

/** The tier `catalogue` tries faults in the usual one. */
const isOfAnotherBackend = ({ manners }: Fault): boolean =>
  manners !== undefined && !manners.includes(backendOf(usualBackend).manner);

const countClaims = (count: number, does: Text): Text => ({
  en: `${count} ${count === 1 ? "claim" : "claims"} ${does.en}${count === 1 ? "s" : ""}`,
  zh: `${count} 条结论${does.zh}`,
});

function sayOne({ failing, differs, last, causes, rank }: SeenFault, say: (text: Text) => string): string {
  const [cause] = causes;
  const ranked: Text = { en: `diagnosis names it as no. ${rank}`, zh: `诊断把它排在第 ${rank} 位` };
  return [
    failing === 0 ? say(words.seenNone) : say(countClaims(failing, { en: "fail", zh: "不成立" })),
    ...(differs.length > 0 ? [say(countClaims(differs.length, { en: "differ", zh: "不符" }))] : []),
    ...(last === null ? [] : [`\`${last}\``]),
    ...(cause === undefined ? [] : [say(causeNames[cause])]),
    ...(failing === 0 ? [] : [say(rank === null ? words.unnamed : ranked)]),
  ].join(say(words.semicolon));
}
