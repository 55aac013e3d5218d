import type { Claim } from "../claim.ts";
import type { PodFacts } from "../facts.ts";
import type { Observations } from "../observation.ts";
import { parseMade, parseStarted, parseVariables } from "../parse/discovery.ts";
import { prove } from "../prove.ts";

export interface DiscoveryEvidence {
  readonly scenario: string;
  /** The pod that was there before the Service, and the one that came after it. */
  readonly early: PodFacts;
  readonly late: PodFacts;
  readonly database: PodFacts;
  /** Report of nodes/observe/discovery.sh. */
  readonly report: Observations;
}

/** The Services of the lesson: one that stays, and one that is made anew with another address. */
export const databaseService = "redis";
export const movingService = "moving";

/** Two ways to find a Service: variables that only later containers have, and a name that outlives its address. */
export function judgeDiscovery({ scenario, early, late, database, report }: DiscoveryEvidence): Claim[] {
  return [
    ...[early, late].map((pod) =>
      prove(report, {
        scenario,
        kind: "service-variables",
        about: { pod: pod.name },
        who: [pod.name],
        expected:
          pod === late
            ? "REDIS_SERVICE_HOST and its like, with the Service's address and port"
            : "no variable of the Service, which was made after the container had started",
        from: ["service", "started", `variables/${pod.name}`],
        answers: "any",
        read: (made, starts, text) => {
          const service = parseMade(made);
          const variables = parseVariables(text);
          // After a restart of its machine the early pod's container is a later one too.
          const later = pod === late || parseStarted(starts, pod.name) > service.made;
          const wanted: readonly (readonly [string, string])[] = [
            ["REDIS_SERVICE_HOST", service.address],
            ["REDIS_SERVICE_PORT", String(service.port)],
            ["REDIS_PORT", `tcp://${service.address}:${service.port}`],
            [`REDIS_PORT_${service.port}_TCP_ADDR`, service.address],
          ];
          return {
            ok: later ? wanted.every(([name, value]) => variables.get(name) === value) : variables.size === 0,
            observed:
              variables.size === 0
                ? "no variable that begins with REDIS_"
                : `${variables.size} variables, REDIS_SERVICE_HOST=${variables.get("REDIS_SERVICE_HOST") ?? ""}`,
          };
        },
      }),
    ),
    ...[early, late].map((pod) =>
      prove(report, {
        scenario,
        kind: "database-by-name",
        about: { from: pod.name, to: database.name },
        who: [pod.name],
        expected: "+PONG",
        from: [`database/${pod.name}`],
        answers: "any",
        read: (output) => ({ ok: output.trim() === "+PONG", observed: output.trim() || "no answer" }),
      }),
    ),
    prove(report, {
      scenario,
      kind: "name-outlives-address",
      about: { service: movingService, from: early.name },
      who: [movingService, early.name],
      expected: "+PONG by the name at two addresses, and no answer at the first of them any more",
      from: ["first", "by-first", "second", "by-second", "by-old"],
      answers: "any",
      read: (first, byFirst, second, bySecond, byOld) => {
        const pong = (output: string): boolean => output.trim() === "+PONG";
        const [one, other] = [first.trim(), second.trim()];
        return {
          ok: one !== "" && other !== "" && one !== other && pong(byFirst) && pong(bySecond) && !byOld.includes("PONG"),
          observed: [
            `at ${one || "no address"} ${byFirst.trim() || "no answer"}`,
            `at ${other || "no address"} ${bySecond.trim() || "no answer"}`,
            byOld.includes("PONG") ? `${one} still answers` : `nothing at ${one} any more`,
          ].join("; "),
        };
      },
    }),
  ];
}
