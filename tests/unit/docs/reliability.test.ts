// Proves that the tables in docs/reliability.md are what the tier "life" has seen, and that nothing was lost. It does not prove that it would be seen again.
import { readFileSync } from "node:fs";
import test from "ava";
import { languages } from "../../../evidence/language.ts";
import { killedTable, pageFile, pageIn } from "../../life/page.ts";
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

test("every kind of interruption was seen, and nothing was lost", (t) => {
  const all = readResults();
  for (const kind of ["up", "verify", "destroy"]) t.true(all.some((one) => one.kind === kind), kind);
  t.deepEqual(
    all.flatMap(({ problems }) => problems),
    [],
  );
});
