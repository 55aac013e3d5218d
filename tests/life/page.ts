// Writes the table of what the tier "life" has seen into docs/reliability.md, both languages: npm run life-page.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { languages, type Language } from "../../evidence/language.ts";
import { readResults, type Seen } from "./results.ts";

const docs = join(import.meta.dirname, "../../docs");
export const pageFile: Readonly<Record<Language, string>> = {
  en: join(docs, "reliability.md"),
  zh: join(docs, "reliability.zh-CN.md"),
};

const words = {
  head: {
    en: "| what was done | how often, when | converged | longest, s | nothing lost |\n| --- | --- | --- | --- | --- |",
    zh: "| 做了什么 | 次数，何时 | 收敛 | 最长，秒 | 没有丢失任何内容 |\n| --- | --- | --- | --- | --- |",
  },
  killed: {
    en: (verb: string, what: string) => `\`./lab ${verb}\`: ${what} killed, then the same again`,
    zh: (verb: string, what: string) => `\`./lab ${verb}\`：杀掉${chinese[what] ?? what}，再运行一次`,
  },
  at: {
    en: (count: number, parts: string) => `${count}, at ${parts} %`,
    zh: (count: number, parts: string) => `${count} 次，进行到 ${parts} % 时`,
  },
  of: { en: (good: number, all: number) => `${good} of ${all}`, zh: (good: number, all: number) => `${good}/${all}` },
  after: {
    en: "| what happened | who brought it back | well again after, s | pings lost, five a second | every claim holds |\n| --- | --- | --- | --- | --- |",
    zh: "| 发生了什么 | 由谁恢复 | 多久恢复正常，秒 | 丢失的 ping，每秒五个 | 所有结论成立 |\n| --- | --- | --- | --- | --- |",
  },
  itself: { en: "systemd, kubelet", zh: "systemd、kubelet" },
  notAsked: { en: "not asked", zh: "未检查" },
  yes: { en: "yes", zh: "是" },
} as const;
const chinese: Readonly<Record<string, string>> = {
  "the whole tree": "整棵进程树",
  "the engine": "Pulumi 引擎",
  "a plugin": "一个插件",
  "the container engine": "容器引擎",
  "an SSH connection": "一条 SSH 连接",
  "all machines are stopped, and started again with the control plane last": "所有机器关机，再启动，控制平面节点最后",
  "all machines lose their power, and start again with the control plane first":
    "所有机器断电，再启动，控制平面节点最先",
  "the control plane restarts": "控制平面节点重启",
  "a worker restarts": "一个工作节点重启",
  "the workers restart first, then the control plane": "工作节点先重启，然后控制平面节点",
  "all three machines restart at the same moment": "三台机器同时重启",
  "the container engine is killed, and started again": "容器引擎被杀掉，再启动",
  "the container engine is stopped, and started again": "容器引擎停止，再启动",
  "it goes on": "自行继续",
  "dockerd, systemd, kubelet": "dockerd、systemd、kubelet",
  "the certificates have expired, and all machines are down": "证书已过期，所有机器已停机",
  "two VMs have lost a pod, a program and flannel's device since their checkpoint":
    "两台虚拟机在检查点之后丢失了一个 Pod、一个程序和 flannel 的设备",
  "two VMs stand still for a minute": "两台虚拟机停顿一分钟",
  "the certificates of two VMs have expired, and both have lost their power": "两台虚拟机的证书已过期，且都已断电",
  "hosts of one's own are rebooted": "自己的主机重启",
  "the certificates of hosts of one's own have expired": "自己的主机上的证书已过期",
  "a lab of an older commit is taken over": "接管由较早提交搭建的实验环境",
  "three labs come up at the same time": "同时搭建三个实验环境",
  "three labs are checked at the same time": "同时检查三个实验环境",
  "one lab is destroyed while another comes up": "销毁一个实验环境，同时搭建另一个",
};

/** What was not as it should be, as one cell: of what a program said only the beginning, which names it. */
const cell = (problems: readonly string[]): string =>
  problems.map((text) => text.replaceAll(/\s+/g, " ").replaceAll("|", "\\|").slice(0, 300).trim()).join("; ");

/** One row for each verb and piece. Pure. */
export function killedTable(all: readonly Seen[], language: Language): string {
  const verbs = all.filter(({ kind }) => ["up", "verify", "destroy"].includes(kind));
  const order = (one: Seen): number => ["up", "verify", "destroy"].indexOf(one.kind);
  const groups = Map.groupBy(
    verbs.toSorted((a, b) => order(a) - order(b)),
    ({ kind, what }) => `${kind}\t${what}`,
  );
  const rows = [...groups.values()].map((group) => {
    const [{ kind, what } = { kind: "up", what: "" }] = group;
    const good = group.filter(({ problems }) => problems.length === 0).length;
    const parts = group.map(({ at = 0 }) => at).toSorted((a, b) => a - b);
    const longest = Math.max(...group.map(({ seconds }) => seconds));
    const lost = group.flatMap(({ problems }) => problems);
    return [
      words.killed[language](kind, what),
      words.at[language](group.length, parts.join(", ")),
      words.of[language](good, group.length),
      String(Math.round(longest)),
      lost.length === 0 ? words.yes[language] : cell(lost),
    ];
  });
  return [words.head[language], ...rows.map((row) => `| ${row.join(" | ")} |`)].join("\n");
}

/** One row for each restart and each component that crashed or hung. Pure. */
export function afterTable(all: readonly Seen[], language: Language): string {
  const order: readonly Seen["kind"][] = ["restart", "component", "other"];
  const rows = all
    .filter(({ kind }) => kind === "restart" || kind === "component" || kind === "other")
    .toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))
    .map(({ kind, what, by, seconds, lost, problems }) => [
      language === "zh" ? translate(what) : what,
      by === undefined ? words.itself[language] : language === "zh" ? translate(by) : by,
      String(seconds),
      lost === undefined ? "-" : String(lost),
      problems.length > 0 ? cell(problems) : kind === "component" ? words.notAsked[language] : words.yes[language],
    ]);
  if (rows.length === 0) return "";
  return [words.after[language], ...rows.map((row) => `| ${row.join(" | ")} |`)].join("\n");
}

function translate(what: string): string {
  const [, name, how] = /^(\S+) (is killed|hangs for a minute)$/.exec(what) ?? [];
  if (name !== undefined) return how === "is killed" ? `${name} 被杀掉` : `${name} 停顿一分钟`;
  return chinese[what] ?? what;
}

const [begin, end] = ["<!-- npm run life-page writes from here -->", "<!-- to here -->"];

const tables = (language: Language): string =>
  [killedTable, afterTable]
    .map((table) => table(readResults(), language))
    .filter((text) => text !== "")
    .join("\n\n");

/** The page with the table of what was seen. */
export function pageIn(language: Language): string {
  const page = readFileSync(pageFile[language], "utf8");
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`${pageFile[language]} has no place for the table`);
  return `${page.slice(0, from + begin.length)}\n\n${tables(language)}\n\n${page.slice(to)}`;
}

if (process.argv.includes("--write"))
  for (const language of languages) writeFileSync(pageFile[language], pageIn(language));
