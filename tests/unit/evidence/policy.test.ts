// Proves that the judge of the policies believes the transcripts of a sound lab, and that each of its claims can say no. It does not prove that
// kube-router keeps to a policy.
import test from "ava";
import { judgePolicies, type PolicyEvidence } from "../../../evidence/judge/policy.ts";
import { judgeSecondPolicies } from "../../../evidence/judge/second.ts";
import type { Observations } from "../../../evidence/observation.ts";
import { parseRejected, parseTried } from "../../../evidence/parse/policy-tried.ts";
import { soundPolicies as sound } from "./policy-lab.ts";

const failing = (evidence: PolicyEvidence): string[] =>
  judgePolicies(evidence)
    .filter(({ ok }) => !ok)
    .map(({ id }) => id);
const changed = (
  when: "before" | "since",
  node: string,
  id: string,
  change: (output: string) => string,
): PolicyEvidence => {
  const reports = sound[when].map((report): Observations => {
    if (report.node !== node) return report;
    if (!report.observations.some((one) => one.id === id)) throw new Error(`no ${id} on ${node}`);
    return {
      ...report,
      observations: report.observations.map((one) => (one.id === id ? { ...one, output: change(one.output) } : one)),
    };
  });
  return { ...sound, [when]: reports };
};
const [here, there] = ["k8s-worker1", "k8s-worker2"];

test("every claim holds in a sound lab: six that were let through, six rows of the matrix, nine rules", (t) => {
  t.deepEqual(failing(sound), []);
  const kinds = judgePolicies(sound).map(({ kind }) => kind);
  t.deepEqual(
    ["policy-ignored", "policy-matrix", "policy-rule"].map((kind) => kinds.filter((one) => one === kind).length),
    [6, 6, 9],
  );
});

const cases: readonly (readonly [title: string, evidence: PolicyEvidence, ids: readonly string[]])[] = [
  [
    "something kept a packet back though nothing enforced policies",
    changed("before", here, "tried/network-policy/friend", (text) => text.replace("deny-all 0", "deny-all 1")),
    ["network-policy/policy-ignored/friend"],
  ],
  [
    "a pod is let in that no policy names",
    changed("since", here, "tried/network-policy/stranger", (text) => text.replace("by-pod 1", "by-pod 0")),
    ["network-policy/policy-matrix/stranger"],
  ],
  [
    "a pod is kept out that a policy names",
    changed("since", here, "tried/frontend/friend", (text) => text.replace("both 0", "both 1")),
    ["network-policy/policy-matrix/frontend-friend"],
  ],
  [
    "what is let out is lost on the way",
    changed("since", here, "tried/network-policy/goes-out", (text) => text.replace("worker 0", "worker 124")),
    ["network-policy/policy-matrix/goes-out"],
  ],
  [
    "a cell was not tried",
    changed("since", here, "tried/network-policy/asks-names", (text) => text.replace("dns 0\n", "")),
    ["network-policy/policy-matrix/asks-names"],
  ],
  [
    "no rule has turned anything away",
    changed("since", there, "rule/network-policy/both", (text) => text.replace(/^\[\d+:\d+\]/, "[0:0]")),
    ["network-policy/policy-rule/both"],
  ],
  [
    "there is no rule",
    changed("since", there, "rule/backend/backend", () => ""),
    ["network-policy/policy-rule/backend-backend"],
  ],
];
for (const [title, evidence, ids] of cases)
  test(`${title}: exactly that claim fails`, (t) => {
    t.deepEqual(failing(evidence), ids);
  });

test("a rejection that the kernel no longer tells of, for it has told of many, is one all the same", (t) => {
  const silent = (text: string): string => text.replace("deny-all 1", "deny-all 124");
  t.deepEqual(failing(changed("since", here, "tried/network-policy/stranger", silent)), []);
});

test("what was looked at anew once policies are enforced says nothing of the time before", (t) => {
  const late = changed("before", here, "enforcer", () => "3\n");
  t.deepEqual(failing(late), []);
  t.false(judgePolicies(late).some(({ kind }) => kind === "policy-ignored"));
});

/** What was seen before anything enforced the policies, as seen by IPv6 since. */
const by6 = (reports: readonly Observations[]): readonly Observations[] =>
  reports.map(({ observations, ...report }) => ({
    ...report,
    observations: observations.map((one) => ({ ...one, id: one.id.replace(/^[a-z]+/, "$&6") })),
  }));
const second = (since: readonly Observations[]) => judgeSecondPolicies("network-policy", sound.callers, since);

test("by IPv6 nothing enforces them, and that is claimed of what was seen by IPv6 alone", (t) => {
  const claims = second(by6(sound.before));
  t.deepEqual(
    claims.map(({ id, ok }) => [id, ok]),
    sound.callers.map(({ pod: { namespace, name } }) => [
      `network-policy/policy-ignored/${namespace === "network-policy" ? name : `${namespace}-${name}`}/ipv6`,
      true,
    ]),
  );
  t.regex(claims[0]!.claim, /^by IPv6, with flannel alone friend reached every pod/);
  t.true(
    second(sound.before).every(({ ok }) => !ok),
    "what was seen by IPv4 stands for none of it",
  );
  const refused = changed("before", here, "tried/network-policy/friend", (text) => text.replace("both 0", "both 1"));
  t.deepEqual(
    second(by6(refused.before)).flatMap(({ id, ok }) => (ok ? [] : [id])),
    ["network-policy/policy-ignored/friend/ipv6"],
  );
});

test("a connection was answered, refused or lost, by what timeout and bash end with", (t) => {
  t.deepEqual(
    [...parseTried("open 0\nboth 1\nby-pod 124\nbash: connect: refused\n")],
    [
      ["open", "answered"],
      ["both", "refused"],
      ["by-pod", "lost"],
    ],
  );
  t.throws(() => parseRejected("[4:240] -A KUBE-POD-FW-A -j ACCEPT"), { message: /no rule rejects anything/ });
});
