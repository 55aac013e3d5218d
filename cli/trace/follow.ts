import { randomBytes } from "node:crypto";
import { type Backend, hopsOnEnd } from "../../evidence/backends.ts";
import { type Family, ipv4 } from "../../evidence/family.ts";
import { linesAbout } from "../../evidence/journey/capture-filter.ts";
import { markFilter } from "../../evidence/journey/follow-filters.ts";
import type { PodFacts } from "../../evidence/facts.ts";
import { type Captured, type Captures, followSteps, markedFrames, type Step } from "../../evidence/journey/journey.ts";
import type { Marked, Protocol } from "../../evidence/journey/marked.ts";
import { type Observations, type Observation } from "../../evidence/observation.ts";
import type { Given, ScriptsWith } from "../../nodes/script.ts";
import type { Node } from "../stack/results.ts";
import { Problem } from "../view/problem.ts";
import type { Run } from "./door.ts";
import { mark } from "./mark.ts";

/** From where to where, and how. */
export interface Flow {
  readonly protocol: Protocol;
  readonly from: PodFacts;
  readonly to: PodFacts;
  /** TCP or UDP port of the other pod. @default a server that echoes is started beside the pod's own, on port 7, and ended afterwards */
  readonly port?: number | undefined;
  /** The sender's node and, where that is another, the receiver's. */
  readonly nodes: readonly [Node] | readonly [Node, Node];
  readonly backend: Backend;
  /** Of all addresses here. @default ipv4 */
  readonly family?: Family;
}

export interface Journey {
  readonly steps: readonly Step[];
  /** All that was captured of the packet, the steps' frames included. */
  readonly captured: readonly Captured[];
  /** The command that sent the packet, and what it said. */
  readonly probe: Observation;
  readonly answered: boolean;
  /** The interface of each pod of the nodes, as the CNI plugin wrote it down. */
  readonly veths: readonly Veth[];
}

export interface Veth {
  readonly machine: string;
  readonly uid: string;
  /** NAMESPACE/NAME. */
  readonly pod: string;
  readonly veth: string;
}

export const echoPort = 7;
/** How often a packet that was answered, but not seen everywhere, is sent again. */
const attempts = 3;

/** Hops that a packet and its answer have on each node of the way. */
const frames = ({ nodes, backend }: Flow): number => (nodes.length === 1 ? 6 : hopsOnEnd(backend));

/** Does the work while the other pod has a server that answers, where it needs one. An answer that is lost needs it as long as anybody asks why. */
export async function whileAnswered<T>(
  run: Run,
  { protocol, to, nodes, port }: Flow,
  work: () => Promise<T>,
): Promise<T> {
  const receiver = nodes.at(-1) ?? nodes[0];
  // A name of its own: another trace may run at the same time, and ends its own servers only.
  const unit = `podnet-echo-trace-${randomBytes(4).toString("hex")}`;
  const serves = protocol !== "icmp" && port === undefined;
  try {
    if (serves) await run(receiver, "observe/serve-echo", { params: { PODS: words([to]), UNIT: unit } });
    return await work();
  } finally {
    if (serves) await run(receiver, "observe/serve-echo", { params: { PODS: "", UNIT: unit } });
  }
}

/** Sends one packet and follows it; again where it was answered while a busy machine's capture lost a part of the way. */
export async function follow(run: Run, flow: Flow): Promise<Journey> {
  for (let attempt = 1; ; attempt++) {
    const journey = await sendOne(run, flow);
    if (!journey.answered || journey.steps.length >= frames(flow) * flow.nodes.length || attempt === attempts)
      return journey;
  }
}

async function sendOne(run: Run, flow: Flow): Promise<Journey> {
  const { protocol, from, to, nodes, port = echoPort, backend, family = ipv4 } = flow;
  const { marked, followed, params, lines } = mark(protocol, from.ip, port);
  const JOURNEY = `trace-${randomBytes(4).toString("hex")}`;
  await Promise.all(
    nodes.map((node) =>
      run(node, "observe/capture", { params: { JOURNEY, FILTER: markFilter(followed, backend, family) } }),
    ),
  );
  const sent = await observe(run, nodes[0], "observe/probe", {
    params: { PODS: words([from, to]), FROM: from.name, TO: to.name, PROTOCOL: protocol, ...params },
  });
  const captures = await Promise.all(
    nodes.map((node) =>
      observe(run, node, "observe/captured", {
        params: { JOURNEY, FRAMES: frames(flow), LINES: linesAbout(family.name === "ipv4" ? lines : "ICMP6", backend) },
      }),
    ),
  );
  const probe = sent.observations.find(({ id }) => id === "probe");
  if (probe === undefined) {
    throw new Problem(
      `the API server says that ${from.name} runs on ${nodes[0].name}, and no such pod runs there: nothing was sent; ` +
        `./lab ssh ${nodes[0].name} crictl pods shows what does`,
    );
  }
  const [sender, receiver] = captures as [Observations, Observations?];
  return {
    steps: stepsOf(marked, { sender, receiver, carriage: { backend, nodes, family } }),
    captured: markedFrames(marked, backend, sender, receiver),
    probe,
    answered: probe.exit === 0,
    veths: captures.flatMap(vethsOf),
  };
}

/** Lines of UID, NAMESPACE/NAME and interface. A node whose runtime keeps no such record tells nothing. */
function vethsOf({ node, observations }: Observations): readonly Veth[] {
  const found = observations.find(({ id }) => id === "veths");
  if (found?.exit !== 0) return [];
  return found.output.split("\n").flatMap((line) => {
    const [uid, pod, veth] = line.split(" ");
    return uid === undefined || pod === undefined || veth === undefined ? [] : [{ machine: node, uid, pod, veth }];
  });
}

function stepsOf(marked: Marked, captures: Captures): readonly Step[] {
  try {
    return followSteps(marked, captures);
  } catch {
    // The captures were read: that no interface saw the packet is a result.
    return [];
  }
}

export const words = (pods: readonly PodFacts[]): string =>
  pods.map(({ name, uid, ip }) => `${name}=${uid}=${ip}`).join(" ");

/** What an observer printed, under the name that the node has in the cluster. */
export async function observe<Name extends ScriptsWith<Observations>>(
  run: Run,
  node: Node,
  script: Name,
  given: Given<Name>,
): Promise<Observations> {
  const said = (await run(node, script, given)) as Observations;
  return { ...said, node: node.name };
}
