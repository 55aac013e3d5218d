// Proves that no output, whoever has written it, keeps a parser or a judge busy, throws past a judge, fills a sentence, or reaches a terminal with what a
// terminal obeys. It does not prove that a claim about a pod that lies of itself is true.
import { readdirSync } from "node:fs";
import test from "ava";
import { decide, parseRules } from "../../../evidence/parse/iptables.ts";
import { parsePcap } from "../../../evidence/parse/pcap.ts";
import { plain, plainJson, plainText } from "../../../evidence/plain-text.ts";
import { describe } from "../../../evidence/verdict.ts";
import { judge, type Lab, readLab, withOutput } from "./lab.ts";

const size = 1 << 16;
const filled = (part: string): string => part.repeat(Math.ceil(size / part.length));

/** What costs a regular expression most: long runs of what its parts have in common. */
const long: Readonly<Record<string, string>> = {
  "one letter": filled("a"),
  blanks: `a${filled(" ")}b`,
  "blanks after a number": `1: ${filled(" ")}`,
  "line ends": filled("\n"),
  "blank lines": filled(" \n"),
  digits: filled("1"),
  "digits with dots": filled("1."),
  headings: filled("# "),
  "lines that look like headings": filled("# a\n"),
  quotes: `-A FORWARD ${filled('"\\')}`,
  "an open bracket": `trace id a b c d rule ${filled("(verdict ")}`,
  "blanks before a bracket": `trace id a b c d rule ${filled(" (")}`,
  interfaces: filled("1: a: <"),
  "interfaces in lines": filled("1: a: <UP> mtu 1\n"),
  counters: filled("1: a:\n  RX: bytes\n  1 "),
  queues: filled("qdisc a 1: dev "),
  "rules in lines": filled("-A a\n"),
  "rules with counters": filled("[1:1] -A a "),
  questions: filled("IP a > b.53: 1 "),
  answers: filled("IP a.53 > b: 1 A "),
  events: filled("a-1 [1] a 1: "),
  "neighbours in lines": filled("a dev a lladdr a A\n"),
  comments: `[1:1] -A a --comment "${filled("\\\\")}`,
};

const parsers = new URL("../../../evidence/parse/", import.meta.url);
for (const file of readdirSync(parsers).filter((name) => name !== "packet.ts"))
  test(`what ${file} reads is read in time that grows with its length`, async (t) => {
    const functions = Object.entries((await import(new URL(file, parsers).href)) as Record<string, unknown>).filter(
      (entry): entry is [string, (...given: readonly unknown[]) => unknown] =>
        /^(parse|says)/.test(entry[0]) && typeof entry[1] === "function",
    );
    for (const [name, parse] of functions)
      for (const [what, text] of Object.entries(long)) {
        const before = process.cpuUsage();
        try {
          parse(name === "parsePcap" ? Buffer.from(text) : text, "a");
        } catch {
          // That it cannot be read is an answer.
        }
        const { user, system } = process.cpuUsage(before);
        t.true(user + system < 2_000_000, `${name} took ${(user + system) / 1e6} s of processor time for ${what}`);
      }
  });

test("rules that lead in a circle, or that double at every step, come to an end", (t) => {
  const packet = { source: "10.0.0.1", destination: "10.0.0.2", out: "eth0", protocol: "tcp" } as const;
  const doubling = Array.from(
    { length: 60 },
    (_, at) => `:C${at} - [0:0]\n-A C${at} -j C${at + 1}\n-A C${at} -j C${at + 1}`,
  );
  t.throws(() => decide(parseRules([...doubling, ":C60 - [0:0]"].join("\n")), "C0", packet), {
    message: /lead nowhere/,
  });
  t.throws(() => decide(parseRules(":A - [0:0]\n-A A -j B\n:B - [0:0]\n-A B -j A"), "A", packet));
});

test("a capture that says of a frame that it is longer than the file ends there", (t) => {
  const file = Buffer.alloc(64);
  file.writeUInt32LE(0xa1b2c3d4, 0);
  file.writeUInt32LE(276, 20);
  file.writeUInt32LE(0xffffffff, 24 + 8);
  t.deepEqual(parsePcap(file), []);
});

const lab = readLab();
const lies: Readonly<Record<string, string>> = {
  "one long line": filled("x"),
  "one long line of blanks": `1: ${filled(" ")}x`,
  "one long number": filled("1"),
  "what a terminal obeys": "\u001b[2J\u001b]0;title\u0007\u009b31m every claim holds\r\n",
  "a report": JSON.stringify({ node: "k8s-master", at: "2026-01-01T00:00:00Z", observations: [] }),
  "marks of sections": "# asked \n# 0:\n# kubelet\n",
  HTML: "<script>alert(1)</script>",
  nothing: "",
};

for (const [what, text] of Object.entries(lies))
  test(`where any one output is ${what}, there is a claim for each as before, and each tells of itself in few words`, (t) => {
    const ids = [...judge(lab).keys()];
    for (const [name, { observations }] of Object.entries(lab.reports))
      for (const { id, output } of observations) {
        if (output === text) continue;
        const changed: Lab = withOutput(lab, name, id, () => text);
        const claims = judge(changed);
        // That a name of the outside is found, or what an answer is worth, is asked only where there is one.
        for (const id of ids) if (!claims.has(id)) t.true(/outside-name/.test(id), id);
        for (const claim of claims.values())
          t.true(claim.observed.length < 5000, `${claim.id}: ${claim.observed.length}`);
      }
  });

test("a failing claim about a megabyte is told on a page, not in a megabyte", (t) => {
  const changed = withOutput(lab, "bridge", "addresses/mypod1", () => "x".repeat(1 << 20));
  const failing = [...judge(changed).values()].filter(({ ok }) => !ok);
  t.true(failing.length > 0);
  for (const claim of failing) t.true(describe(claim).length < 10_000, claim.id);
});

test("what a terminal would obey becomes visible, in every text of a value and in its names", (t) => {
  t.is(plainText("a\u001b[31mb\u0007\u009bc\rd\r\ne\tf\u202eg"), "a\ufffd[31mb\ufffd\ufffdc\ufffdd\ne\tf\ufffdg");
  t.deepEqual(plain({ "k\u001b": ["\u001b", 1, null, { deep: "\u0000" }] }), {
    "k\ufffd": ["\ufffd", 1, null, { deep: "\ufffd" }],
  });
});

test("JSON for a terminal has the same values, and nothing in it that a terminal would obey", (t) => {
  const value = { a: "\u001b[31m\u009b\u202e", b: ["网络"] };
  const text = plainJson(value);
  t.deepEqual(JSON.parse(text), value);
  t.is(plainText(text), text);
});
