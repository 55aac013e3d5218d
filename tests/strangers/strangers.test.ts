// Proves that ./lab works, or says in one sentence what is missing, on machines unlike the makers' own: other environments on this
// machine, and whole user machines in namespaces, with a kernel that is this one's. It does not prove anything of another kernel, of
// systemd on the user's machine, or of the makers' download sites. What came of it is written to docs/strangers.md.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { allRows, here } from "./all-rows.ts";
import { hereRows } from "./here-rows.ts";
import { runHere } from "./here.ts";
import { machineRows } from "./machine-rows.ts";
import { runMachine } from "./machines.ts";
import { doctorProblemOf, type Outcome, page, problemOf } from "./row.ts";

const outcomes: Outcome[] = [];
/** Every row that was run has ended as it says. */
let asWritten = true;

for (const row of hereRows) {
  test.serial(`this machine: ${row.name[0]}, ${row.shown ?? row.command}: ${row.ends.kind}`, async (t) => {
    const begun = Date.now();
    const said = await runHere(row, true);
    outcomes.push({ row, where: here, said, milliseconds: Date.now() - begun });
    const problem = problemOf(row, said) ?? (said.doctor && doctorProblemOf(row, said.doctor));
    asWritten &&= problem === undefined;
    t.is(problem, undefined);
  });
}

for (const rows of machineRows) {
  test.serial(`${rows.root.title[0]}: ${rows.rows[0]!.name[0]}, and what follows`, async (t) => {
    t.timeout(30 * 60_000);
    const problems: string[] = [];
    for await (const outcome of runMachine(rows)) {
      const { row, said, absent, milliseconds } = outcome;
      const problem = (said && problemOf(row, said)) ?? outcome.problem;
      const sign = absent !== undefined ? "-" : problem === undefined ? "✓" : "✗";
      t.log(`${sign} ${row.name[0]} (${absent ?? `${Math.ceil(milliseconds / 1000)} s`})`);
      if (problem === undefined) outcomes.push(outcome);
      else problems.push(`${row.name[0]}: ${problem}`);
    }
    asWritten &&= problems.length === 0;
    t.deepEqual(problems, []);
  });
}

test.after("the table is written, unless a row failed: those that were not run keep the lines that they have", () => {
  if (!asWritten) return;
  for (const [language, edition] of [
    [0, "strangers.md"],
    [1, "strangers.zh-CN.md"],
  ] as const) {
    const file = join(import.meta.dirname, "../../docs", edition);
    writeFileSync(file, page(allRows, outcomes, readFileSync(file, "utf8"), language));
  }
});
