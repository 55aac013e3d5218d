import type { Claim } from "../evidence/claim.ts";
import type { Language, Text } from "../evidence/language.ts";
import { catalogue } from "./catalogue.ts";
import type { Fault, LabFacts } from "./fault.ts";
import { place } from "./place.ts";
import { lastSeen, predict } from "./predict.ts";

const words = {
  title: { en: "Faults", zh: "故障" },
  other: { en: "[中文](faults.zh-CN.md)", zh: "[English](faults.md)" },
  intro: {
    en: "What can be broken on purpose, each declared once in `faults/catalogue/`: what it does to a node, where its packets are lost, and so exactly which claims must fail. This page is written by `npm run faults-page`.",
    zh: "可以故意破坏的内容，每项在 `faults/catalogue/` 里只声明一次：它对节点做什么，让数据包丢在哪里，由此恰好哪些结论必然不成立。本页由 `npm run faults-page` 生成。",
  },
  use: { en: "Use", zh: "用法" },
  using: {
    en: "A fault goes to a pod of the course's lessons and its node, unless `--on` and `--towards` name nodes or pods. With `--for` the node heals itself. Healing brings back exactly what was there, also after a restart, also when somebody has mended a part by hand. While a fault is in, `./lab up` and `./lab verify` expect exactly what it breaks, and name each claim that differs.",
    zh: "除非用 `--on` 和 `--towards` 指定节点或 Pod，故障会落在课程的 Pod 及其节点上。用 `--for` 时节点会自行恢复。恢复是精确的：原来是什么样就回到什么样，重启之后、有人手工修过一部分之后也一样。故障存在期间，`./lab up` 和 `./lab verify` 期望的恰好是它破坏的那些结论，并指出每一个不符的结论。",
  },
  diagnosing: {
    en: "`./lab diagnose` is not told what was broken. It makes every check anew and reads the table below backwards: the fewest faults, three at most, that make fail exactly what fails, the likeliest first, with what to run to see and to mend it. On a healthy lab it says so; where nothing in the table fits exactly, it says that it cannot tell. `--lang zh` speaks Chinese, `--json` is for programs.",
    zh: "`./lab diagnose` 并不知道什么被破坏了。它重新做全部检查，再把下面的表倒过来读：找出最少的（至多三个）故障，使不成立的恰好是这些结论，最可能的排在最前，并给出查看和修复时要运行的命令。环境正常时它会直说；表里没有完全吻合的，它就说无法判断。`--lang zh` 用中文，`--json` 供程序使用。",
  },
  config: {
    en: "The same as config: a lab comes up broken, and an empty list, or `./lab destroy`, heals it.",
    zh: "也可以写进配置：实验环境一启动就是坏的；空列表或 `./lab destroy` 会恢复它。",
  },
  table: { en: "The catalogue", zh: "目录" },
  head: {
    en: "| fault | level | what it is | a packet is seen last | claims that fail |",
    zh: "| 故障 | 级别 | 是什么 | 数据包最后出现在 | 不成立的结论 |",
  },
  answered: { en: "it is answered", zh: "有应答" },
  varies: { en: " or beside it", zh: "或其前后" },
  none: { en: "none", zh: "无" },
  maybe: { en: "perhaps", zh: "可能" },
  only: { en: "platform vm only", zh: "仅限平台 vm" },
  stories: { en: "Each fault", zh: "逐个说明" },
  lasts: { en: "It stays", zh: "持续时间" },
  mend: { en: "By hand", zh: "手工修复" },
  colon: { en: ": ", zh: "：" },
  semicolon: { en: "; ", zh: "；" },
  left: { en: "What is not here", zh: "这里没有的" },
  notHere: {
    en: "Wrong selectors, wrong target ports and policies wait for the lessons about Services and policies. A bad checksum of VXLAN under NAT needs a kernel that has that defect.",
    zh: "错误的 selector、错误的 targetPort 和网络策略要等 Service 与策略的课程。NAT 下 VXLAN 的校验和错误需要带有该缺陷的内核。",
  },
} as const satisfies Readonly<Record<string, Text>>;

/** docs/faults.md in one language, for a lab of this kind. Pure. */
export function faultsPage(claims: readonly Claim[], lab: LabFacts, language: Language): string {
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
      [
        say(words.head),
        "| --- | --- | --- | --- | --- |",
        ...catalogue.map((fault) => row(fault, claims, lab, say)),
      ].join("\n"),
      `## ${say(words.stories)}`,
      ...catalogue.map((fault) =>
        [
          `### ${fault.name}`,
          "",
          `${say(fault.story)}`,
          "",
          `- ${say(words.lasts)}${say(words.colon)}${say(fault.lasts)}`,
          `- ${say(words.mend)}${say(words.colon)}${say(fault.mend)}`,
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

function row(fault: Fault, claims: readonly Claim[], lab: LabFacts, say: (text: Text) => string): string {
  const target = place(fault, lab);
  const placed = [{ fault, target }];
  const { fail, may } = predict(claims, placed, lab);
  const kinds = [...new Set(fail.map(({ kind }) => kind))];
  const perhaps = [...new Set(may.map(({ kind }) => kind))].filter((kind) => !kinds.includes(kind));
  const loss = [target.pod, target.other].flatMap(
    (pod, index, pair) => lastSeen(pod, pair[1 - index]!, "icmp", placed) ?? [],
  )[0];
  const tell = (all: readonly string[]): string => all.map((kind) => `\`${kind}\``).join(", ");
  const cells = [
    `\`${fault.name}\``,
    String(fault.level),
    say(fault.title) + (fault.only === undefined ? "" : ` (${say(words.only)})`),
    loss === undefined ? say(words.answered) : `\`${loss.place}\`${fault.lastHopVaries ? say(words.varies) : ""}`,
    [
      kinds.length > 0 ? tell(kinds) : say(words.none),
      ...(perhaps.length > 0 ? [`${say(words.maybe)} ${tell(perhaps)}`] : []),
    ].join(say(words.semicolon)),
  ];
  return `| ${cells.join(" | ")} |`;
}
