import ipaddr from "ipaddr.js";
import { aboutOptions, backendOf } from "../backends.ts";
import type { Claim } from "../claim.ts";
import type { NodeFacts, PodFacts } from "../facts.ts";
import type { Protocol } from "../journey/marked.ts";
import { type Observations, type ObservationId, unseen } from "../observation.ts";
import { parsePing } from "../parse/ping.ts";
import { parseSections } from "../parse/sections.ts";
import { prove } from "../prove.ts";

export const protocols = ["icmp", "tcp", "udp"] as const satisfies readonly Protocol[];

/** How a pod is named among those of all scenarios. */
export const fullName = (pod: Pick<PodFacts, "namespace" | "name">): string => `${pod.namespace}/${pod.name}`;

/** The name of the outside that nodes/observe/reach.sh asks for. */
const outsideHost = "a.root-servers.net";

/**
 * Every pod reaches every other, and the cluster's DNS, from the reports of nodes/observe/reach.sh, one a node. Where the pod's node itself
 * finds no name of the outside, there is no outside to speak of, and no claim about it is made.
 */
export const judgeReach = (pods: readonly PodFacts[], apiAddress: string, reports: readonly Observations[]): Claim[] =>
  pods.flatMap((pod) => [...callsFrom(pod, pods, reports), ...namesFor(pod, apiAddress, reports)]);

/** The calls alone, without any name. */
export const judgeReached = (pods: readonly PodFacts[], reports: readonly Observations[]): Claim[] =>
  pods.flatMap((pod) => callsFrom(pod, pods, reports));

/** The names alone. */
export const judgeNames = (pods: readonly PodFacts[], apiAddress: string, reports: readonly Observations[]): Claim[] =>
  pods.flatMap((pod) => namesFor(pod, apiAddress, reports));

const reportOn = (pod: PodFacts, reports: readonly Observations[]): Observations =>
  reports.find(({ node }) => node === pod.node) ?? unseen(pod.node, latest(reports));

function callsFrom(pod: PodFacts, pods: readonly PodFacts[], reports: readonly Observations[]): Claim[] {
  const others = pods.filter((other) => other !== pod);
  return protocols.map((protocol) => proveReach(reportOn(pod, reports), pod, others, protocol));
}

function namesFor(pod: PodFacts, apiAddress: string, reports: readonly Observations[]): Claim[] {
  const report = reportOn(pod, reports);
  return [
    prove(report, {
      scenario: pod.namespace,
      kind: "dns",
      about: { pod: pod.name, scenario: pod.namespace },
      who: [pod.name],
      expected: `kubernetes.default.svc.cluster.local is ${apiAddress}, says the pod's own resolver, and each CoreDNS`,
      from: [`dns/${fullName(pod)}`],
      answers: "any",
      read: (output) => {
        const asked = [...parseSections(output).named].map(([title, text]) => {
          const server = title.replace(/^asked */, "");
          // The first address is the server's own; the answer follows the name.
          const answer = /Name:.*\n(?:Address(?: \d+)?:\s*)(\S+)/.exec(text)?.[1];
          return {
            server,
            answer,
            told: `${answer ?? (text.trim() || "no answer")} from ${server || "the resolver"}`,
          };
        });
        const wrong = asked.filter(({ answer }) => answer !== apiAddress).map(({ told }) => told);
        const replicas = asked.filter(({ server }) => server !== "").length;
        const missing = [
          ...(asked.length === replicas ? [output.trim() || "nobody was asked"] : []),
          ...(replicas === 0 ? ["kube-proxy has no rule for any CoreDNS"] : []),
        ];
        const problems = [...missing, ...wrong];
        return { ok: problems.length === 0, observed: problems.join("; ") || `${apiAddress} from each` };
      },
    }),
    ...proveOutside(report, pod),
  ];
}

/** In a lesson with several pods each is called by the other's own address, from the same reports. */
export function judgeTranslation(pods: readonly PodFacts[], reports: readonly Observations[]): Claim[] {
  return pods.flatMap((from) => {
    const report = reportOn(from, reports);
    const classmates = pods.filter((other) => other !== from && other.namespace === from.namespace);
    return classmates.map((to) =>
      prove(report, {
        scenario: from.namespace,
        kind: "no-translation",
        about: { from: from.name, to: to.name },
        who: [from.name, to.name],
        expected: `${to.ip} is called by ${from.ip}`,
        from: [`called-as/${fullName(from)}`],
        answers: "any",
        read: (output) => {
          const line = output.split("\n").find((one) => one.startsWith(`${to.ip} is called by `));
          const caller = line?.slice(`${to.ip} is called by `.length).trim();
          return {
            ok: caller !== undefined && sameAddress(caller, from.ip),
            observed: line?.trim() ?? (output.trim() || "no connection"),
          };
        },
      }),
    );
  });
}

/** socat writes an IPv6 address in brackets, and each of its digits. */
function sameAddress(told: string, address: string): boolean {
  const bare = told.replace(/^\[(.*)\]$/, "$1");
  return told === address || (bare.includes(":") && ipaddr.isValid(bare) && ipaddr.parse(bare).toString() === address);
}

/** The port of VXLAN between each two nodes, asked from the first of them: the answer comes back by the same port. */
export function judgeOverlayPort(
  scenario: string,
  nodes: readonly NodeFacts[],
  reports: readonly Observations[],
  backend = backendOf(),
): Claim[] {
  return nodes.flatMap((node, at) => {
    const report = reports.find((one) => one.node === node.name) ?? unseen(node.name, latest(reports));
    return nodes.slice(at + 1).map((peer) =>
      prove(report, {
        scenario,
        kind: "overlay-port",
        about: { node: node.name, peer: peer.name, ...aboutOptions(backend) },
        who: [node.name, peer.name],
        expected: `answers from ${peer.address}, by a VXLAN device of the lab's own`,
        from: [`overlay-port/${peer.name}`],
        answers: [1],
        read: (output) => {
          const { received } = parsePing(output);
          // Whether some are lost is another claim's question.
          return { ok: received > 0, observed: received > 0 ? "it answers" : "no answer" };
        },
      }),
    );
  });
}

const latest = (reports: readonly Observations[]): string =>
  reports
    .map(({ at }) => at)
    .toSorted()
    .at(-1) ?? "";

/** How long the command waited for an answer: two seconds, and longer where the processor is emulated. */
function limit(report: Observations, id: ObservationId): string {
  const command = report.observations.find((one) => one.id === id)?.command ?? "";
  const seconds = /(?:-W|timeout) (\d+) (?:\$to|head)/.exec(command)?.[1] ?? "1";
  return seconds === "1" ? "a second" : `${seconds} seconds`;
}

/** Whether the pod with that address is among those that answered, in the raw output of the calls by that protocol. */
export function answered(protocol: Protocol, output: string, ip: string): boolean {
  return protocol === "icmp"
    ? output.includes(`64 bytes from ${ip}: `)
    : output.split("\n").includes(`${ip} answered hello`);
}

function proveReach(report: Observations, pod: PodFacts, others: readonly PodFacts[], protocol: Protocol): Claim {
  return prove(report, {
    scenario: pod.namespace,
    kind: "reach",
    about: { pod: pod.name, scenario: pod.namespace, protocol },
    who: [pod.name, protocol],
    expected: `an answer within ${limit(report, `${protocol}/${fullName(pod)}`)} from each of ${others.map(({ ip }) => ip).join(", ")}`,
    from: [`${protocol}/${fullName(pod)}`],
    // The code is the last call's own: the answers are judged one by one.
    answers: "any",
    read: (output) => {
      const silent = others.filter(({ ip }) => !answered(protocol, output, ip));
      return {
        ok: silent.length === 0,
        observed:
          silent.length === 0
            ? `${others.length} of ${others.length} answered`
            : `no answer from ${silent.map((other) => `${fullName(other)} (${other.ip} on ${other.node})`).join(", ")}`,
      };
    },
  });
}

function proveOutside(report: Observations, pod: PodFacts): Claim[] {
  const node = report.observations.find(({ id }) => id === "outside");
  const address = node?.exit === 0 ? /^\S+/.exec(node.output)?.[0] : undefined;
  if (address === undefined) return [];
  const claim = prove(report, {
    scenario: pod.namespace,
    kind: "outside-name",
    about: { pod: pod.name, scenario: pod.namespace, host: outsideHost },
    who: [pod.name],
    expected: `${outsideHost} is ${address}, as on ${report.node}`,
    from: [`outside-name/${fullName(pod)}`],
    answers: [1],
    read: (output) => {
      const found = addressesOf(output);
      return { ok: found.includes(address), observed: found.join(", ") || output.trim() || "no answer" };
    },
  });
  return [claim];
}

/** What nslookup found: the addresses after a line with the name. The one before is the server's own. */
function addressesOf(output: string): string[] {
  const [, ...answers] = output.split(/^Name:/m);
  return [...answers.join("").matchAll(/^Address(?: \d+)?:\s*(\S+)/gm)].map(([, address = ""]) => address);
}
