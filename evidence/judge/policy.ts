import type { Claim } from "../claim.ts";
import type { PodFacts } from "../facts.ts";
import { find, type Observations, type ObservationId, unseen } from "../observation.ts";
import { type Outcome, parseRejected, parseTried } from "../parse/policy-tried.ts";
import { prove } from "../prove.ts";

/** A pod that calls, and what the policies let it reach. */
export interface Caller {
  readonly pod: PodFacts;
  /** Names of targets, as `targets` has them. */
  readonly may: readonly string[];
  readonly mayNot: readonly string[];
}

/** A pod that is called, and whether some of those that call it are turned away. */
export interface Guarded {
  readonly pod: PodFacts;
  readonly refuses: boolean;
}

export interface PolicyEvidence {
  readonly scenario: string;
  readonly callers: readonly Caller[];
  readonly guarded: readonly Guarded[];
  /** Reports of nodes/observe/policy.sh, one a node: before anything enforced the policies, and since. */
  readonly before: readonly Observations[];
  readonly since: readonly Observations[];
}

/** Network policies are words to flannel. What enforces them makes rules of them, and a packet is turned away by one that can be named. */
export function judgePolicies({ scenario, callers, guarded, before, since }: PolicyEvidence): Claim[] {
  const name = nameIn(scenario);
  return [
    ...judgeIgnored(scenario, callers, before),
    ...callers.map(({ pod, may, mayNot }) =>
      prove(reportOf(since, pod.node), {
        scenario,
        kind: "policy-matrix",
        about: { pod: name(pod) },
        who: [name(pod)],
        expected: `answered: ${may.join(", ") || "nothing"}; refused or lost: ${mayNot.join(", ") || "nothing"}`,
        from: [tried(pod)],
        answers: "any",
        read: (output) => {
          const outcomes = parseTried(output);
          const ok =
            may.every((target) => outcomes.get(target) === "answered") &&
            // A kernel tells one address of six rejected packets at once and then of one a second: what comes after them is met by silence.
            mayNot.every((target) => ["refused", "lost"].includes(outcomes.get(target) ?? ""));
          return { ok, observed: summary(outcomes) };
        },
      }),
    ),
    ...guarded
      .filter(({ refuses }) => refuses)
      .map(({ pod }) =>
        prove(reportOf(since, pod.node), {
          scenario,
          kind: "policy-rule",
          about: { pod: name(pod), node: pod.node },
          who: [name(pod)],
          expected: "a rule that rejects, and has counted",
          from: [`rule/${pod.namespace}/${pod.name}`],
          read: (output) => {
            const { chain, packets } = parseRejected(output);
            return { ok: packets > 0, observed: `the last rule of ${chain} rejected ${packets} packets` };
          },
        }),
      ),
  ];
}

/** Where nothing enforces them, everybody reaches everybody. */
export function judgeIgnored(scenario: string, callers: readonly Caller[], reports: readonly Observations[]): Claim[] {
  const name = nameIn(scenario);
  return callers.flatMap(({ pod, may, mayNot }): Claim[] => {
    const report = reportOf(reports, pod.node);
    // It was looked at anew while the policies were enforced already: that flannel ignores them is not to be seen any more.
    if (isEnforced(report)) return [];
    const all = [...may, ...mayNot];
    return [
      prove(report, {
        scenario,
        kind: "policy-ignored",
        about: { pod: name(pod) },
        who: [name(pod)],
        expected: `answered: ${all.join(", ")}`,
        from: ["enforcer", tried(pod)],
        answers: "any",
        read: (_, output) => {
          const outcomes = parseTried(output);
          return { ok: all.every((target) => outcomes.get(target) === "answered"), observed: summary(outcomes) };
        },
      }),
    ];
  });
}

const reportOf = (reports: readonly Observations[], node: string): Observations =>
  reports.find((report) => report.node === node) ?? unseen(node, reports[0]?.at ?? new Date(0).toISOString());
const nameIn =
  (scenario: string) =>
  ({ namespace, name }: PodFacts): string =>
    namespace === scenario ? name : `${namespace}-${name}`;
const tried = ({ namespace, name }: PodFacts): ObservationId => `tried/${namespace}/${name}`;
const says = (all: ReadonlyMap<string, Outcome>, outcome: Outcome): string =>
  [...all].flatMap(([target, one]) => (one === outcome ? [target] : [])).join(", ") || "nothing";
const summary = (all: ReadonlyMap<string, Outcome>): string =>
  `answered: ${says(all, "answered")}; refused: ${says(all, "refused")}; lost: ${says(all, "lost")}`;

function isEnforced(report: Observations): boolean {
  try {
    return Number(find(report, "enforcer").output) > 0;
  } catch {
    return false;
  }
}
