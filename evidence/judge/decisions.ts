import type { Claim } from "../claim.ts";
import type { PodFacts } from "../facts.ts";
import { parseDecision } from "../parse/routes.ts";
import { prove } from "../prove.ts";
import { nextHop, nextHopInWords, type Way } from "./next-hop.ts";

/** The rules that every kernel has: local, main, default. */
const usual = /^(0|32766|32767):\s+from all lookup (local|main|default)\s*$/;

/** What both nodes of two pods decide for a packet each way, by `ip route get`: all tables and rules take part, and not the main one alone. */
export function judgeDecisions(
  pods: readonly [PodFacts, PodFacts],
  /** From a node to another one. */
  wayFrom: (node: string, peer: string) => Way,
): Claim[] {
  const [first, second] = pods;
  return pods.flatMap((here) => {
    const way = wayFrom(here.node, here === first ? second.node : first.node);
    const { report } = way;
    const words = nextHopInWords(way.backend, way.peer.name);
    return [[first, second] as const, [second, first] as const].map(([from, to]) =>
      prove(report, {
        scenario: from.namespace,
        kind: "route-decision",
        about: { node: report.node, from: from.name, to: to.name },
        who: [report.node, from.name, to.name],
        expected: from === here ? words : "cni0, directly",
        from: [`decision/${from.name}/${to.name}`, "rules"],
        answers: "any",
        read: (answer, rules) => {
          const wanted = nextHop(way);
          const expected = from === here ? sayWay(wanted) : "directly, dev cni0";
          const route = parseDecision(answer);
          const seen = route === undefined ? answer.trim() || "no answer" : sayWay(route);
          const others = rules.split("\n").filter((rule) => rule !== "" && !usual.test(rule));
          const ok = seen === expected;
          return {
            expected,
            ok,
            observed: ok || others.length === 0 ? seen : `${seen}; rules besides the usual: ${others.join(", ")}`,
          };
        },
      }),
    );
  });
}

const sayWay = ({
  via,
  device = "none",
}: {
  readonly via?: string | undefined;
  readonly device?: string | undefined;
}): string => `${via === undefined ? "directly," : `via ${via}`} dev ${device}`;
