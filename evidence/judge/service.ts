import type { Claim } from "../claim.ts";
import { type Observations, unseen } from "../observation.ts";
import { parseAnswers, parseEndpoints, parseServiceRules, parseServiceTable } from "../parse/service.ts";
import { prove } from "../prove.ts";
import { judgeEcho } from "./service-echo.ts";
import { allAnswered, helloPort, lessonServices, listed, refused, type ServiceEvidence } from "./service-lesson.ts";
import { judgeOutside, proveNodePort } from "./service-outside.ts";
import { proveMasquerade, proveTranslation } from "./service-translation.ts";

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
    ...nodes.map(({ name: node }) => proveMode(evidence, reportOf(node))),
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
    ...nodes.map(({ name: node }) =>
      prove(reportOf(node), {
        scenario,
        kind: "service-headless",
        about: { service: lessonServices.headless, node },
        who: [lessonServices.headless, node],
        expected: "no rule names it",
        from: ["headless"],
        // grep's own: it found none.
        answers: [1],
        read: (output) => ({ ok: output.trim() === "0", observed: `${output.trim()} rules name it` }),
      }),
    ),
    ...judgeEcho(evidence, reportOf),
    ...judgeOutside(evidence, reportOf),
  ];
}

/** kube-proxy works as it was told, and what it wrote when it worked otherwise is gone: two sets of rules would both change packets. */
function proveMode({ scenario, proxyMode }: ServiceEvidence, report: Observations): Claim {
  const { node } = report;
  const other = proxyMode === "iptables" ? "tables of nftables" : "chains of iptables";
  return prove(report, {
    scenario,
    kind: "proxy-mode",
    about: { node },
    who: [node],
    expected: `${proxyMode}, and 0 ${other} of kube-proxy's`,
    from: ["mode", "other-mode"],
    // grep's own: it found none.
    answers: [1],
    read: (mode, left) => ({
      ok: mode.trim() === proxyMode && left.trim() === "0",
      observed: `${mode.trim() || "nothing"}, and ${left.trim()} ${other} of kube-proxy's`,
    }),
  });
}

const same = (one: readonly string[], other: readonly string[]): boolean => one.join() === other.join();

function proveRules(
  { scenario, addresses, proxyMode }: ServiceEvidence,
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
      const parse = proxyMode === "iptables" ? parseServiceRules : parseServiceTable;
      const branches = parse(rules, addresses[service] ?? "");
      const fair = branches.every(({ share }) => Math.abs(share - 1 / branches.length) < 1e-6);
      return {
        ok: fair && same(branches.map(({ to }) => to).toSorted(), endpoints),
        observed: branches.map(({ to, share }) => `${to} for ${Number(share.toFixed(4))}`).join(", ") || "no branch",
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
