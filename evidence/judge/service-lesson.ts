import { type Carrier, backendOf } from "../backends.ts";
import { contains } from "../cidr.ts";
import type { NodeFacts, PodFacts } from "../facts.ts";
import type { Observations } from "../observation.ts";
import { parseAnswers, parseTranslations, type ProxyMode, type Translation } from "../parse/service.ts";
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
  /** How packets are carried between nodes. @default vxlan */
  readonly backend?: Carrier | undefined;
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

/** The addresses of a node by which its translated packets leave: that of the device which leads to the pod that is called. */
export interface OwnAddresses {
  readonly words: string;
  /** Whether the pod with that address sees such a one. */
  readonly seenBy: (pod: string, seenAs: string) => boolean;
}

/** Where packets leave bare for another node, by the node's own interface, that is the machine's address; otherwise the bridge's or the tunnel's. */
export function ownAddresses(
  { backend, backends, nodes, podCidr }: Pick<ServiceEvidence, "backend" | "backends" | "nodes" | "podCidr">,
  node: string,
): OwnAddresses {
  const machine = nodes.find(({ name }) => name === node)?.address ?? "";
  const bare = backendOf(backend).manner === "bare";
  return {
    words: `${node}'s own${bare ? `, ${machine} towards another node and else one` : ""} in ${podCidr}`,
    seenBy: (pod, seenAs) =>
      bare && backends.some(({ ip, node: on }) => ip === pod && on !== node)
        ? seenAs === machine
        : contains(podCidr, seenAs),
  };
}

/**
 * The newest call of each of these nodes, which stands first: the table of connections keeps those of the checks before for two minutes, also to pods that
 * have gone.
 */
export function newestCalls(
  output: string,
  backends: readonly PodFacts[],
  callers: readonly NodeFacts[],
): Translation[] {
  const calls = parseTranslations(output).filter(({ answeredBy }) => backends.some(({ ip }) => ip === answeredBy));
  return callers.flatMap(({ address }) => calls.find(({ from }) => address === from) ?? []);
}
/** By which address each of them is seen. */
export const seenAs = (calls: readonly Translation[]): string =>
  [...new Set(calls.map((call) => `${call.from} as ${call.seenAs}`))].toSorted().join(", ") || "no caller";

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
