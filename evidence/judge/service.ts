import type { Claim } from "../claim.ts";
import { contains } from "../cidr.ts";
import type { NodeFacts, PodFacts } from "../facts.ts";
import { type Observations, type ObservationId, unseen } from "../observation.ts";
import { parseAnswers, parseEndpoints, parseServiceRules, parseTranslation } from "../parse/service.ts";
import { prove, type Reading } from "../prove.ts";

export interface ServiceEvidence {
  /** The lesson's namespace. */
  readonly scenario: string;
  readonly client: PodFacts;
  /** The pods behind the Services. */
  readonly backends: readonly PodFacts[];
  /** ClusterIPs by the name of the Service. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly nodePort: number;
  readonly podCidr: string;
  readonly nodes: readonly NodeFacts[];
  /** Report of nodes/observe/endpoints.sh on the control plane. */
  readonly cluster: Observations;
  /** Reports of nodes/observe/service.sh, one a node. */
  readonly reports: readonly Observations[];
}

/** The Services of the lesson, by what they are for. */
export const lessonServices = {
  plain: "hello-world",
  nodePort: "hello-world-nodeport",
  sticky: "hello-world-sticky",
  headless: "hello-world-headless",
  empty: "hello-world-empty",
} as const;
/** The port that hello-app listens on. */
export const helloPort = 8080;
const connections = 100;

/** A Service is a name for several pods: the API's list, the rules on every node and where packets go are the same. */
export function judgeService(evidence: ServiceEvidence): Claim[] {
  const { scenario, client, backends, nodes, cluster, reports } = evidence;
  const reportOf = (node: string): Observations =>
    reports.find((report) => report.node === node) ?? unseen(node, cluster.at);
  const atClient = reportOf(client.node);
  const service = lessonServices.plain;
  const fromClient = { scenario, about: { service, from: client.name }, who: [service, client.name] } as const;
  const endpoints = backends.map(({ ip }) => `${ip}:${helloPort}`).toSorted();
  return [
    prove(cluster, {
      scenario,
      kind: "endpoints",
      about: { service },
      who: [service],
      expected: endpoints.join(", "),
      from: ["endpoints", "pods"],
      read: (slices) => {
        const seen = parseEndpoints(slices, service);
        return { ok: same(seen, endpoints) && seen.length > 0, observed: seen.join(", ") || "no endpoint is ready" };
      },
    }),
    ...nodes.map(({ name: node }) => proveRules(evidence, reportOf(node), endpoints)),
    prove(atClient, {
      ...fromClient,
      kind: "service-from-pod",
      expected: `${connections} answers to ${connections} connections, all from ${listed(backends)}`,
      from: ["from-client"],
      // The last transfer's own code; the answers are counted one by one.
      answers: "any",
      read: (output) => allAnswered(output, backends, connections),
    }),
    proveBalance(evidence, atClient),
    ...nodes.map(({ name: node }) =>
      prove(reportOf(node), {
        scenario,
        kind: "service-from-node",
        about: { service, node },
        who: [service, node],
        expected: `10 answers to 10 connections, all from ${listed(backends)}`,
        from: ["from-node"],
        answers: "any",
        read: (output) => allAnswered(output, backends, 10),
      }),
    ),
    proveTranslation(evidence, atClient),
    ...nodes.map(({ name: node }) => proveMasquerade(evidence, reportOf(node))),
    ...backends.map((pod) =>
      prove(reportOf(pod.node), {
        scenario,
        kind: "service-hairpin",
        about: { service, from: pod.name },
        who: [service, pod.name],
        expected: `20 answers to 20 connections, some of them its own`,
        from: [`hairpin/${pod.name}`],
        answers: "any",
        read: (output) => {
          const { ok, observed } = allAnswered(output, backends, 20);
          return { ok: ok && (parseAnswers(output).get(pod.name) ?? 0) > 0, observed };
        },
      }),
    ),
    prove(atClient, {
      scenario,
      kind: "service-affinity",
      about: { service: lessonServices.sticky, from: client.name },
      who: [lessonServices.sticky, client.name],
      expected: "20 answers to 20 connections, all from one pod",
      from: ["sticky"],
      answers: "any",
      read: (output) => {
        const { ok, observed } = allAnswered(output, backends, 20);
        return { ok: ok && parseAnswers(output).size === 1, observed };
      },
    }),
    ...nodes.map(({ name: node }) => proveNodePort(evidence, reportOf(node))),
    ...nodes.map(({ name: node }) =>
      prove(reportOf(node), {
        scenario,
        kind: "service-without-endpoints",
        about: { service: lessonServices.empty, node },
        who: [lessonServices.empty, node],
        expected: "refused at once, not lost",
        from: node === client.node ? ["empty", "empty-client"] : ["empty"],
        // curl's own: it could not connect.
        answers: [7, 28],
        read: (...outputs) => ({
          ok: outputs.every((output) => refused.test(output)),
          observed: outputs.map((output) => output.trim() || "an answer").join("; "),
        }),
      }),
    ),
  ];
}

/** As curl says it of a connection that was refused; a time-out has other words. */
const refused =
  /Failed to connect to \S+ port \d+ after \d+ ms: (?:Couldn't|Could not) connect to server|Connection refused/;

const same = (one: readonly string[], other: readonly string[]): boolean => one.join() === other.join();
const listed = (pods: readonly PodFacts[]): string => pods.map(({ name }) => name).join(" and ");

/** Whether each of so many connections was answered, and by nobody else than these pods. */
function allAnswered(output: string, pods: readonly PodFacts[], connections: number): Reading {
  const answers = parseAnswers(output);
  const total = [...answers.values()].reduce((sum, count) => sum + count, 0);
  const observed = [...answers].map(([pod, count]) => `${count} from ${pod}`).toSorted();
  return {
    ok: total === connections && [...answers.keys()].every((pod) => pods.some(({ name }) => name === pod)),
    observed: observed.join(", ") || output.trim().split("\n").at(-1) || "no answer",
  };
}

function proveRules(
  { scenario, addresses }: ServiceEvidence,
  report: Observations,
  endpoints: readonly string[],
): Claim {
  const service = lessonServices.plain;
  const { node } = report;
  return prove(report, {
    scenario,
    kind: "service-rules",
    about: { service, node },
    who: [service, node],
    expected: `${endpoints.join(", ")}, each as likely as the others`,
    from: ["rules", "listing"],
    read: (rules) => {
      const branches = parseServiceRules(rules, addresses[service] ?? "");
      // Of n rules in a row the first is taken by 1/n, the next by 1/(n-1) of what is left, the last by all of it.
      const fair = branches.every(
        ({ probability }, index) => Math.abs(probability - 1 / (branches.length - index)) < 1e-6,
      );
      return {
        ok: fair && same(branches.map(({ to }) => to).toSorted(), endpoints),
        observed: branches.map(({ to, probability }) => `${to} by ${probability}`).join(", ") || "no branch",
      };
    },
  });
}

/**
 * Each connection is a draw of its own. With n of them and m pods a pod's share has mean n/m and variance n/m (1 - 1/m); 4.4 standard
 * deviations are left by less than one sound lab in 50,000 (both sides of the normal distribution, for each of two pods).
 */
function proveBalance({ scenario, client, backends }: ServiceEvidence, report: Observations): Claim {
  const share = 1 / backends.length;
  const [mean, spread] = [connections * share, 4.4 * Math.sqrt(connections * share * (1 - share))];
  const [least, most] = [Math.ceil(mean - spread), Math.floor(mean + spread)];
  const service = lessonServices.plain;
  return prove(report, {
    scenario,
    kind: "service-balance",
    about: { service, from: client.name },
    who: [service, client.name],
    expected: `of ${connections} connections ${least} to ${most} to each pod`,
    from: ["from-client"],
    answers: "any",
    read: (output) => {
      const answers = parseAnswers(output);
      const counts = backends.map(({ name }) => ({ name, count: answers.get(name) ?? 0 }));
      return {
        ok: counts.every(({ count }) => count >= least && count <= most),
        observed: counts.map(({ name, count }) => `${count} to ${name}`).join(", "),
      };
    },
  });
}

/** From a pod only the destination is changed: the pod that answers sees who asks. */
function proveTranslation({ scenario, client, backends, addresses }: ServiceEvidence, report: Observations): Claim {
  const service = lessonServices.plain;
  return prove(report, {
    scenario,
    kind: "service-translation",
    about: { service, from: client.name },
    who: [service, client.name],
    expected: `sent by ${client.ip} to ${addresses[service]}; answered by ${backends.map(({ ip }) => ip).join(" or ")}, to ${client.ip}`,
    from: ["translated-client"],
    read: (output) => {
      const { from, to, answeredBy, seenAs } = parseTranslation(output);
      return {
        ok:
          from === client.ip &&
          to === addresses[service] &&
          seenAs === client.ip &&
          backends.some(({ ip }) => ip === answeredBy),
        observed: `sent by ${from} to ${to}; answered by ${answeredBy}, to ${seenAs}`,
      };
    },
  });
}

/** From a process of the node the source is changed as well: the answer must come back to this node. */
function proveMasquerade({ scenario, backends, addresses, podCidr }: ServiceEvidence, report: Observations): Claim {
  const service = lessonServices.plain;
  const { node } = report;
  return prove(report, {
    scenario,
    kind: "service-masquerade",
    about: { service, node },
    who: [service, node],
    expected: `sent to ${addresses[service]}; answered to another address, which is ${node}'s own in ${podCidr}`,
    from: ["translated-node"],
    read: (output) => {
      const { from, to, answeredBy, seenAs } = parseTranslation(output);
      return {
        ok:
          to === addresses[service] &&
          backends.some(({ ip }) => ip === answeredBy) &&
          seenAs !== from &&
          contains(podCidr, seenAs),
        observed: `sent by ${from} to ${to}; answered by ${answeredBy}, to ${seenAs}`,
      };
    },
  });
}

/** The port is open on every node, wherever the pods are. */
function proveNodePort({ scenario, backends, nodes, nodePort }: ServiceEvidence, report: Observations): Claim {
  const service = lessonServices.nodePort;
  const { node } = report;
  const ids: ObservationId[] = [...nodes.map(({ name }): ObservationId => `node-port/${name}`), "node-port-localhost"];
  const places = [...nodes.map(({ address }) => address), "127.0.0.1"];
  return prove(report, {
    scenario,
    kind: "node-port",
    about: { service, node },
    who: [service, node],
    expected: `an answer from ${places.map((place) => `${place}:${nodePort}`).join(", ")}`,
    from: ids,
    answers: "any",
    read: (...outputs) => {
      const silent = places.filter((_, index) => !allAnswered(outputs[index] ?? "", backends, 1).ok);
      return {
        ok: silent.length === 0,
        observed:
          silent.length === 0 ? `${places.length} of ${places.length} answered` : `no answer from ${silent.join(", ")}`,
      };
    },
  });
}
