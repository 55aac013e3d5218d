import type { Claim } from "../claim.ts";
import type { PodFacts } from "../facts.ts";
import type { Observations } from "../observation.ts";
import { prove } from "../prove.ts";

/** What a shared network namespace means for the processes in it: one localhost, and one set of ports. */
export function judgeLocalhost(pod: PodFacts, report: Observations): Claim[] {
  const scenario = pod.namespace;
  const about = { pod: pod.name, containers: pod.containers };
  const [, second = "the second"] = pod.containers;
  return [
    prove(report, {
      scenario,
      kind: "localhost-shared",
      about,
      expected: `${second} reads the greeting`,
      from: ["caller", "listener"],
      answers: [1],
      read: (heard) => ({
        ok: heard.trim() === "hello from the first container",
        observed: heard.trim() === "" ? `${second} read nothing` : `${second} read "${heard.trim()}"`,
      }),
    }),
    prove(report, {
      scenario,
      kind: "localhost-not-from-outside",
      about: { pod: pod.name, address: pod.ip },
      expected: "Connection refused",
      from: ["caller-on-node"],
      answers: [1],
      read: (output) => ({
        ok: /Connection refused/.test(output),
        observed: output.trim() || "the connection was accepted",
      }),
    }),
    prove(report, {
      scenario,
      kind: "port-taken",
      about,
      expected: "Address already in use",
      from: ["second-listener"],
      answers: [1],
      read: (output) => ({
        ok: /Address (already )?in use/.test(output),
        observed:
          output
            .split("\n")
            .find((line) => /in use/.test(line))
            ?.trim() ??
          (output.trim() || "it listens as well"),
      }),
    }),
  ];
}
