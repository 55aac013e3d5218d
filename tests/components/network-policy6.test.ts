// Proves what the lesson about network policies makes besides in a lab of both address families. It does not prove that anything enforces a policy.
import type * as k8s from "@pulumi/kubernetes";
import test from "ava";
import { inputsOf } from "./mocks.ts";
import { makeLesson } from "./policy-lesson.ts";

const { pods, claims } = await makeLesson({ ipFamily: "dual" });
const address = (name: string): string =>
  `fd00:10:244:1::${10 + pods.findIndex((pod) => pod.name === name && pod.namespace === "network-policy")}`;
const given = (name: string): string => inputsOf<{ stdin: string }>(name).stdin;

test("the enforcer is told of IPv4 alone: of IPv6 that version makes nothing that holds", (t) => {
  const { spec } = inputsOf<k8s.types.output.apps.v1.DaemonSet>("network-policy-enforcer-daemon");
  t.notRegex(spec.template.spec.containers[0]?.args.join(" ") ?? "", /ipv6|fd00/);
});

test("once policies are enforced each caller is given the IPv6 address of each pod of the matrix, and before it none", (t) => {
  t.notRegex(given("network-policy-observe-before-k8s-worker1"), /^TARGETS6=/m);
  const rows = /^TARGETS6='([^']*)'/m.exec(given("network-policy-observe-k8s-worker1"))?.[1]?.split("\n") ?? [];
  const row = (caller: string): readonly string[] =>
    rows
      .find((line) => line.startsWith(`${caller} `))
      ?.split(" ")
      .slice(1) ?? [];
  t.true(row("network-policy/friend").includes(`deny-all=${address("deny-all")}:8080`));
  t.is(row("network-policy/friend").length, 7);
  t.deepEqual(row("network-policy/asks-names"), [`open=${address("open")}:8080`]);
});

test("that nothing enforces them by IPv6 is claimed of each caller", (t) => {
  const ids = claims.flatMap(({ id }) => (id.endsWith("/ipv6") ? [id] : []));
  t.is(ids.length, 6);
  t.true(ids.every((id) => id.startsWith("network-policy/policy-ignored/")));
});
