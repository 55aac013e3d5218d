// Proves that the words of a program that the troubleshooting page quotes stand in some program of the lab, or are those of another program that is named
// here. It does not prove that they are printed for the reason that the page gives.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { readPage, root, spansOf } from "./markdown.ts";

/** Pulumi's, runc's, CoreDNS' and crane's. */
const ofOthers = [
  "passphrase must be set",
  "incorrect passphrase",
  "resource plugin aws",
  "unable to freeze",
  "Loop detected",
  "error verifying sha256 checksum",
];

const programs = ["lab", ...globSync("{bundle,cli,components,nodes,platforms}/**/*.{ts,sh}", { cwd: root })]
  .map((file) => readFileSync(join(root, file), "utf8"))
  .join("\n");

/** What stands between the parts that differ from case to case. */
const fixedParts = (message: string): string[] =>
  message.split(/\.\.\.|\b(?:NAME|NAMESPACE|HOST|N)\b|SHA256:/).flatMap((part) => part.replace(/^[\s:]+|[\s:]+$/g, "") || []);

const isKnown = (message: string): boolean =>
  ofOthers.some((words) => message.includes(words)) || fixedParts(message).every((part) => programs.includes(part));

/** A message has several words, and is no command to be typed. */
const isMessage = (text: string): boolean => /\s/.test(text) && !/^(\.\/lab|bash|ip|pulumi|tc|sudo) /.test(text);

test("words that nothing prints are found out", (t) => {
  t.false(isKnown("is held by another laboratory"));
  t.false(isKnown("package ... flies"));
});

for (const page of ["docs/troubleshooting.md", "docs/troubleshooting.zh-CN.md"])
  test(`every message that ${page} quotes is one`, (t) => {
    const messages = readPage(page)
      .rows.flatMap(([first = ""]) => [...spansOf(first), ...[...first.matchAll(/"([^"]+)"/g)].map((match) => match[1]!)])
      .filter(isMessage);
    t.true(messages.length > 15, "the messages are not found");
    t.deepEqual(
      messages.filter((message) => !isKnown(message)),
      [],
    );
  });
