// Proves what is counted, and what a learner reads when a claim does not hold.
import * as pulumi from "@pulumi/pulumi";
import test from "ava";
import type { Claim } from "../../../evidence/claim.ts";
import { insist } from "../../../components/lessons/insist.ts";
import { verdict } from "../../../evidence/verdict.ts";

const claim = (id: string, kind: "ping" | "route" | "dns" | "mtu-exceeded", ok: boolean, at: string): Claim =>
  ({ kind, about: {}, ok, ...looked(id, at) }) as unknown as Claim;
const looked = (id: string, at: string) => ({
  id,
  claim: `the sentence of ${id}`,
  node: "k8s-worker1",
  at,
  command: `command of ${id}`,
  output: "raw\n",
  expected: `expected of ${id}`,
  observed: `observed of ${id}`,
});
const claims = [
  claim("lesson/ping/a/b", "ping", true, "2026-01-02T03:04:05Z"),
  claim("lesson/route/k8s-worker1", "route", false, "2026-01-02T03:04:07Z"),
  claim("lesson/mtu-exceeded/a/b", "mtu-exceeded", false, "2026-01-02T03:04:06Z"),
];

test("the verdict counts, and carries the time of the last look", (t) => {
  t.deepEqual(verdict(claims), { passed: 1, failed: 2, at: "2026-01-02T03:04:07Z" });
});

test("claims that hold are not insisted on", (t) => {
  t.notThrows(() => insist(claims.filter(({ ok }) => ok)));
});

test("every failing claim is named, with node, command, expected, observed and where to look next", (t) => {
  const error = t.throws(() => insist(claims));
  t.true(pulumi.RunError.isInstance(error));
  const { message } = error;
  t.regex(message, /^2 of 3 claims/);
  for (const id of ["lesson/route/k8s-worker1", "lesson/mtu-exceeded/a/b"]) {
    for (const text of [id, `the sentence of ${id}`, `command of ${id}`, `expected of ${id}`, `observed of ${id}`]) {
      t.true(message.includes(text), text);
    }
  }
  t.true(message.includes("the log of flanneld"));
  t.true(message.includes("./lab ssh k8s-worker1"));
  t.regex(message, /run the checks again: \.\/lab verify/);
  t.false(message.includes("lesson/ping"));
  t.is(error.stack, message, "no stack of the program is printed");
});
