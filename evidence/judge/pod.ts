import { contains, networkOf } from "../cidr.ts";
import type { Claim } from "../claim.ts";
import type { PodFacts } from "../facts.ts";
import type { Observations, ObservationId } from "../observation.ts";
import { parseNamespaceLink } from "../parse/ctr.ts";
import { type Family, ipv4 } from "../family.ts";
import { linkNamed, parseLinks } from "../parse/ip.ts";
import { parsePing } from "../parse/ping.ts";
import { parseSubnet } from "../parse/flannel.ts";
import { prove } from "../prove.ts";

/** Interfaces of a pod by the observation that shows them. */
const eth0 = (addresses: string, family = ipv4) => linkNamed(parseLinks(addresses, family), "eth0");
const noAddress = ({ name }: Family): string => `no ${name === "ipv4" ? "IPv4" : "IPv6"} address`;

/** A pod, what shows its interfaces, and how its claims are told from other pods' of the lesson. */
export interface Looked {
  readonly pod: PodFacts;
  readonly addresses: ObservationId;
  readonly who?: readonly string[];
  /** @default ipv4 */
  readonly family?: Family;
}

/** One of several pods of a lesson. */
export const oneOf = (pod: PodFacts, family = ipv4): Looked => ({
  pod,
  addresses: `addresses/${pod.name}`,
  who: [pod.name],
  family,
});

/** eth0 inside the pod carries the address that the API server reports; `namespace`, when observed, says which inside that is. */
export function proveAddress(
  report: Observations,
  { pod, addresses, who = [], family = ipv4 }: Looked,
  namespace?: ObservationId,
): Claim {
  return prove(report, {
    scenario: pod.namespace,
    kind: "pod-address",
    about: { pod: pod.name },
    who,
    expected: `eth0 has ${pod.ip}`,
    from: namespace === undefined ? [addresses] : [addresses, namespace],
    read: (shown, link) => {
      const seen = eth0(shown, family).addresses.map(({ address }) => address);
      const where = link === undefined ? "" : ` in net:[${parseNamespaceLink(link)}]`;
      return { ok: seen.includes(pod.ip), observed: `eth0 has ${seen.join(", ") || noAddress(family)}${where}` };
    },
  });
}

/** The pod's address is one of those that its node was given. */
export function proveInSubnet(report: Observations, { pod, addresses, who = [], family = ipv4 }: Looked): Claim {
  return prove(report, {
    scenario: pod.namespace,
    kind: "in-node-cidr",
    about: { pod: pod.name, node: report.node },
    who,
    expected: `${pod.ip} in the node's pod CIDR`,
    from: [addresses, "subnet"],
    read: (shown, env) => {
      const { subnet } = parseSubnet(env, family);
      const seen = eth0(shown, family).addresses.map(({ address }) => address);
      return {
        expected: `an address in ${networkOf(subnet)}`,
        ok: seen.length > 0 && seen.every((address) => contains(subnet, address)),
        observed: `eth0 has ${seen.join(", ") || noAddress(family)}`,
      };
    },
  });
}

/** eth0 is one end of a veth pair whose other end is a port of cni0. */
export function provePeer(report: Observations, { pod, addresses, who }: Looked): Claim {
  return prove(report, {
    scenario: pod.namespace,
    kind: "veth-peer",
    about: { pod: pod.name, node: report.node },
    who,
    expected: "the index after eth0@if is that of a port of cni0",
    from: [addresses, "ports"],
    read: (shown, ports) => {
      const inside = eth0(shown);
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
export function provePing(report: Observations, from: PodFacts, to: PodFacts, routers: number): Claim {
  // Linux sends with TTL 64, and each router takes one.
  const ttl = 64 - routers;
  return prove(report, {
    scenario: from.namespace,
    kind: "ping",
    about: { from: from.name, to: to.name, routers },
    who: [from.name, to.name],
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
