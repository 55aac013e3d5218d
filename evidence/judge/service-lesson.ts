import type { NodeFacts, PodFacts } from "../facts.ts";
import type { Observations } from "../observation.ts";
import { parseAnswers, type ProxyMode } from "../parse/service.ts";
import type { Reading } from "../prove.ts";

export interface ServiceEvidence {
  /** The lesson's namespace. */
  readonly scenario: string;
  readonly client: PodFacts;
  /** The pods behind the Services. */
  readonly backends: readonly PodFacts[];
  /** ClusterIPs by the name of the Service. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly nodePort: number;
  /** The port of the Service with externalTrafficPolicy Local. */
  readonly localPort: number;
  /** The pods that say again what they are told. */
  readonly echoes: readonly PodFacts[];
  /** What kube-proxy shall write its rules into. */
  readonly proxyMode: ProxyMode;
  readonly podCidr: string;
  readonly nodes: readonly NodeFacts[];
  /** Report of nodes/observe/endpoints.sh on the control plane. */
  readonly cluster: Observations;
  /** Reports of nodes/observe/service.sh, one a node. */
  readonly reports: readonly Observations[];
}

/** The Services of the lesson, by what they are for. */
export const lessonServices = {
  plain: "hello-world",
  nodePort: "hello-world-nodeport",
  local: "hello-world-local",
  sticky: "hello-world-sticky",
  headless: "hello-world-headless",
  empty: "hello-world-empty",
  echo: "echo",
} as const;
/** The port that hello-app listens on. */
export const helloPort = 8080;
/** The port that is told to and answers, over TCP and UDP. */
export const echoPort = 7;
/** What a node has observed. */
export type ReportOf = (node: string) => Observations;

/** As curl says it of a connection that was refused; a time-out has other words. */
export const refused =
  /Failed to connect to \S+ port \d+ after \d+ ms: (?:Couldn't|Could not) connect to server|Connection refused/;

export const listed = (pods: readonly PodFacts[]): string => pods.map(({ name }) => name).join(" and ");

/** Whether each of so many connections was answered, and by nobody else than these pods. */
export function allAnswered(output: string, pods: readonly PodFacts[], connections: number): Reading {
  const answers = parseAnswers(output);
  const total = [...answers.values()].reduce((sum, count) => sum + count, 0);
  const observed = [...answers].map(([pod, count]) => `${count} from ${pod}`).toSorted();
  return {
    ok: total === connections && [...answers.keys()].every((pod) => pods.some(({ name }) => name === pod)),
    observed: observed.join(", ") || output.trim().split("\n").at(-1) || "no answer",
  };
}
