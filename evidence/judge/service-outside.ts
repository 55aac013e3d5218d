import type { Claim } from "../claim.ts";
import type { NodeFacts } from "../facts.ts";
import type { Observations, ObservationId } from "../observation.ts";
import type { Translation } from "../parse/service.ts";
import { prove } from "../prove.ts";
import {
  allAnswered,
  lessonServices,
  newestCalls,
  ownAddresses,
  refused,
  type ReportOf,
  seenAs,
  type ServiceEvidence,
} from "./service-lesson.ts";

/** Who calls a node's port from outside, and what the pod sees of the caller: it is the Service's externalTrafficPolicy that decides. */
export function judgeOutside(evidence: ServiceEvidence, reportOf: ReportOf): Claim[] {
  const { scenario, backends, nodes, localPort } = evidence;
  const { local, nodePort } = lessonServices;
  const runs = (node: string): boolean => backends.some((pod) => pod.node === node);
  /** To a node the others are the world outside: none of their own addresses is a pod's. */
  const othersOf = (node: string): readonly NodeFacts[] => nodes.filter(({ name }) => name !== node);
  return nodes.flatMap(({ name: node }): Claim[] => {
    const report = reportOf(node);
    const others = othersOf(node);
    const own = ownAddresses(evidence, node);
    const callers = (output: string): readonly Translation[] => newestCalls(output, backends, others);
    const all = (calls: readonly Translation[]): boolean =>
      others.every(({ address }) => calls.some(({ from }) => from === address));
    return [
      prove(report, {
        scenario,
        kind: "external-policy-local",
        about: { service: local, node },
        who: [local, node],
        expected: others
          .map(
            ({ name, address }) =>
              `${address}:${localPort} ${runs(name) ? `answers, by the pod on ${name}` : "is lost"}`,
          )
          .join(", "),
        from: others.map(({ name }): ObservationId => `local-port/${name}`),
        answers: "any",
        read: (...outputs) => {
          const ends = others.map(({ name }, index) => {
            const output = outputs[index] ?? "";
            const own = backends.filter((pod) => pod.node === name);
            if (allAnswered(output, own, 1).ok) return { ok: true, words: "answers, by a pod of its own" };
            const words = /timed out/.test(output) ? "is lost" : output.trim().split("\n").at(-1) || "answers nothing";
            return { ok: own.length === 0 && words === "is lost", words };
          });
          return {
            ok: ends.every(({ ok }) => ok),
            observed: ends.map(({ words }, index) => `${others[index]?.address}:${localPort} ${words}`).join(", "),
          };
        },
      }),
      ...(runs(node)
        ? [
            prove(report, {
              scenario,
              kind: "source-kept",
              about: { service: local, node },
              who: [local, node],
              expected: others.map(({ address }) => `${address} as ${address}`).join(", "),
              from: ["callers/local"],
              read: (output) => {
                const calls = callers(output);
                const kept = calls.every((call) => call.seenAs === call.from);
                return { ok: all(calls) && kept, observed: seenAs(calls) };
              },
            }),
          ]
        : []),
      prove(report, {
        scenario,
        kind: "source-changed",
        about: { service: nodePort, node },
        who: [nodePort, node],
        expected: `${others.map(({ address }) => address).join(", ")}, each as an address that is ${own.words}`,
        from: ["callers/cluster"],
        read: (output) => {
          const calls = callers(output);
          const changed = calls.every(({ answeredBy, seenAs: seen }) => own.seenBy(answeredBy, seen));
          return { ok: all(calls) && changed, observed: seenAs(calls) };
        },
      }),
    ];
  });
}

/** The port is open on every node, wherever the pods are; at the loopback address by iptables alone, which need a sysctl of their own for it. */
export function proveNodePort(
  { scenario, backends, nodes, nodePort, proxyMode }: ServiceEvidence,
  report: Observations,
): Claim {
  const service = lessonServices.nodePort;
  const { node } = report;
  const ids: ObservationId[] = [...nodes.map(({ name }): ObservationId => `node-port/${name}`), "node-port-localhost"];
  const places = nodes.map(({ address }) => `${address}:${nodePort}`);
  const loopback = `127.0.0.1:${nodePort}`;
  return prove(report, {
    scenario,
    kind: "node-port",
    about: { service, node },
    who: [service, node],
    expected:
      proxyMode === "iptables"
        ? `an answer from ${[...places, loopback].join(", ")}`
        : `an answer from ${places.join(", ")}; refused by ${loopback}`,
    from: ids,
    answers: "any",
    read: (...outputs) => {
      const answered = outputs.map((output) => allAnswered(output, backends, 1).ok);
      const silent = places.filter((_, index) => !answered[index]);
      const atLoopback = answered.at(-1) ? "answered" : refused.test(outputs.at(-1) ?? "") ? "refused" : "silent";
      return {
        ok: silent.length === 0 && atLoopback === (proxyMode === "iptables" ? "answered" : "refused"),
        observed: `${silent.length === 0 ? `${places.length} of ${places.length} nodes answered` : `no answer from ${silent.join(", ")}`}; ${loopback} ${atLoopback}`,
      };
    },
  });
}
