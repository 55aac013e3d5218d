/** What a row of the table of strangers is, and what is made of what it said. */

export interface Row {
  /** How this machine or its user is unlike the one that the lab is made on; begins a line of the table. */
  readonly name: string;
  /** A line of bash, in the checkout. */
  readonly command: string;
  readonly ends: Ending;
  /** Until the command is ended, as one that hangs. @default 60 */
  readonly seconds?: number;
}

/**
 * works: the command does what it is for, and its output shows this. refused: it fails, and the line that fits says what is missing and
 * how to get it; nothing was made.
 */
export type Ending =
  { readonly kind: "works"; readonly shows: RegExp } | { readonly kind: "refused"; readonly says: RegExp };

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

/** The one line that fits. */
function sentence(says: RegExp, all: string): string | undefined {
  return all.split("\n").find((line) => says.test(line));
}

export interface Outcome {
  readonly row: Row;
  /** For people: where it was run. */
  readonly where: string;
  readonly said: Said;
  readonly milliseconds: number;
}

/** The page of the table. Pure. */
export function page(outcomes: readonly Outcome[]): string {
  const lines = outcomes.map(({ row, where, said, milliseconds }) => {
    const came =
      row.ends.kind === "works"
        ? "works"
        : `refused: ${(sentence(row.ends.says, said.all) ?? "").replace(/^.*?lab: /, "")}`;
    const cells = [row.name, where, code(row.command), came, `${Math.ceil(milliseconds / 1000)} s`];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  });
  return [
    "# Machines and users unlike the makers' own",
    "",
    "Written by `./lab test strangers`. A row ends in one of two ways: what was asked for works, or one sentence says what is missing and how to get it, before anything is made. [What has been tried on what](tried.md) has everything else.",
    "",
    "| what is different | where | command | what came of it | time |",
    "| --- | --- | --- | --- | --- |",
    ...lines,
    "",
  ].join("\n");
}

/** A command with the names of temporary folders and the noise of a test left out. */
const code = (command: string): string => `\`${command.replace(/ >\/dev\/null.*$/, "")}\``;
