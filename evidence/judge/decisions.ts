import { networkOf } from "../cidr.ts";
import type { Claim } from "../claim.ts";
import type { PodFacts } from "../facts.ts";
import type { Observations } from "../observation.ts";
import { parseDecision } from "../parse/routes.ts";
import { prove } from "../prove.ts";
import { clusterNode } from "./vteps.ts";

/** The rules that every kernel has: local, main, default. */
const usual = /^(0|32766|32767):\s+from all lookup (local|main|default)\s*$/;

/** What both nodes of two pods decide for a packet each way, by `ip route get`: all tables and rules take part, and not the main one alone. */
export function judgeDecisions(
  pods: readonly [PodFacts, PodFacts],
  cluster: Observations,
  reportOf: (node: string) => Observations,
): Claim[] {
  const [first, second] = pods;
  return pods.flatMap((here) => {
    const report = reportOf(here.node);
    return [[first, second] as const, [second, first] as const].map(([from, to]) =>
      prove(report, {
        scenario: from.namespace,
        kind: "route-decision",
        about: { node: report.node, from: from.name, to: to.name },
        who: [report.node, from.name, to.name],
        expected: from === here ? `flannel.1, by way of the first address of ${to.node}'s pod CIDR` : "cni0, directly",
        from: [`decision/${from.name}/${to.name}`, "rules"],
        answers: "any",
        read: (answer, rules) => {
          const expected =
            from === here
              ? `via ${networkOf(clusterNode(cluster, to.node).podCidr).split("/")[0]} dev flannel.1`
              : "directly, dev cni0";
          const route = parseDecision(answer);
          const way =
            route === undefined
              ? answer.trim() || "no answer"
              : `${route.via === undefined ? "directly," : `via ${route.via}`} dev ${route.device ?? "none"}`;
          const others = rules.split("\n").filter((rule) => rule !== "" && !usual.test(rule));
          const ok = way === expected;
          return {
            expected,
            ok,
            observed: ok || others.length === 0 ? way : `${way}; rules besides the usual: ${others.join(", ")}`,
          };
        },
      }),
    );
  });
}
