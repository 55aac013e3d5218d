import { aboutBackend, type Backend, type Carrier, backendOf } from "../backends.ts";
import type { Claim } from "../claim.ts";
import type { NodeFacts } from "../facts.ts";
import { type Observations, outputOf, unseen } from "../observation.ts";
import { linkNamed, parseLinks } from "../parse/ip.ts";
import { parseRoutes } from "../parse/routes.ts";
import { prove } from "../prove.ts";

/**
 * What is true of virtual machines with two interfaces, and not of containers: each has a kernel of its own, and the cluster is not on the
 * interface that leads outside.
 * @param reports of nodes/observe/overlay.sh, one a node
 */
export function judgeMachines(
  scenario: string,
  nodes: readonly NodeFacts[],
  reports: readonly Observations[],
  name?: Carrier,
): Claim[] {
  const backend = backendOf(name);
  const reportOf = (node: string): Observations =>
    reports.find((report) => report.node === node) ?? unseen(node, reports[0]?.at ?? "");
  return nodes.flatMap((node) => [
    proveOwnKernel(scenario, reportOf(node.name), reports),
    provePrivateInterface(scenario, reportOf(node.name), node, backend),
  ]);
}

function proveOwnKernel(scenario: string, report: Observations, all: readonly Observations[]): Claim {
  return prove(report, {
    scenario,
    kind: "own-kernel",
    about: { node: report.node },
    who: [report.node],
    expected: "a boot id that no other node has",
    from: ["kernel"],
    read: (output) => {
      const boot = output.trim();
      const same = all
        .filter((other) => other !== report && outputOf(other, "kernel").trim() === boot)
        .map(({ node }) => node);
      return {
        ok: boot !== "" && same.length === 0,
        observed:
          same.length === 0 ? `${boot || "nothing"}, which no other node has` : `${boot}, as on ${same.join(", ")}`,
      };
    },
  });
}

function provePrivateInterface(scenario: string, report: Observations, node: NodeFacts, backend: Backend): Claim {
  const { vtep = "" } = backend;
  const withVtep = vtep === "" ? "" : ` and ${vtep}`;
  return prove(report, {
    scenario,
    kind: "private-interface",
    about: { node: node.name, ...aboutBackend(backend) },
    who: [node.name],
    expected: `${node.address}${withVtep} on one interface, the default route on another`,
    from: vtep === "" ? ["routes"] : ["routes", "vtep"],
    read: (routes, shown) => {
      const devices = (all: ReturnType<typeof parseRoutes>): string[] => [
        ...new Set(all.map(({ device }) => device ?? "none")),
      ];
      const table = parseRoutes(routes);
      const outside = devices(table.filter(({ destination }) => destination === "default"));
      const inside = devices(table.filter(({ source, via }) => source === node.address && via === undefined));
      const wire = shown === undefined ? inside[0] : linkNamed(parseLinks(shown), vtep).vxlan?.device;
      return {
        ok: wire !== undefined && inside.join() === wire && outside.length > 0 && !outside.includes(wire),
        observed:
          `${node.address} on ${inside.join(", ") || "no interface"}, ${vtep === "" ? "" : `${vtep} on ${wire ?? "none"}, `}` +
          `the default route on ${outside.join(", ") || "none"}`,
      };
    },
  });
}
