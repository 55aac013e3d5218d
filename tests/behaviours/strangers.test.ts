// Proves that ./lab works, or says in one sentence what is missing, in environments unlike the makers' own: the short part of the tier
// `strangers`. It does not prove that a lab comes up there; docs/strangers.md says which whole machines that tier tries it on.
import test from "ava";
import { hereRows } from "../strangers/here-rows.ts";
import { runHere } from "../strangers/here.ts";
import { problemOf } from "../strangers/row.ts";

for (const row of hereRows.filter(({ short }) => short)) {
  // One after another: each starts a whole ./lab.
  test.serial(`${row.name[0]}, ${row.command}: ${row.ends.kind}`, async (t) => {
    t.is(problemOf(row, await runHere(row)), undefined);
  });
}
