import type { Claim } from "../claim.ts";
import type { NodeFacts, PodFacts } from "../facts.ts";
import type { About } from "../kinds.ts";
import { type Observations, unseen } from "../observation.ts";
import {
  type DnsReplica,
  parseDnsService,
  parseLookup,
  parseQuestions,
  parseReplicas,
  parseResolvConf,
  type Question,
  saysNoSuchName,
} from "../parse/dns.ts";
import { prove } from "../prove.ts";

export interface DnsEvidence {
  readonly scenario: string;
  /** The pod that asks. */
  readonly client: PodFacts;
  /** The pods behind the lesson's Services. */
  readonly backends: readonly PodFacts[];
  /** ClusterIP of the lesson's Service. */
  readonly serviceAddress: string;
  /** Address of the Service "kubernetes". */
  readonly apiAddress: string;
  /** Address of the cluster's DNS. */
  readonly dnsAddress: string;
  readonly nodes: readonly NodeFacts[];
  /** Report of nodes/observe/dns-server.sh on the control plane. */
  readonly cluster: Observations;
  /** Reports of nodes/observe/dns.sh, one a node. */
  readonly reports: readonly Observations[];
}

/** The Services of the lesson, and the name of their port. */
export const dnsServices = { plain: "demo", headless: "demo-headless", port: "http" } as const;
const domain = "cluster.local";

/** A name as a program may write it, and the one that is found for it. */
export interface Wanted {
  /** What it is an example of; ends the claim's id. */
  readonly example: "short" | "other-namespace" | "whole" | "with-dot";
  readonly host: string;
  readonly real: string;
}

/** What the client looks for while its questions are captured: a short name, one of another namespace, and a whole one without and with its last dot. */
export function wantedNames(namespace: string): readonly Wanted[] {
  const whole = `${dnsServices.plain}.${namespace}.svc.${domain}`;
  return [
    { example: "short", host: dnsServices.plain, real: whole },
    { example: "other-namespace", host: "kubernetes.default", real: `kubernetes.default.svc.${domain}` },
    { example: "whole", host: whole, real: whole },
    { example: "with-dot", host: `${whole}.`, real: whole },
  ];
}

/** One record of each sort. */
export interface Asked {
  readonly record: About<"dns-record">["record"];
  /** Of nslookup's: a, srv or ptr. */
  readonly type: "a" | "srv" | "ptr";
  /** With the dot at its end: no search domain is tried. */
  readonly host: string;
  /** Undefined: there is no such name. */
  readonly answers: readonly string[] | undefined;
}

/** What nslookup is asked for in the client, and what it must be told. */
export function askedRecords({
  scenario,
  client,
  backends,
  serviceAddress,
}: Pick<DnsEvidence, "scenario" | "client" | "backends" | "serviceAddress">): readonly Asked[] {
  const service = `${dnsServices.plain}.${scenario}.svc.${domain}`;
  const headless = `${dnsServices.headless}.${scenario}.svc.${domain}`;
  const [first] = backends;
  const share = Math.floor(100 / Math.max(1, backends.length));
  return [
    { record: "service", type: "a", host: `${service}.`, answers: [serviceAddress] },
    { record: "headless", type: "a", host: `${headless}.`, answers: backends.map(({ ip }) => ip) },
    { record: "pod-of-headless", type: "a", host: `${first?.name}.${headless}.`, answers: first ? [first.ip] : [] },
    { record: "port-of-service", type: "srv", host: `_http._tcp.${service}.`, answers: [`0 100 80 ${service}`] },
    {
      record: "port-of-headless",
      type: "srv",
      host: `_http._tcp.${headless}.`,
      answers: backends.map(({ name }) => `0 ${share} 80 ${name}.${headless}`),
    },
    { record: "pod", type: "a", host: `${podName(client)}.`, answers: [client.ip] },
    {
      record: "reverse",
      type: "ptr",
      host: `${serviceAddress.split(".").toReversed().join(".")}.in-addr.arpa.`,
      answers: [service],
    },
    { record: "absent", type: "a", host: `nobody.${scenario}.svc.${domain}.`, answers: undefined },
  ];
}

/** Its address with dashes, as CoreDNS answers for with `pods insecure`. */
const podName = ({ ip, namespace }: PodFacts): string => `${ip.replaceAll(".", "-")}.${namespace}.pod.${domain}`;

/** What a node's own process asks for. */
export const askedOnNodes = (client: PodFacts): readonly string[] => [
  `${dnsServices.plain}.${client.namespace}.svc.${domain}.`,
  `${podName(client)}.`,
];

/** The CoreDNS pods that the API server names; none where it could not be asked, of which a claim of its own tells. */
export function replicasOf(cluster: Observations): readonly DnsReplica[] {
  const told = cluster.observations.find(({ id, exit }) => id === "replicas" && exit === 0);
  return told === undefined ? [] : parseReplicas(told.output);
}

/** A name is found by questions that anybody can see on the wire, and what is answered is what the API server lists. */
export function judgeDns(evidence: DnsEvidence): Claim[] {
  const { scenario, client, serviceAddress, dnsAddress, nodes, cluster, reports } = evidence;
  const reportOf = (node: string): Observations =>
    reports.find((report) => report.node === node) ?? unseen(node, cluster.at);
  const atClient = reportOf(client.node);
  const searched = [`${scenario}.svc.${domain}`, `svc.${domain}`, domain];
  return [
    prove(cluster, {
      scenario,
      kind: "dns-service",
      about: {},
      expected: `${dnsAddress} with 53/UDP, 53/TCP and 9153/TCP, before at least one CoreDNS`,
      from: ["service", "replicas"],
      read: (service, replicas) => {
        const { address, ports } = parseDnsService(service);
        const pods = parseReplicas(replicas).map(({ name }) => name);
        const complete = ["53/UDP", "53/TCP", "9153/TCP"].every((port) => ports.includes(port));
        return {
          ok: address === dnsAddress && complete && pods.length > 0,
          observed: `${address} with ${ports.join(", ")}, before ${pods.join(", ") || "nobody"}`,
        };
      },
    }),
    prove(cluster, {
      scenario,
      kind: "dns-corefile",
      about: {},
      expected: `kubernetes ${domain} in-addr.arpa, pods insecure, and forward . to where the node asks`,
      from: ["corefile"],
      read: (corefile) => {
        const lines = corefile.split("\n").map((line) => line.trim());
        const own = lines.find((line) => line.startsWith(`kubernetes ${domain} in-addr.arpa`));
        const pods = lines.find((line) => line === "pods insecure");
        const others = lines.find((line) => line.startsWith("forward . "));
        const found = [own, pods, others].filter((line) => line !== undefined);
        return { ok: found.length === 3, observed: found.join("; ") || "none of these lines" };
      },
    }),
    prove(atClient, {
      scenario,
      kind: "resolv-conf",
      about: { pod: client.name },
      who: [client.name],
      expected: `nameserver ${dnsAddress}, search ${searched.join(" ")}, ndots:5`,
      from: ["resolv-conf"],
      read: (text) => {
        const { nameservers, search, ndots } = parseResolvConf(text);
        return {
          // The node's own search domains come after the cluster's.
          ok:
            nameservers.join() === dnsAddress &&
            search.slice(0, searched.length).join() === searched.join() &&
            ndots === 5,
          observed: `nameserver ${nameservers.join(" ")}, search ${search.join(" ")}, ndots:${ndots}`,
        };
      },
    }),
    ...wantedNames(scenario).map((wanted) => proveQuestions(evidence, atClient, wanted)),
    ...askedRecords(evidence).map(({ record, host, answers }) =>
      prove(atClient, {
        scenario,
        kind: "dns-record",
        about: { pod: client.name, record, host },
        who: [record],
        expected: answers?.toSorted().join(", ") ?? "no such name",
        from: [`record/${record}`],
        answers: "any",
        read: (output) => {
          const told = parseLookup(output);
          if (answers === undefined)
            return {
              ok: saysNoSuchName(output) && told.length === 0,
              observed: told.join(", ") || output.trim().split("\n").at(-1) || "no answer",
            };
          return { ok: same(told, answers.toSorted()), observed: heard(output) };
        },
      }),
    ),
    ...replicasOf(cluster).map(({ name: replica }) =>
      prove(atClient, {
        scenario,
        kind: "dns-replica",
        about: { from: client.name, replica },
        who: [replica],
        expected: serviceAddress,
        from: [`replica/${replica}`],
        answers: "any",
        read: (output) => ({ ok: same(parseLookup(output), [serviceAddress]), observed: heard(output) }),
      }),
    ),
    ...nodes.map(({ name: node }) =>
      prove(reportOf(node), {
        scenario,
        kind: "dns-from-node",
        about: { node },
        who: [node],
        expected: `${serviceAddress}, and ${client.ip} for the name made of it`,
        from: ["from-node/service", "from-node/pod"],
        answers: "any",
        read: (service, pod) => ({
          ok: same(parseLookup(service), [serviceAddress]) && same(parseLookup(pod), [client.ip]),
          observed: `${heard(service)}, and ${heard(pod)}`,
        }),
      }),
    ),
  ];
}

const same = (one: readonly string[], other: readonly string[]): boolean =>
  one.length > 0 && one.join() === other.join();
const heard = (output: string): string =>
  parseLookup(output).join(", ") || output.trim().split("\n").at(-1) || "no answer";

/** Which names were asked for, in which order, and what each was answered. */
function proveQuestions(
  { scenario, client, serviceAddress, apiAddress, dnsAddress }: DnsEvidence,
  report: Observations,
  { example, host, real }: Wanted,
): Claim {
  const address = real.startsWith("kubernetes.") ? apiAddress : serviceAddress;
  const say = (questions: readonly Question[]): string =>
    questions
      .map(({ name, answer }) => `${name} ${answer === "NXDomain" ? "there is none" : `is ${answer ?? "unanswered"}`}`)
      .join("; then ");
  return prove(report, {
    scenario,
    kind: "dns-questions",
    about: { pod: client.name, host, real },
    who: [example],
    expected: `what the search path makes of it, to ${dnsAddress}, at last ${real}, which is ${address}`,
    from: [`resolv-conf`, `asked/${host}`, `questions/${host}`],
    // What is asked for is no machine, so the ping is not answered.
    answers: "any",
    read: (conf, _, captured) => {
      const own = [`${scenario}.svc.${domain}`, `svc.${domain}`, domain];
      // After the cluster's own come the node's search domains, whatever they are.
      const others = parseResolvConf(conf).search.slice(own.length);
      const tried = host.endsWith(".") ? [real] : [...[...own, ...others].map((last) => `${host}.${last}`), host];
      const expected = tried
        .slice(0, tried.indexOf(real) + 1)
        .map((name): Question => ({ name, server: dnsAddress, answer: name === real ? address : "NXDomain" }));
      const questions = parseQuestions(captured);
      const order = JSON.stringify(questions.map(({ name, server, answer }) => [name, server, answer]));
      return {
        ok: order === JSON.stringify(expected.map(({ name, server, answer }) => [name, server, answer])),
        expected: say(expected),
        observed: say(questions) || "no question was seen",
      };
    },
  });
}
