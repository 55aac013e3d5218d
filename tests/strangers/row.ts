/** What a row of the table of strangers is, and what is made of what it said. */

/** In English and in Chinese. */
export type Words = readonly [en: string, zh: string];

export interface Row {
  /** How this machine or its user is unlike the one that the lab is made on; begins a line of the table. */
  readonly name: Words;
  /** A line of bash, in the checkout. */
  readonly command: string;
  /** What stands in the table for it. @default the command */
  readonly shown?: string;
  readonly ends: Ending;
  /** Until the command is ended, as one that hangs. @default 120 */
  readonly seconds?: number;
}

/**
 * works: the command does what it is for, and its output shows this. refused: it fails, and the line that fits says what is missing and
 * how to get it; nothing was made.
 */
export type Ending =
  | { readonly kind: "works"; readonly shows: RegExp }
  | { readonly kind: "refused"; readonly says: RegExp; readonly doctor: Doctor };

/**
 * What `./lab doctor` says there: a line that names the same thing; the same sentence, where ./lab itself cannot begin; or why it is no
 * matter of doctor's.
 */
export type Doctor = RegExp | "the same sentence" | { readonly none: string };

export interface Said {
  readonly exitCode: number | undefined;
  /** Standard output and error, as they came. */
  readonly all: string;
}

/** What is not as the row says; undefined where all is. Pure. */
export function problemOf({ ends }: Row, { exitCode, all }: Said): string | undefined {
  const text = `exit code ${exitCode}\n${all}`;
  switch (ends.kind) {
    case "works":
      return exitCode === 0 && ends.shows.test(all) ? undefined : text;
    case "refused": {
      const traced = /^\s+at .*:\d+:\d+\)?$/m.test(all);
      return exitCode !== 0 &&
        exitCode !== undefined &&
        exitCode < 124 &&
        sentence(ends.says, all) !== undefined &&
        !traced
        ? undefined
        : text;
    }
    default: {
      const unknown: never = ends;
      throw new Error(`no such ending: ${JSON.stringify(unknown)}`);
    }
  }
}

/** The same command with `./lab doctor` in the place of `./lab up`; undefined where doctor has no part in the row. Pure. */
export function doctorOf({ command, ends }: Row): string | undefined {
  if (ends.kind !== "refused" || (ends.doctor !== "the same sentence" && "none" in ends.doctor)) return undefined;
  const asked = command.replace(/lab up$/, "lab doctor");
  if (asked === command)
    throw new Error(`${command} does not end in "lab up", and doctor cannot be asked in its place`);
  return asked;
}

/** What is not as the row says of doctor; undefined where all is. Pure. */
export function doctorProblemOf({ ends }: Row, { exitCode, all }: Said): string | undefined {
  if (ends.kind !== "refused") return undefined;
  const { says, doctor } = ends;
  const fits = doctor === "the same sentence" ? sentence(says, all) : doctor instanceof RegExp && sentence(doctor, all);
  return fits && exitCode === 1 ? undefined : `doctor, exit code ${exitCode}\n${all}`;
}

/** The one line that fits. */
function sentence(says: RegExp, all: string): string | undefined {
  return all.split("\n").find((line) => says.test(line));
}

export interface Placed {
  readonly row: Row;
  /** For people: where it is run. */
  readonly where: Words;
}

export interface Outcome extends Placed {
  /** Absent where there was nothing to run it on. */
  readonly said?: Said;
  /** Why there was nothing to run it on. */
  readonly absent?: string;
  readonly milliseconds: number;
}

const words = {
  title: ["Machines and users unlike the makers' own", "与作者不同的机器和用户"],
  other: ["[中文](strangers.zh-CN.md)", "[English](strangers.md)"],
  about: [
    "Written by `./lab test strangers`. A row ends in one of two ways: what was asked for works, or one sentence says what is missing and how to get it, before anything is made. Everything else that was tried is in [tried.md](tried.md).",
    "由 `./lab test strangers` 写成。每一行只有两种结局：要做的事做成了；或者在创建任何资源之前，用一句话说明缺什么、怎样得到。其余试过的见 [tried.zh-CN.md](tried.zh-CN.md)。",
  ],
  head: ["what is different | where | command | what came of it | time", "有什么不同 | 在哪里 | 命令 | 结果 | 用时"],
  works: ["works", "正常"],
  refused: ["refused: ", "拒绝："],
  untried: ["not tried: ", "没有试："],
} as const satisfies Record<string, Words>;

/** What tells one line of the table from all others. */
const begins = ({ row: { name, command, shown = command }, where }: Placed, language: 0 | 1): string =>
  lineOf([name[language], where[language], code(shown)]);

const lineOf = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;

/**
 * The page of the table, in English (0) or Chinese (1). Pure.
 * @param all every row, in order
 * @param before the page as it was: where only some rows were run, the others keep their lines, and one that has none yet is left out
 */
export function page(all: readonly Placed[], outcomes: readonly Outcome[], before: string, language: 0 | 1): string {
  const old = before.split("\n");
  const lines = all.flatMap((placed) => {
    const begin = begins(placed, language);
    const outcome = outcomes.find((one) => one.row === placed.row && one.where === placed.where);
    const at = old.findIndex((line) => line.startsWith(begin));
    // Two rows may begin alike, as the ends of two labs: each takes its own line.
    const kept = at < 0 ? [] : old.splice(at, 1);
    if (outcome === undefined) return kept;
    return `${begin} ${lineOf([cameOf(outcome, language), `${Math.ceil(outcome.milliseconds / 1000)} s`]).slice(2)}`;
  });
  const { title, other, about, head } = words;
  return [
    `# ${title[language]}`,
    "",
    other[language],
    "",
    about[language],
    "",
    `| ${head[language]} |`,
    "| --- | --- | --- | --- | --- |",
    ...lines,
    "",
  ].join("\n");
}

function cameOf({ row: { ends }, said, absent }: Outcome, language: 0 | 1): string {
  if (said === undefined) return `${words.untried[language]}${code(absent ?? "")}`;
  if (ends.kind === "works") return words.works[language];
  const line = (sentence(ends.says, said.all) ?? "")
    .replace(/^.*?lab: |^.*? creating \(\d+s\) /, "")
    .replaceAll(/\/tmp\/podnet-stranger-\w+/g, "/tmp");
  return `${words.refused[language]}${code(line.trim())}`;
}

/** A span of code that may hold backticks itself. */
const code = (text: string): string => (text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``);
