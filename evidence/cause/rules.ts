import { backendOf, ipInIp } from "../backends.ts";
import { contains } from "../cidr.ts";
import type { Observations } from "../observation.ts";
import { type Iptables, type IptablesRule, parseIptables } from "../parse/iptables-counters.ts";
import { type ListedRule, parseChains, parseTrace, type TraceStep } from "../parse/nft-trace.ts";
import { guardChain, type RuleCause } from "./cause.ts";
import { type Scene, seenAs, word } from "./scene.ts";

type Tool = RuleCause["tool"];
const saves = { iptables: "iptables-nft-save", "iptables-legacy": "iptables-legacy-save" } as const;

/** A step of the trace as the tool that manages its table prints it. */
export interface FoundRule extends Pick<RuleCause, "tool" | "family" | "table" | "chain" | "rule" | "comment"> {
  readonly see: string;
  readonly mend?: string;
}

const tables = (report: Observations, tool: keyof typeof saves, when: "before" | "after"): Iptables =>
  parseIptables(seenAs(report, `filters/${saves[tool]}/${when}`));

/** How iptables is called for that kind of tables. */
const program = (tool: Tool): string => (tool === "iptables-legacy" ? "iptables-legacy" : "iptables");

/** What shows the network policies, or the Service, that a rule was made of: it does what it is there for. */
function madeOf(comment: string | undefined): string | undefined {
  const [, of, service] = /^([^/ ]+)\/([^: ]+)(?::\S+)? has no local endpoints$/.exec(comment ?? "") ?? [];
  if (of !== undefined && service !== undefined)
    return `kubectl describe service --namespace ${of} ${service} | grep -e Policy -e Endpoints`;
  const namespace = /^rule to (?:REJECT traffic destined for|log dropped traffic) POD name:\S+ namespace: (\S+)$/.exec(
    comment ?? "",
  )?.[1];
  return namespace && `kubectl describe networkpolicy --namespace ${namespace}`;
}

function ofIptables(tool: keyof typeof saves, { table, chain, rule, comment }: IptablesRule): FoundRule {
  return {
    tool,
    family: "ip",
    table,
    chain,
    rule,
    ...(comment !== undefined && { comment }),
    see: madeOf(comment) ?? `${program(tool)}-save --table ${table} | grep -e ${word(`-A ${chain}`)}`,
    // What was made of a policy does what it is there for, too.
    ...(chain !== guardChain &&
      madeOf(comment) === undefined && {
        mend: `${program(tool)} --wait --table ${table} ${rule.replace(/^-A/, "--delete")}`,
      }),
  };
}

/** A rule that a packet was traced through, as the node's own tools print it. */
export function ruleOf(report: Observations, step: TraceStep): FoundRule {
  const { family, table, chain, text } = step;
  const listed = parseChains(seenAs(report, "chains")).filter(
    (one) => one.family === family && one.table === table && one.chain === chain,
  );
  const place = listed.findIndex((one) => one.text === text);
  const own = tables(report, "iptables", "after").rules.filter((one) => one.table === table && one.chain === chain);
  // nft and iptables-save print a chain's rules in the same order, each in its own language.
  const same = family === "ip" && own.length === listed.length ? own[place] : undefined;
  if (same !== undefined) return ofIptables("iptables", same);
  return ofNft(step, listed[place]);
}

function ofNft({ family, table, chain, text }: TraceStep, listed: ListedRule | undefined): FoundRule {
  const comment = listed?.comment ?? /\bcomment "([^"]*)"/.exec(text)?.[1];
  const at = [family, table, chain].map(word).join(" ");
  return {
    tool: "nft",
    family,
    table,
    chain,
    rule: text,
    ...(comment !== undefined && { comment }),
    see: `nft --handle list chain ${at}`,
    ...(chain !== guardChain && {
      mend: listed === undefined ? `nft flush chain ${at}` : `nft delete rule ${at} handle ${listed.handle}`,
    }),
  };
}

const translates =
  /\b(masquerade|redirect|[sd]nat (?:ip (?:addr \. port )?)?to|MASQUERADE|REDIRECT|SNAT|DNAT|NETMAP)\b/;

/** What a rule does, without what is said of it: a comment may speak of what another rule does. */
export const actionOf = (rule: string): string => rule.replace(/ (?:-m comment --)?comment "[^"]*"/, "");

/** The rules of one node that gave the packet another address, in the order in which it met them. */
export function findTranslations(report: Observations): readonly FoundRule[] {
  const steps = parseTrace(seenAs(report, "rules")).filter(
    ({ what, text, verdict }) =>
      what === "rule" && translates.test(actionOf(text)) && !/^(jump|goto|drop)/.test(verdict ?? ""),
  );
  return unique(steps.map((step) => ruleOf(report, step)));
}

const rejects = /\breject\b|REJECT/;

/** The rules and policies that packets like the lost one did not survive, on one node. */
export function findRules(scene: Scene, report: Observations): readonly RuleCause[] {
  const common = { kind: "rule", node: report.node } as const;
  const traced = unique(
    parseTrace(seenAs(report, "rules")).flatMap((step): RuleCause[] => {
      if (step.what === "policy" && step.text.startsWith("drop"))
        return [{ ...common, ...chainPolicyOf(report, step), verdict: "drop", by: "trace" }];
      if (step.what !== "rule") return [];
      const found = (verdict: RuleCause["verdict"]): RuleCause[] => [
        { ...common, ...ruleOf(report, step), verdict, by: "trace" },
      ];
      if (rejects.test(step.text)) return found("reject");
      return step.verdict === "drop" ? found("drop") : [];
    }),
  );
  const translated = findTranslations(report).map((rule): RuleCause => ({
    ...common,
    ...rule,
    verdict: "translate",
    by: "trace",
  }));
  return [...(traced.length > 0 ? traced : byCounters(scene, report)), ...translated];
}

function chainPolicyOf(report: Observations, { family, table, chain }: TraceStep): FoundRule {
  const managed =
    family === "ip" &&
    tables(report, "iptables", "after").policies.some((one) => one.table === table && one.chain === chain);
  const at = [family, table, chain].map(word).join(" ");
  return {
    tool: managed ? "iptables" : "nft",
    family,
    table,
    chain,
    rule: "policy drop",
    see: managed ? `iptables --table ${table} --list-rules ${chain}` : `nft list chain ${at}`,
    mend: managed
      ? `iptables --wait --table ${table} --policy ${chain} ACCEPT`
      : `nft chain ${at} '{ policy accept; }'`,
  };
}

/** Where the packet could not be followed through the rules: those that drop, and have counted more meanwhile. */
function byCounters(scene: Scene, report: Observations): readonly RuleCause[] {
  return (["iptables", "iptables-legacy"] as const).flatMap((tool) => {
    const [before, after] = [tables(report, tool, "before"), tables(report, tool, "after")];
    const common = { kind: "rule", node: report.node, by: "counter" } as const;
    const rules = after.rules.flatMap((rule): RuleCause[] => {
      const { target, packets } = rule;
      if ((target !== "DROP" && target !== "REJECT") || !speaksOf(scene, rule.rule)) return [];
      const old = before.rules.find((one) => one.table === rule.table && one.rule === rule.rule);
      if (packets <= (old?.packets ?? 0)) return [];
      return [{ ...common, ...ofIptables(tool, rule), verdict: target === "DROP" ? "drop" : "reject" }];
    });
    const policies = after.policies.flatMap(({ table, chain, policy, packets }): RuleCause[] => {
      const old = before.policies.find((one) => one.table === table && one.chain === chain);
      if (policy !== "DROP" || packets <= (old?.packets ?? 0)) return [];
      const call = `${program(tool)} --wait --table ${table}`;
      const shown = {
        see: `${program(tool)} --table ${table} --list-rules ${chain}`,
        mend: `${call} --policy ${chain} ACCEPT`,
      };
      return [{ ...common, tool, family: "ip", table, chain, rule: "policy drop", verdict: "drop", ...shown }];
    });
    return [...rules, ...policies];
  });
}

/** What a rule that names IP-in-IP may call it: as /etc/protocols has it, or by its number. */
const asIpInIp: readonly string[] = ["ipencap", String(ipInIp)];

/** Whether a rule's addresses and protocol can be those of the packet, or of the datagram that carries it: other packets are counted too. */
function speaksOf({ from, to, nodes, protocol, backend = backendOf() }: Scene, rule: string): boolean {
  const addresses = [from.ip, to.ip, ...nodes.map(({ address }) => address)];
  const asked = [...rule.matchAll(/(?<! !) -[sd] (\S+)/g)].map(([, range = ""]) => range);
  const of = / -p (\S+)/.exec(rule)?.[1];
  const port = / --dport (\d+)/.exec(rule)?.[1];
  return (
    asked.every((range) =>
      addresses.some((address) => contains(range.includes("/") ? range : `${range}/32`, address)),
    ) &&
    (of === undefined ||
      of === protocol ||
      (of === "udp" && port === String(backend.port)) ||
      (backend.manner === "packet" && asIpInIp.includes(of)))
  );
}

function unique<Rule extends FoundRule>(rules: readonly Rule[]): readonly Rule[] {
  const key = ({ family, table, chain, rule }: Rule): string => [family, table, chain, rule].join(" ");
  return [...new Map(rules.map((rule) => [key(rule), rule])).values()];
}
