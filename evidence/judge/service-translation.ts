import type { Claim } from "../claim.ts";
import type { Observations } from "../observation.ts";
import { parseTranslation } from "../parse/service.ts";
import { prove } from "../prove.ts";
import { lessonServices, ownAddresses, type ServiceEvidence } from "./service-lesson.ts";

/** From a pod only the destination is changed: the pod that answers sees who asks. */
export function proveTranslation(
  { scenario, client, backends, addresses }: ServiceEvidence,
  report: Observations,
): Claim {
  const service = lessonServices.plain;
  return prove(report, {
    scenario,
    kind: "service-translation",
    about: { service, from: client.name },
    who: [service, client.name],
    expected: `sent by ${client.ip} to ${addresses[service]}; answered by ${backends.map(({ ip }) => ip).join(" or ")}, to ${client.ip}`,
    from: ["translated-client"],
    read: (output) => {
      const { from, to, answeredBy, seenAs } = parseTranslation(output);
      return {
        ok:
          from === client.ip &&
          to === addresses[service] &&
          seenAs === client.ip &&
          backends.some(({ ip }) => ip === answeredBy),
        observed: `sent by ${from} to ${to}; answered by ${answeredBy}, to ${seenAs}`,
      };
    },
  });
}

/** What a process of the node sends to a Service leaves with an address to which the answer comes back: that of the device by which it leaves. */
export function proveMasquerade(evidence: ServiceEvidence, report: Observations): Claim {
  const { scenario, backends, addresses } = evidence;
  const service = lessonServices.plain;
  const { node } = report;
  const own = ownAddresses(evidence, node);
  return prove(report, {
    scenario,
    kind: "service-masquerade",
    about: { service, node },
    who: [service, node],
    expected: `sent to ${addresses[service]}; answered to an address that is ${own.words}`,
    from: ["translated-node"],
    read: (output) => {
      const { from, to, answeredBy, seenAs } = parseTranslation(output);
      return {
        ok: to === addresses[service] && backends.some(({ ip }) => ip === answeredBy) && own.seenBy(answeredBy, seenAs),
        observed: `sent by ${from} to ${to}; answered by ${answeredBy}, to ${seenAs}`,
      };
    },
  });
}
