import { judge } from "../doctor/checks.ts";
import type { Finding, Verdict } from "../doctor/finding.ts";
import { gatherFacts } from "../doctor/facts.ts";
import { columns, paint, wrap } from "../view/say.ts";

/** `./lab doctor`: what is there, what is missing, what will be done about it. Fails only for what ./lab cannot mend. */
export async function doctor(stack: string): Promise<number> {
  const findings = judge(await gatherFacts(stack));
  process.stdout.write(`${render(findings).join("\n")}\n`);
  return findings.some(({ verdict }) => verdict === "you") ? 1 : 0;
}

const marks: Readonly<
  Record<Verdict, { readonly text: string; readonly format: "green" | "cyan" | "yellow" | "red" }>
> = {
  ok: { text: "ok", format: "green" },
  lab: { text: "todo", format: "cyan" },
  note: { text: "note", format: "yellow" },
  you: { text: "FAIL", format: "red" },
};

/** One finding a line, its remedy below it. Pure, but for colour. */
export function render(findings: readonly Finding[]): string[] {
  const table = columns(findings.map(({ what, verdict, found }) => [marks[verdict].text, what, found]));
  const width = Math.max(...findings.map(({ what }) => what.length));
  const lines = findings.flatMap(({ verdict, remedy }, index) => {
    const { text, format } = marks[verdict];
    const line = (table[index] ?? "").replace(text, paint(format, text));
    const advice = remedy === undefined ? [] : wrap(remedy, 78 - width - 10);
    return [line, ...advice.map((part, at) => `${" ".repeat(width + 8)}${at === 0 ? "→ " : "  "}${part}`)];
  });
  const yours = findings.filter(({ verdict }) => verdict === "you").length;
  const todo = findings.filter(({ verdict }) => verdict === "lab").length;
  return [...lines, "", conclusion(yours, todo)];
}

function conclusion(yours: number, todo: number): string {
  if (yours > 0) return `${yours} of these only you can mend; the rest is for ./lab up.`;
  return todo > 0 ? `Nothing stands in the way: ./lab up does what is to do.` : "Everything is there.";
}
