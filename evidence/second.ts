import type { Claim } from "./claim.ts";
import type { NodeFacts, PodFacts } from "./facts.ts";
import { aboutFamily, type Family, ipv6, whoseFamily } from "./family.ts";
import type { Observations } from "./observation.ts";
import { sentence } from "./vocabulary.ts";

/**
 * The judges know one address family at a time: what they are handed for the second one is a lab as it looks by IPv6. Its claims then say whose they are,
 * by the end of their ids and in what they are about.
 */

/** @throws Error when the pod has no IPv6 address */
export function podBy6(pod: PodFacts): PodFacts {
  if (pod.ip6 === undefined) throw new Error(`${pod.namespace}/${pod.name} on ${pod.node} has no IPv6 address`);
  return { ...pod, ip: pod.ip6 };
}

export const nodeBy6 = (node: NodeFacts): NodeFacts => ({ ...node, address: node.address6 ?? "none" });

/** The observations that a script made of both families, those of the second under the ids of the first: `nodes6` is `nodes`, `tcp6/POD` is `tcp/POD`. */
export function reportBy6(report: Observations): Observations {
  const second = report.observations.flatMap((one) => {
    const [, kind, rest] = /^([a-z-]+)6(\/.*)?$/.exec(one.id) ?? [];
    return kind === undefined ? [] : [{ ...one, id: kind + (rest ?? "") }];
  });
  const ids = new Set(second.map(({ id }) => id));
  return { ...report, observations: [...second, ...report.observations.filter(({ id }) => !ids.has(id))] };
}

/** Claims that were made of a lab as it looks by IPv6, as they stand among those of the first family. */
export function by6(claims: readonly Claim[]): Claim[] {
  return claims.map((one) => {
    const claim = {
      ...one,
      id: [one.id, ...whoseFamily(ipv6)].join("/"),
      about: { ...one.about, ...aboutFamily(ipv6) },
    } as Claim;
    return { ...claim, claim: sentence(claim, "en") };
  });
}

/** Claims of whichever family they were made of. */
export const ofFamily = (claims: readonly Claim[], { name }: Family): Claim[] =>
  name === "ipv6" ? by6(claims) : [...claims];
