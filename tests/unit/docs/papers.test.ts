// Proves that the licence is the unmodified text that package.json names, and that the README stays short. It judges no prose.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { root } from "./markdown.ts";

const read = (file: string): string => readFileSync(join(root, file), "utf8");

test("LICENSE is the text of Apache-2.0, as package.json says", (t) => {
  t.is((JSON.parse(read("package.json")) as { license: string }).license, "Apache-2.0");
  // With the empty line that apache.org's own file begins with.
  t.is(
    createHash("sha256").update(`\n${read("LICENSE")}`).digest("hex"),
    "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30",
  );
});

test("the README of either language is at most 175 lines", (t) => {
  for (const file of ["README.md", "README.zh-CN.md"]) t.true(read(file).trimEnd().split("\n").length <= 175, file);
});

test("the changelog's newest version is package.json's", (t) => {
  const { version } = JSON.parse(read("package.json")) as { version: string };
  t.is(/^## \[(\d[^\]]*)\]/m.exec(read("CHANGELOG.md"))?.[1], version);
});
