import type { Claim } from "../claim.ts";
import type { PodFacts } from "../facts.ts";
import type { NodeReport } from "../observation.ts";
import { prove } from "../prove.ts";

/** What a shared network namespace means for the processes in it: one localhost, and one set of ports. */
export function judgeLocalhost(pod: PodFacts, report: NodeReport): Claim[] {
  const id = (name: string): string => `${pod.namespace}/${name}`;
  const [first = "the first container", second = "the second"] = pod.containers;
  return [
    prove(report, {
      id: id("localhost-shared"),
      claim: `what ${first} listens on at 127.0.0.1 is reached by ${second} at 127.0.0.1`,
      expected: `${second} reads the greeting`,
      from: ["caller", "listener"],
      answers: [1],
      read: (heard) => ({
        ok: heard.trim() === "hello from the first container",
        observed: heard.trim() === "" ? `${second} read nothing` : `${second} read "${heard.trim()}"`,
      }),
    }),
    prove(report, {
      id: id("localhost-not-from-outside"),
      claim: `the node does not reach that listener at ${pod.ip}: 127.0.0.1 is inside the pod`,
      expected: "Connection refused",
      from: ["caller-on-node"],
      answers: [1],
      read: (output) => ({
        ok: /Connection refused/.test(output),
        observed: output.trim() || "the connection was accepted",
      }),
    }),
    prove(report, {
      id: id("port-taken"),
      claim: `${second} cannot listen on a port that ${first} has: they share the ports as well`,
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
