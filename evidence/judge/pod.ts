import { contains, networkOf } from "../cidr.ts";
import type { Claim } from "../claim.ts";
import type { PodFacts } from "../facts.ts";
import type { NodeReport } from "../observation.ts";
import { parseNamespaceLink } from "../parse/ctr.ts";
import { linkNamed, parseLinks } from "../parse/ip.ts";
import { parsePing } from "../parse/ping.ts";
import { parseSubnet } from "../parse/flannel.ts";
import { prove } from "../prove.ts";

/** Interfaces of a pod by the observation that shows them. */
const eth0 = (addresses: string) => linkNamed(parseLinks(addresses), "eth0");

/** eth0 inside the pod carries the address that the API server reports; `namespace`, when observed, says which inside that is. */
export function proveAddress(
  report: NodeReport,
  pod: PodFacts,
  observation: string,
  id: string,
  namespace?: string,
): Claim {
  return prove(report, {
    id,
    claim: `eth0 in the network namespace of ${pod.name} carries the pod IP that the API server reports`,
    expected: `eth0 has ${pod.ip}`,
    from: namespace === undefined ? [observation] : [observation, namespace],
    read: (addresses, link) => {
      const seen = eth0(addresses).addresses.map(({ address }) => address);
      const where = link === undefined ? "" : ` in net:[${parseNamespaceLink(link)}]`;
      return { ok: seen.includes(pod.ip), observed: `eth0 has ${seen.join(", ") || "no IPv4 address"}${where}` };
    },
  });
}

/** The pod's address is one of those that its node was given. */
export function proveInSubnet(report: NodeReport, pod: PodFacts, observation: string, id: string): Claim {
  return prove(report, {
    id,
    claim: `${pod.name}'s address is one of ${report.node}'s pod CIDR`,
    expected: `${pod.ip} in the node's pod CIDR`,
    from: [observation, "subnet"],
    read: (addresses, env) => {
      const { subnet } = parseSubnet(env);
      const seen = eth0(addresses).addresses.map(({ address }) => address);
      return {
        expected: `an address in ${networkOf(subnet)}`,
        ok: seen.length > 0 && seen.every((address) => contains(subnet, address)),
        observed: `eth0 has ${seen.join(", ") || "no IPv4 address"}`,
      };
    },
  });
}

/** eth0 is one end of a veth pair whose other end is a port of cni0. */
export function provePeer(report: NodeReport, pod: PodFacts, observation: string, id: string): Claim {
  return prove(report, {
    id,
    claim: `eth0 of ${pod.name} is one end of a cable: the other end is a veth on ${report.node}, plugged into cni0`,
    expected: "the index after eth0@if is that of a port of cni0",
    from: [observation, "ports"],
    read: (addresses, ports) => {
      const inside = eth0(addresses);
      const outside = parseLinks(ports).find(({ index }) => index === inside.peer);
      if (outside === undefined)
        return { ok: false, observed: `eth0@if${inside.peer ?? "?"}, and no port of cni0 has that index` };
      return {
        ok: outside.peer === inside.index && outside.master === "cni0",
        observed: `${inside.index}: eth0@if${inside.peer} and ${outside.index}: ${outside.name}@if${outside.peer}, master ${outside.master ?? "none"}`,
      };
    },
  });
}

/** Every ping is answered, and the replies passed exactly so many routers. */
export function provePing(report: NodeReport, from: PodFacts, to: PodFacts, routers: number, id: string): Claim {
  // Linux sends with TTL 64, and each router takes one.
  const ttl = 64 - routers;
  const path = routers === 0 ? "no router is between them" : `${routers} routers are between them`;
  return prove(report, {
    id,
    claim: `${from.name} reaches ${to.name} at its pod IP, and ${path}`,
    expected: `every ping answered by ${to.ip}, TTL ${ttl} on arrival`,
    from: [`ping/${from.name}/${to.name}`],
    answers: [1],
    read: (output) => {
      const ping = parsePing(output);
      const ttls = [...new Set(ping.ttls)];
      return {
        ok: ping.sent > 0 && ping.received === ping.sent && ttls.length === 1 && ttls[0] === ttl,
        observed: [
          `${ping.received} of ${ping.sent} answered`,
          ...(ttls.length > 0 ? [`TTL ${ttls.join(", ")}`] : []),
          ...ping.complaints.slice(0, 1),
        ].join(", "),
      };
    },
  });
}
