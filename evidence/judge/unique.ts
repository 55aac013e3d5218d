import type { Backend } from "../backends.ts";
import type { Claim } from "../claim.ts";
import { ipv4 } from "../family.ts";
import type { NodeFacts } from "../facts.ts";
import { type Observations, outputOf } from "../observation.ts";
import { linkWith, parseLinks } from "../parse/ip.ts";
import { parseSections } from "../parse/sections.ts";
import { prove } from "../prove.ts";

/** An address or a MAC, and where it is. */
type Place = readonly [value: string, where: string];

/** On all nodes together, from the reports of nodes/observe/overlay.sh: the claim shows what each of them said. */
export function proveUnique(
  scenario: string,
  nodes: readonly NodeFacts[],
  reportOf: (node: string) => Observations,
  { vtep }: Pick<Backend, "vtep">,
  family = ipv4,
): Claim {
  const reports = nodes.map((node) => ({ node, report: reportOf(node.name) }));
  return prove(together(reports.map(({ report }) => report)), {
    scenario,
    kind: "address-unique",
    about: {},
    expected: `each address and each MAC once: of pods, bridges${vtep === undefined ? "" : ", VTEPs"} and machines`,
    from: ["pods-inside"],
    read: () => {
      const places: Place[] = [];
      const extra: string[] = [];
      for (const { node, report } of reports) {
        const links = parseLinks(outputOf(report, "interfaces"), family);
        const own = links.filter(({ name }) => name === "cni0" || name === vtep);
        for (const { name, mac, addresses } of [...own, linkWith(links, node)]) {
          if (mac !== undefined) places.push([mac, `${name} of ${node.name}`]);
          for (const { address } of addresses) places.push([address, `${name} of ${node.name}`]);
        }
        for (const [namespace, text] of parseSections(outputOf(report, "pods-inside")).named) {
          const [eth0] = /^\d+: /m.test(text) ? parseLinks(text, family) : [];
          const where = `${namespace} on ${node.name}`;
          if (eth0?.mac !== undefined) places.push([eth0.mac, where]);
          for (const { address } of eth0?.addresses ?? []) places.push([address, where]);
          if ((eth0?.addresses.length ?? 0) > 1)
            extra.push(`${where} has ${eth0!.addresses.map(({ address }) => address).join(" and ")}`);
        }
      }
      const wheres = new Map<string, string[]>();
      for (const [value, where] of places) wheres.set(value, [...(wheres.get(value) ?? []), where]);
      const twice = [...wheres]
        .filter(([, all]) => all.length > 1)
        .map(([value, all]) => `${value}: ${all.join(" and ")}`);
      return {
        ok: twice.length + extra.length === 0,
        observed: [...twice, ...extra].join("; ") || "each is there once",
      };
    },
  });
}

/** What all nodes said to the same command, each below its name; a node that said nothing is missed. */
function together(reports: readonly Observations[]): Observations {
  const [first] = reports;
  if (first === undefined) throw new Error("no node was looked at");
  const id = "pods-inside";
  const seen = reports.map((report) => report.observations.find((one) => one.id === id));
  const missing = reports.find((_, at) => seen[at] === undefined);
  if (missing !== undefined) return { ...first, node: missing.node, observations: [] };
  const worst = Math.max(...seen.map((one) => one!.exit));
  const output = reports.map(({ node }, at) => `${node}:\n${seen[at]!.output}`).join("");
  return { ...first, observations: [{ id, command: seen[0]!.command, output, exit: worst }] };
}
