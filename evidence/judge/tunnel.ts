import { aboutBackend, type Backend } from "../backends.ts";
import type { Claim } from "../claim.ts";
import type { NodeFacts } from "../facts.ts";
import type { Observations } from "../observation.ts";
import { linkNamed, parseLinks } from "../parse/ip.ts";
import { prove } from "../prove.ts";

/**
 * One end of a tunnel that wraps packets into packets: by the device's own address the kernel knows what is for it, and sends. The other end stands in no
 * device: each route names it.
 */
export function proveTunnelEnd(scenario: string, node: NodeFacts, report: Observations, backend: Backend): Claim {
  const { tunnel } = backend;
  const device = tunnel?.device ?? "none";
  const expected = `IP in IP, from ${node.address} to whichever address a route names, up`;
  return prove(report, {
    scenario,
    kind: "tunnel-end",
    about: { node: node.name, ...aboutBackend(backend) },
    who: [node.name],
    expected,
    from: ["tunnel"],
    read: (output) => {
      const { ipip, up } = linkNamed(parseLinks(output), device);
      const to = ipip?.remote === "any" ? "whichever address a route names" : (ipip?.remote ?? "");
      const observed =
        ipip === undefined ? "no device for IP in IP" : `IP in IP, from ${ipip.local} to ${to}, ${up ? "up" : "down"}`;
      return { ok: observed === expected, expected, observed };
    },
  });
}
