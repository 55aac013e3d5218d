// Proves the pattern language on its own, where the cases of tests/behaviours would be slow.
import test from "ava";
import { compile } from "../../../packages/pulumi-plugins/command/local/globs.ts";

for (const [pattern, matching, others] of [
  ["*.txt", ["a.txt", ".txt"], ["d/a.txt", "a.txt.bak", "atxt"]],
  ["**.txt", ["a.txt", "d/e/a.txt"], ["a.txt/b"]],
  ["a/**", ["a/b", "a/b/c"], ["a", "ab/c"]],
  ["?", ["a"], ["", "/", "ab"]],
  ["[a-c]x", ["ax", "cx"], ["dx"]],
  ["[!a-c]x", ["dx"], ["ax"]],
  ["{a,b*}/c", ["a/c", "bb/c"], ["ab/c", "c"]],
  ["a,b", ["a,b"], ["a"]],
  ["\\*", ["*"], ["a"]],
  ["a+b(c)$", ["a+b(c)$"], ["aab(c)$"]],
] as const) {
  test(`${pattern} matches ${matching.join(" ")} and not ${others.join(" ")}`, (t) => {
    for (const path of matching) t.true(compile(pattern).test(path), path);
    for (const path of others) t.false(compile(pattern).test(path), path);
  });
}

test("a bracket that is not closed is an error", (t) => {
  t.throws(() => compile("[a"), { message: /without closing/ });
  t.throws(() => compile("{a"), { message: /without closing/ });
});
