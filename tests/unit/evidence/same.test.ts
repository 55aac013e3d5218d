// Proves when two labs count as having proved the same, on what a real lab has told. That two labs do, tests/live/aws.test.ts sees.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { evidenceOf } from "../../live/evidence.ts";

type Scenarios = Parameters<typeof evidenceOf>[0];
const transcript = readFileSync(join(import.meta.dirname, "../../transcripts/report/outputs.json"), "utf8");
const scenarios = (text = transcript): Scenarios => (JSON.parse(text) as { scenarios: Scenarios }).scenarios;

test("what is by chance in a lab is not in its evidence", (t) => {
  const evidence = evidenceOf(scenarios());
  t.true(evidence.length > 80);
  for (const line of evidence) {
    t.notRegex(
      line,
      /\d+\.\d+\.\d+\.\d+|([0-9a-f]{2}:){5}|veth[0-9a-f]|worker\d|\[\d+\]|\d\d:\d\d|if\d|[0-9a-f]{12}/,
      line,
    );
  }
});

test("a lab at other addresses, with its pods on the other worker, has proved the same", (t) => {
  const other = transcript
    .replaceAll("10.244.", "10.99.")
    .replaceAll("172.28.81.", "10.0.9.")
    .replaceAll("k8s-worker1", "k8s-worker9")
    .replaceAll("k8s-worker2", "k8s-worker1")
    .replaceAll("k8s-worker9", "k8s-worker2")
    .replaceAll(/veth[0-9a-f]{6}/g, "veth012345")
    .replaceAll(/(?<=([0-9a-f]{2}:){4})[0-9a-f]{2}:[0-9a-f]{2}\b/g, "ab:cd")
    .replaceAll("REACHABLE", "STALE");
  t.not(other, transcript);
  t.deepEqual(evidenceOf(scenarios(other)), evidenceOf(scenarios()));
});

for (const [what, from, to] of [
  ["another TTL", "TTL 62", "TTL 61"],
  ["another port", "UDP port 8472", "UDP port 4789"],
  ["another MTU", "MTU 1450", "MTU 1500"],
  ["another way", "→ flannel.1 out →", "→"],
  ["a claim that fails", '"ok": true', '"ok": false'],
  ["a claim about another thing", "/two-network-namespaces", "/one-network-namespace"],
] as const) {
  test(`${what} is another evidence`, (t) => {
    const other = transcript.replace(from, to);
    t.not(other, transcript);
    t.notDeepEqual(evidenceOf(scenarios(other)), evidenceOf(scenarios()));
  });
}
