import type { Claim } from "../claim.ts";
import type { Carrier } from "../backends.ts";
import { inRange } from "../cidr.ts";
import type { NodeFacts, PodFacts } from "../facts.ts";
import { type Observations, outputOf, unseen } from "../observation.ts";
import { parseAnnouncers, parseArping, parseBalancers, parsePool } from "../parse/balancer.ts";
import { linkWith, parseLinks } from "../parse/ip.ts";
import { prove } from "../prove.ts";
import { allAnswered, listed, newestCalls, ownAddresses, seenAs } from "./service-lesson.ts";

export interface BalancerEvidence {
  /** The lesson's namespace. */
  readonly scenario: string;
  /** The pods behind the Services. */
  readonly backends: readonly PodFacts[];
  /** The addresses that may be given away, FIRST-LAST. */
  readonly pool: string;
  readonly podCidr: string;
  /** How packets are carried between nodes. @default vxlan */
  readonly backend?: Carrier | undefined;
  readonly nodes: readonly NodeFacts[];
  /** Report of nodes/observe/balancers.sh on the control plane. */
  readonly cluster: Observations;
  /** Reports of nodes/observe/balancer.sh, one a node. */
  readonly reports: readonly Observations[];
}

/** The Services of the lesson, by their externalTrafficPolicy. */
export const balancerServices = { Cluster: "hello-world", Local: "hello-world-local" } as const;
const services = Object.entries(balancerServices) as [keyof typeof balancerServices, string][];
const connections = 10;

/** A Service, the address that the API server has of it, and the node whose speaker says that it answers, as far as that is known. */
export interface Balancer {
  readonly service: string;
  readonly address?: string;
  readonly announcer?: string;
}

/** What nodes/observe/balancers.sh has found; a claim says of whatever is missing. */
export function balancersOf(cluster: Observations): readonly Balancer[] {
  const read = <T>(id: "balancers" | "announcers", parse: (text: string) => readonly T[]): readonly T[] => {
    try {
      return parse(outputOf(cluster, id));
    } catch {
      return [];
    }
  };
  const known = read("balancers", parseBalancers);
  const announced = read("announcers", parseAnnouncers);
  return services.map(([, service]) => {
    const address = known.find(({ name }) => name === service)?.addresses[0];
    const announcer = announced.find((one) => one.service === service)?.node;
    return { service, ...(address !== undefined && { address }), ...(announcer !== undefined && { announcer }) };
  });
}

/** An address that is no machine's: it is given out of a range, one node answers for it on the wire, and whoever calls it gets a pod. */
export function judgeBalancers(evidence: BalancerEvidence): Claim[] {
  const { nodes, cluster, reports } = evidence;
  const reportOf = (node: string): Observations =>
    reports.find((report) => report.node === node) ?? unseen(node, cluster.at);
  const known = balancersOf(cluster);
  return services.flatMap(([policy, service]): Claim[] => {
    const announcer = known.find((one) => one.service === service)?.announcer;
    const others = nodes.filter(({ name }) => name !== announcer);
    return [
      proveAddress(evidence, service),
      ...nodes.map((node) => proveAnnounced(evidence, service, reportOf, node, announcer)),
      ...others.map(({ name }) => proveOutside(evidence, policy, reportOf(name), announcer)),
      ...nodes.map(({ name }) => proveFromNode(evidence, service, reportOf(name))),
      // Where none is known nobody has looked, and the claim says so of the first.
      proveSource(evidence, policy, reportOf(announcer ?? nodes[0]?.name ?? cluster.node), others),
    ];
  });
}

function proveAddress({ scenario, cluster, pool }: BalancerEvidence, service: string): Claim {
  return prove(cluster, {
    scenario,
    kind: "balancer-address",
    about: { service },
    who: [service],
    expected: `an address of its own out of ${pool}`,
    from: ["balancers", "pool"],
    read: (text, ranges) => {
      const all = parseBalancers(text);
      const own = all.find(({ name }) => name === service)?.addresses ?? [];
      const [address, more] = own;
      const shared = all.some(({ name, addresses }) => name !== service && addresses.includes(address ?? ""));
      const offered = parsePool(ranges);
      return {
        ok: address !== undefined && more === undefined && !shared && offered.join() === pool && inRange(pool, address),
        observed: `${own.join(" and ") || "no address"} out of ${offered.join(", ") || "nothing"}${shared ? ", which another Service has too" : ""}`,
      };
    },
  });
}

/** Two that answer for one address are the worst that can befall it: each caller goes to whichever was faster. */
function proveAnnounced(
  { scenario, nodes }: BalancerEvidence,
  service: string,
  reportOf: (node: string) => Observations,
  { name: node }: NodeFacts,
  announcer: string | undefined,
): Claim {
  const own = announcer === node;
  return prove(reportOf(node), {
    scenario,
    kind: "balancer-announced",
    about: { service, node },
    who: [service, node],
    expected: own ? "it answers itself, and nobody else does" : `${announcer ?? "one node"} alone answers`,
    from: [`arp/${service}`],
    answers: "any",
    read: (output) => {
      const heard = parseArping(output);
      const names = heard.map(
        (mac) => `${nodes.find((one) => macOf(one, reportOf) === mac)?.name ?? "somebody"} ${mac}`,
      );
      const facts = nodes.find(({ name }) => name === announcer);
      if (facts === undefined) throw new Error(`no node's speaker says that it answers for ${service}`);
      if (/no such device|not found|invalid|usage/i.test(output)) throw new Error(output.trim());
      const mac = macOf(facts, reportOf);
      // A node does not ask itself; but QEMU's segment brings what a VM sends to all back to it.
      const expected = own && heard.length === 0 ? [] : [mac];
      return { ok: heard.join() === expected.join(), observed: names.join(" and ") || "nobody answers" };
    },
  });
}

function macOf(node: NodeFacts, reportOf: (node: string) => Observations): string | undefined {
  return linkWith(parseLinks(outputOf(reportOf(node.name), "interfaces")), node).mac;
}

/** As a machine that is no node would call: by the wire, past the caller's own rules. */
function proveOutside(
  { scenario, backends }: BalancerEvidence,
  policy: keyof typeof balancerServices,
  report: Observations,
  announcer: string | undefined,
): Claim {
  const service = balancerServices[policy];
  const pods = policy === "Cluster" ? backends : backends.filter(({ node }) => node === announcer);
  return prove(report, {
    scenario,
    kind: "balancer-from-outside",
    about: { service, node: report.node },
    who: [service, report.node],
    expected: `${connections} answers to ${connections} connections, all from ${listed(pods) || "a pod of the node that answers"}`,
    from: [`outside/${service}`],
    answers: "any",
    read: (output) => allAnswered(output, pods, connections),
  });
}

function proveFromNode({ scenario, backends }: BalancerEvidence, service: string, report: Observations): Claim {
  return prove(report, {
    scenario,
    kind: "balancer-from-node",
    about: { service, node: report.node },
    who: [service, report.node],
    expected: `${connections} answers to ${connections} connections, all from ${listed(backends)}`,
    from: [`from-node/${service}`],
    answers: "any",
    read: (output) => allAnswered(output, backends, connections),
  });
}

/** What the pod sees of a caller from outside, by the table of connections of the node that answers. */
function proveSource(
  evidence: BalancerEvidence,
  policy: keyof typeof balancerServices,
  report: Observations,
  others: readonly NodeFacts[],
): Claim {
  const { scenario, backends } = evidence;
  const service = balancerServices[policy];
  const { node } = report;
  const kept = policy === "Local";
  const own = ownAddresses(evidence, node);
  return prove(report, {
    scenario,
    kind: kept ? "source-kept" : "source-changed",
    about: { service, node },
    who: [service, node],
    expected: kept
      ? others.map(({ address }) => `${address} as ${address}`).join(", ")
      : `${others.map(({ address }) => address).join(", ")}, each as an address that is ${own.words}`,
    from: [`callers/${service}`],
    read: (output) => {
      const calls = newestCalls(output, backends, others);
      const fits = calls.every((call) => (kept ? call.seenAs === call.from : own.seenBy(call.answeredBy, call.seenAs)));
      return { ok: others.length > 0 && calls.length === others.length && fits, observed: seenAs(calls) };
    },
  });
}
