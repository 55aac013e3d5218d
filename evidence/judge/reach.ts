import type { Claim } from "../claim.ts";
import type { PodFacts } from "../facts.ts";
import { type NodeReport, unseen } from "../observation.ts";
import { prove, type Proof } from "../prove.ts";

/** How a pod is named among those of all scenarios. */
export const fullName = (pod: Pick<PodFacts, "namespace" | "name">): string => `${pod.namespace}/${pod.name}`;

/** Every pod reaches every other, and the cluster's DNS, from the reports of nodes/observe/reach.sh, one a node. */
export function judgeReach(pods: readonly PodFacts[], apiAddress: string, reports: readonly NodeReport[]): Claim[] {
  return pods.flatMap((pod) => {
    const report = reports.find(({ node }) => node === pod.node) ?? unseen(pod.node, latest(reports));
    const others = pods.filter((other) => other !== pod);
    return [
      proveReach(report, pod, others, "icmp", "with a ping", (output, ip) => output.includes(`64 bytes from ${ip}: `)),
      proveReach(report, pod, others, "tcp", "over a TCP connection", echoed),
      proveReach(report, pod, others, "udp", "with a UDP datagram", echoed),
      prove(report, {
        id: `${pod.namespace}/dns/${pod.name}`,
        claim: `the cluster's DNS answers ${pod.name}`,
        expected: `kubernetes.default.svc.cluster.local is ${apiAddress}`,
        from: [`dns/${fullName(pod)}`],
        answers: [1],
        read: (output) => {
          // The first address is the server's own; the answer follows the name.
          const answer = /Name:.*\n(?:Address(?: \d+)?:\s*)(\S+)/.exec(output)?.[1];
          return { ok: answer === apiAddress, observed: answer ?? (output.trim() || "no answer") };
        },
      }),
    ];
  });
}

const latest = (reports: readonly NodeReport[]): string =>
  reports
    .map(({ at }) => at)
    .toSorted()
    .at(-1) ?? "";

/** How long the command waited for an answer: two seconds, and longer where the processor is emulated. */
function limit(report: NodeReport, id: string): string {
  const command = report.observations.find((one) => one.id === id)?.command ?? "";
  const seconds = /(?:-W|timeout) (\d+) (?:\$to|head)/.exec(command)?.[1] ?? "1";
  return seconds === "1" ? "a second" : `${seconds} seconds`;
}

const echoed = (output: string, ip: string): boolean => output.split("\n").includes(`${ip} answered hello`);

function proveReach(
  report: NodeReport,
  pod: PodFacts,
  others: readonly PodFacts[],
  protocol: string,
  how: string,
  answered: (output: string, ip: string) => boolean,
): Claim {
  const proof: Proof = {
    id: `${pod.namespace}/reach/${pod.name}/${protocol}`,
    claim: `${pod.name} of ${pod.namespace} reaches every other pod ${how}`,
    expected: `an answer within ${limit(report, `${protocol}/${fullName(pod)}`)} from each of ${others.map(({ ip }) => ip).join(", ")}`,
    from: [`${protocol}/${fullName(pod)}`],
    // The code is the last call's own: the answers are judged one by one.
    answers: "any",
    read: (output) => {
      const silent = others.filter(({ ip }) => !answered(output, ip));
      return {
        ok: silent.length === 0,
        observed:
          silent.length === 0
            ? `${others.length} of ${others.length} answered`
            : `no answer from ${silent.map((other) => `${fullName(other)} (${other.ip} on ${other.node})`).join(", ")}`,
      };
    },
  };
  return prove(report, proof);
}
