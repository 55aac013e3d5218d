// Proves that the tables in docs/reliability.md are what the tier "life" has seen, failures too. It does not prove that it would be seen again.
import { readFileSync } from "node:fs";
import test from "ava";
import { languages } from "../../../evidence/language.ts";
import { afterTable, killedTable, pageFile, pageIn } from "../../life/page.ts";
import { readResults, type Seen } from "../../life/results.ts";

for (const language of languages)
  test(`the reliability page has what was seen (${language})`, (t) => {
    t.is(readFileSync(pageFile[language], "utf8"), pageIn(language), "run npm run life-page");
  });

test("what was not as it should be stands in the table, and counts as not converged", (t) => {
  const one: Seen = { kind: "up", what: "the engine", at: 30, seconds: 70, problems: [] };
  const table = killedTable([one, { ...one, at: 70, seconds: 90, problems: ["a lock is left"] }], "en");
  t.regex(table, /`\.\/lab up`: the engine killed.* \| 2, at 30, 70 % \| 1 of 2 \| 90 \| a lock is left \|/);
});

test("what failed is told in one row, whatever a program has said", (t) => {
  const problems = ["exit code 1: a | b\n  c", "x".repeat(10_000)];
  const restart: Seen = { kind: "restart", what: "a worker restarts", seconds: 20, problems };
  for (const table of [killedTable([{ ...restart, kind: "up", at: 10 }], "en"), afterTable([restart], "en")]) {
    t.is(table.split("\n").length, 3);
    t.regex(table, /exit code 1: a \\\| b c; x{300} \|$/);
  }
});

test("every kind of interruption was seen, and what failed is told in the page, not left out", (t) => {
  const all = readResults();
  for (const kind of ["up", "verify", "destroy", "restart", "component", "other"])
    t.true(all.some((one) => one.kind === kind), kind);
  const failed = all.filter(({ problems }) => problems.length > 0).map(({ what }) => what);
  // A row that failed is explained beside the table; the next run writes another over it.
  const page = readFileSync(pageFile.en, "utf8");
  for (const what of failed) t.true(page.split(what).length > 2, `${what} failed, and no sentence of the page tells of it`);
});
