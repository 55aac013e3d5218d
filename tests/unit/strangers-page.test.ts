// Proves what the table of strangers says of given outcomes, and that each row has its line in both editions. The tier `strangers` writes them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { allRows } from "../strangers/all-rows.ts";
import { type Outcome, page, type Placed, type Row, type Words } from "../strangers/row.ts";

const where: Words = ["Debian 13", "Debian 13"];
const row = (name: string, command: string): Row => ({
  name: [name, name],
  command,
  ends: { kind: "works", shows: /^up$/m },
});
const refused: Row = {
  name: ["no curl | no wget", "没有 curl"],
  command: "./lab up",
  ends: { kind: "refused", says: /curl is missing$/, doctor: /^FAIL +curl/ },
};
const [first, second] = [row("the end", "./lab destroy"), row("the end", "./lab destroy")];
const all: readonly Placed[] = [first, refused, second].map((one) => ({ row: one, where }));
const came = (one: Row, all: string, seconds: number): Outcome => ({
  row: one,
  where,
  said: { exitCode: 1, all },
  milliseconds: seconds * 1000,
});
const table = (text: string): string[] =>
  text
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .slice(2);

test("a line has what came of the row; what was run alone keeps the others' lines, each its own", (t) => {
  const whole = page(
    all,
    [came(first, "up", 1), came(refused, "lab: curl is missing", 2), came(second, "up", 3)],
    "",
    0,
  );
  const lines = [
    "| the end | Debian 13 | `./lab destroy` | works | 1 s |",
    "| no curl \\| no wget | Debian 13 | `./lab up` | refused: `curl is missing` | 2 s |",
    "| the end | Debian 13 | `./lab destroy` | works | 3 s |",
  ];
  t.deepEqual(table(whole), lines);
  t.deepEqual(table(page(all, [came(refused, "lab: curl is missing", 9)], whole, 0)), [
    lines[0]!,
    lines[1]!.replace("2 s", "9 s"),
    lines[2]!,
  ]);
});

test("a row that has neither an outcome nor a line is left out", (t) => {
  const line = "| the end | Debian 13 | `./lab destroy` | works | 1 s |";
  t.deepEqual(table(page(all, [], `| head |\n| --- |\n${line}`, 0)), [line]);
});

test("what could not be tried says why", (t) => {
  const [only] = all;
  const absent: Outcome = { ...only!, absent: "its archive was not at hand", milliseconds: 0 };
  t.regex(page([only!], [absent], "", 0), /\| not tried: `its archive was not at hand` \| 0 s \|/);
  t.regex(page([only!], [absent], "", 1), /\| 没有试：`its archive was not at hand` \| 0 s \|/);
});

for (const [language, edition] of [
  [0, "strangers.md"],
  [1, "strangers.zh-CN.md"],
] as const)
  test(`docs/${edition} has a line for each row, and no other`, (t) => {
    const text = readFileSync(join(import.meta.dirname, "../../docs", edition), "utf8");
    t.is(page(allRows, [], text, language), text, "./lab test strangers writes it");
    t.is(table(text).length, allRows.length);
  });
