import { renderJourneys } from "./journey-view.ts";
import type { Results } from "../stack/results.ts";
import { columns, paint, wrap } from "./say.ts";

/** Nodes, pods, every claim and every journey for people, within 80 columns where the names allow it. Pure, but for colour. */
export function renderResults(results: Results): string[] {
  return [...nodeLines(results), ...podLines(results), ...claimLines(results), ...journeyLines(results)];
}

/** The same with one line a scenario: what an `up` ends with. */
export function renderSummary(results: Results): string[] {
  return [...nodeLines(results), ...podLines(results), ...scenarioLines(results)];
}

const heading = (text: string): string => paint("bold", text);

function nodeLines({ nodes = [] }: Results): string[] {
  if (nodes.length === 0) return [];
  const rows = nodes.map(({ name, role, address, ssh, packages = {} }) => [
    name,
    role,
    address,
    ssh.replace(/^ssh:\/\//, ""),
    Object.entries(packages)
      .map(([title, version]) => `${title} ${version}`)
      .join(", "),
  ]);
  const versions = rows.map((row) => row.at(-1) ?? "");
  // The same packages on all nodes are said once: one long column less.
  const same = versions.every((text) => text === versions[0]) ? versions[0] : undefined;
  const table = columns(same === undefined ? rows : rows.map((row) => row.slice(0, -1)));
  return [heading("Nodes"), ...table.map(indent), ...(same ? wrap(`on each: ${same}`, 78).map(indent) : []), ""];
}

function podLines({ podIPs = {}, scenarios = {} }: Results): string[] {
  const second = (namespace: string, pod: string): string[] =>
    (scenarios[namespace]?.pods ?? []).flatMap(({ name, ip, ip6 }) =>
      name === pod && ip6 !== undefined && ip6 !== ip ? [ip6] : [],
    );
  const rows = Object.entries(podIPs).flatMap(([namespace, pods]) =>
    Object.entries(pods).map(([pod, address], index) => [
      index === 0 ? namespace : "",
      pod,
      address,
      ...second(namespace, pod),
    ]),
  );
  return rows.length === 0 ? [] : [heading("Pods"), ...columns(rows).map(indent), ""];
}

function claimLines({ scenarios = {}, verification }: Results): string[] {
  const groups = Object.entries(scenarios).filter(([, { claims }]) => claims.length > 0);
  if (groups.length === 0) return [];
  const lines = [heading("Claims")];
  for (const [namespace, { claims }] of groups) {
    lines.push(indent(namespace));
    for (const { claim, ok, expected, observed } of claims) {
      const mark = ok ? paint("green", "✓") : paint("red", "✗");
      const [first = "", ...rest] = wrap(claim, 74);
      lines.push(`    ${mark} ${first}`, ...rest.map((line) => `      ${line}`));
      if (!ok)
        lines.push(
          ...wrap(`expected ${expected}; observed ${observed}`, 72).map((line) => `      ${paint("red", line)}`),
        );
    }
  }
  if (verification)
    lines.push(indent(`${verification.passed} hold, ${verification.failed} do not, checked ${verification.at}`));
  return [...lines, ""];
}

function journeyLines({ scenarios = {} }: Results): string[] {
  return renderJourneys(
    Object.fromEntries(
      Object.entries(scenarios).flatMap(([namespace, { journey = [], journey6 }]) => [
        [namespace, journey] as const,
        ...(journey6 === undefined ? [] : [[`${namespace}, by IPv6`, journey6] as const]),
      ]),
    ),
  );
}

function scenarioLines({ scenarios = {}, verification }: Results): string[] {
  const rows = Object.entries(scenarios).map(([namespace, { claims }]) => {
    const holding = claims.filter(({ ok }) => ok).length;
    return { all: holding === claims.length, cells: [namespace, `${holding} of ${claims.length} hold`] };
  });
  if (rows.length === 0) return [];
  const table = columns(rows.map(({ cells }) => cells));
  const mark = (all: boolean | undefined): string => (all ? paint("green", "✓") : paint("red", "✗"));
  const when = verification ? [indent(`checked on the nodes, ${verification.at}`)] : [];
  return [heading("Claims"), ...table.map((line, index) => `  ${mark(rows[index]?.all)} ${line}`), ...when, ""];
}

const indent = (line: string): string => `  ${line}`;
