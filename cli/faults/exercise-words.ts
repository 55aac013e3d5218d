import type { Language } from "../../evidence/language.ts";
import type { Change } from "../../faults/changed.ts";

/** What an exercise says, in the language that it was begun in. */
interface Words {
  readonly begun: (level: number) => string;
  readonly under: (symptom: string, hints: number, begun: string) => string;
  readonly hint: (which: number, of: number) => string;
  readonly noMore: (lab: string) => string;
  readonly notYet: (failing: number, claims: number) => string;
  readonly workedAround: string;
  readonly changed: (count: number) => string;
  readonly change: (change: Change) => string;
  readonly solved: (minutes: number, hints: number) => string;
  readonly gaveUp: string;
  readonly healed: string;
  readonly it: (title: string, name: string, where: string) => string;
  readonly finding: string;
  readonly mending: string;
  readonly kept: (file: string) => string;
}

export const words: Readonly<Record<Language, Words>> = {
  en: {
    begun: (level) =>
      `Something in the lab is broken now (level ${level}). Find it with plain Linux tools, mend it by hand, and leave all else as it is. A user reports:`,
    under: (symptom, hints, begun) => `An exercise is under way since ${begun}, with ${hints} hints so far: ${symptom}`,
    hint: (which, of) => `Hint ${which} of ${of}:`,
    noMore: (lab) => `That was the last hint. ./lab exercise give-up${lab} tells the cause.`,
    notYet: (failing, claims) => `Not yet: ${failing} of ${claims} claims do not hold.`,
    workedAround:
      "Not yet: all claims hold just now, and what was broken is still broken. It was worked around, or its symptom comes and goes.",
    changed: (count) =>
      `Not yet: all claims hold, and ${count} lines on the nodes are not as they were before the exercise. Bring them back:`,
    change: ({ node, part, sign, line }) =>
      `${node}, ${part}: ${sign === "+" ? "this was not there" : "this is missing"}: ${line}`,
    solved: (minutes, hints) =>
      `Solved: all claims hold, and nothing else was changed. It took ${minutes} minutes and ${hints} hints.`,
    gaveUp: "The lab is healed.",
    healed: "The fault was taken away by ./lab heal, or with its machine: this exercise is over, unsolved.",
    it: (title, name, where) => `It was ${title} (${name}), ${where}.`,
    finding: "How it is found",
    mending: "How it is mended",
    kept: (file) => `The result is in ${file}.`,
  },
  zh: {
    begun: (level) =>
      `现在实验环境里有一处坏了（级别 ${level}）。请用普通的 Linux 工具找到它，手工修好，并让其他一切保持原样。用户报告说：`,
    under: (symptom, hints, begun) => `一个练习从 ${begun} 起正在进行，已用 ${hints} 个提示：${symptom}`,
    hint: (which, of) => `提示 ${which}/${of}：`,
    noMore: (lab) => `这是最后一个提示。./lab exercise give-up${lab} 会说出原因。`,
    notYet: (failing, claims) => `还没有修好：${claims} 条结论中有 ${failing} 条不成立。`,
    workedAround: "还没有修好：此刻全部结论都成立，但坏掉的地方还没有修好。它只是被绕过了，或者它的症状时有时无。",
    changed: (count) => `还没有修好：全部结论都成立，但节点上有 ${count} 行与练习开始前不同。请恢复它们：`,
    change: ({ node, part, sign, line }) =>
      `${node}，${part}：${sign === "+" ? "原来没有这一行" : "缺少这一行"}：${line}`,
    solved: (minutes, hints) => `解决了：全部结论都成立，其他什么也没有改变。用了 ${minutes} 分钟和 ${hints} 个提示。`,
    gaveUp: "实验环境已恢复。",
    healed: "故障已被 ./lab heal 取走，或随机器一起消失：这个练习没有解决，到此结束。",
    it: (title, name, where) => `原因是${title}（${name}），${where}。`,
    finding: "怎样找到它",
    mending: "怎样修复它",
    kept: (file) => `结果保存在 ${file}。`,
  },
};

/** What can be done next, the same in every language. */
export const next = (lab: string): string[] => [
  `  ./lab exercise hint${lab}`,
  `  ./lab exercise check${lab}`,
  `  ./lab exercise give-up${lab}`,
];
