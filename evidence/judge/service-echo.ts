import type { Claim } from "../claim.ts";
import type { Observations, ObservationId } from "../observation.ts";
import { parseTranslations } from "../parse/service.ts";
import { prove, type Reading } from "../prove.ts";
import { lessonServices, type ReportOf, type ServiceEvidence } from "./service-lesson.ts";

/** As nodes/observe/service.sh sends them. */
const datagrams = 20;
const large = [
  { protocol: "udp", bytes: 3000 },
  { protocol: "tcp", bytes: 100_000 },
] as const;
const tries = 10;

/** UDP through a Service, and what is larger than the MTU: a Service over the overlay has lost either where the other passed. */
export function judgeEcho(evidence: ServiceEvidence, reportOf: ReportOf): Claim[] {
  const { scenario, client, nodes, echoes } = evidence;
  const service = lessonServices.echo;
  const fromClient = { about: { service, from: client.name }, who: [service, client.name] };
  const fromNode = (node: string) => ({ about: { service, node }, who: [service, node] });
  // With two pods all twenty miss one of them twice in a million sound labs.
  const small = {
    expected: `${datagrams} answers to ${datagrams} datagrams, some from each of ${echoes.map(({ ip }) => ip).join(", ")}`,
    answers: "any",
    read: (output: string): Reading => {
      const answers = output.match(/^hello$/gm)?.length ?? 0;
      const by = new Set(parseTranslations(output).map(({ answeredBy }) => answeredBy));
      return {
        ok: answers === datagrams && by.size === echoes.length && echoes.every(({ ip }) => by.has(ip)),
        observed: `${answers} answers, from ${[...by].toSorted().join(", ") || "nobody"}`,
      };
    },
  } as const;
  const largest = {
    expected: large
      .map(({ protocol, bytes }) => `${tries} times ${bytes} bytes there and back over ${protocol}`)
      .join(", "),
    answers: "any",
    read: (output: string): Reading => {
      const whole = large.map(
        ({ protocol, bytes }) => output.match(new RegExp(`^${protocol} ${bytes}$`, "gm"))?.length ?? 0,
      );
      return {
        ok: whole.every((count) => count === tries),
        observed: large
          .map(({ protocol, bytes }, index) => `${whole[index]} times ${bytes} bytes over ${protocol}`)
          .join(", "),
      };
    },
  } as const;
  const from = (id: ObservationId): { readonly from: readonly ObservationId[] } => ({ from: [id] });
  const atClient: Observations = reportOf(client.node);
  return [
    prove(atClient, { scenario, kind: "service-udp-from-pod", ...fromClient, ...from("udp-client"), ...small }),
    ...nodes.map(({ name }) =>
      prove(reportOf(name), {
        scenario,
        kind: "service-udp-from-node",
        ...fromNode(name),
        ...from("udp-node"),
        ...small,
      }),
    ),
    prove(atClient, { scenario, kind: "service-large-from-pod", ...fromClient, ...from("large-client"), ...largest }),
    ...nodes.map(({ name }) =>
      prove(reportOf(name), {
        scenario,
        kind: "service-large-from-node",
        ...fromNode(name),
        ...from("large-node"),
        ...largest,
      }),
    ),
  ];
}
