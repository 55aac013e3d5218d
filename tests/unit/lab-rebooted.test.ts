// Proves which nodes count as booted since the claims were checked. It does not prove that a host tells when it booted (tests/life/hosts.test.ts does).
import test from "ava";
import { bootedSince, rebooted } from "../../cli/stack/rebooted.ts";
import { parseResults } from "../../cli/stack/results.ts";
import type { Run } from "../../cli/trace/door.ts";

const node = (name: string) => ({ name, role: "worker", address: "10.0.0.10", ssh: "ssh://root@192.0.2.10:22" });
const at = "2026-11-28T08:00:00.000Z";
const { nodes, verification } = parseResults({
  nodes: [node("a"), node("b")],
  verification: { passed: 1, failed: 0, at },
});
const running =
  (seconds: Readonly<Record<string, number>>): Run =>
  async ({ name }) =>
    await Promise.resolve({ seconds: seconds[name] ?? 0 } as never);
const hourLater = Date.parse(at) + 3600_000;

test("a node that runs for a shorter time than the claims are old has booted since", async (t) => {
  t.deepEqual(await bootedSince(running({ a: 3599, b: 86_400 }), { nodes, verification }, hourLater), ["a"]);
  t.deepEqual(await bootedSince(running({ a: 3601, b: 86_400 }), { nodes, verification }, hourLater), []);
});

test("where claims were never checked, or the machines are the lab's own, nobody is asked", async (t) => {
  t.deepEqual(await bootedSince(running({}), { nodes, verification: undefined }, hourLater), []);
  t.deepEqual(await rebooted("unit-rebooted-none"), []);
});
