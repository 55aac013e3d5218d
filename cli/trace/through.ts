import { randomBytes } from "node:crypto";
import type { PodFacts } from "../../evidence/facts.ts";
import { lengthFilter, markExpressions, markFilter } from "../../evidence/journey/follow-filters.ts";
import { followSteps, markedFrames, type Step } from "../../evidence/journey/journey.ts";
import type { Protocol } from "../../evidence/journey/marked.ts";
import type { Observations } from "../../evidence/observation.ts";
import type { Node } from "../stack/results.ts";
import { Problem } from "../view/problem.ts";
import type { Run } from "./door.ts";
import { type Flow, type Journey, observe, words } from "./follow.ts";
import { mark } from "./mark.ts";
import type { Backend } from "./target.ts";

/** A packet for an address that is no pod's own. */
export interface Call {
  readonly protocol: Protocol;
  readonly from: PodFacts;
  readonly address: string;
  readonly port?: number;
  /** The pods that may answer in its place. */
  readonly backends: readonly Backend[];
  /** The sender's node first, then every other one that the packet may come to. */
  readonly nodes: readonly [Node, ...Node[]];
}

export interface Passage {
  readonly journey: Journey;
  /** The pod that the packet was sent on to, where one was seen. */
  readonly chosen?: Backend;
  /** What the nodes on the way saw of this packet, by rule and by the kernel's own events. */
  readonly reports: readonly Observations[];
  /** The nodes of the way, as far as is known. */
  readonly nodes: Flow["nodes"];
}

/**
 * Sends one packet and follows it on every node that it may come to, through the rules as well: which pod it is sent on to is decided on the way,
 * and another packet may be sent to another.
 */
export async function passThrough(
  run: Run,
  { protocol, from, address, port = 0, backends, nodes }: Call,
): Promise<Passage> {
  const { marked, followed, params, lines, length } = mark(protocol, from.ip, port);
  const id = randomBytes(6).toString("hex");
  const [JOURNEY, WATCH] = [`trace-${id.slice(0, 8)}`, id];
  const [sender] = nodes;
  const watching = { WATCH, MATCHES: markExpressions(followed).join("\n"), EVENTS: lengthFilter(length) };
  await Promise.all(
    nodes.flatMap((node) => [
      run(node, "observe/capture", { params: { JOURNEY, FILTER: markFilter(followed) } }),
      run(node, "observe/watch", { params: watching }),
    ]),
  );
  const sent = await observe(run, sender, "observe/probe", {
    params: { PODS: words([from]), FROM: from.name, TO: from.name, ADDRESS: address, PROTOCOL: protocol, ...params },
  });
  const captured = (node: Node, FRAMES: number): Promise<Observations> =>
    observe(run, node, "observe/captured", { params: { JOURNEY, FRAMES, LINES: lines } });
  // Two of a connection are the least that is seen where it is answered; what comes late is waited for on the other node.
  const here = await captured(sender, 6);
  const toldBySender = stepsOf(() => followSteps(marked, here));
  const chosen = backends.find(({ pod }) =>
    toldBySender.some(({ hop }) => (hop.leg === "request" ? hop.destination : hop.source) === pod.ip),
  );
  const others = await Promise.all(
    nodes.slice(1).map((node) => captured(node, chosen?.pod.node === node.name ? 8 : 0)),
  );
  const there =
    chosen === undefined
      ? others.find((report) => markedFrames(marked, here, report).some(({ machine }) => machine === report.node))
      : others.find(({ node }) => node === chosen.pod.node);
  const way = nodes.filter((node) => node === sender || node.name === there?.node) as [Node, Node?];
  const known = chosen?.pod;
  const reports = await Promise.all(
    nodes.map((node) =>
      observe(run, node, "observe/watched", {
        params: {
          WATCH,
          PODS: words(known === undefined ? [from] : [from, known]),
          FROM: from.ip,
          TO: known?.ip ?? address,
          REQUEST_IN: node === sender ? "cni0" : "flannel.1",
          REPLY_IN: node === sender && there !== undefined ? "flannel.1" : "cni0",
        },
      }),
    ),
  );
  const probe = sent.observations.find(({ id: one }) => one === "probe");
  if (probe === undefined)
    throw new Problem(
      `the API server says that ${from.name} runs on ${sender.name}, and no such pod runs there: nothing was sent; ` +
        `./lab ssh ${sender.name} crictl pods shows what does`,
    );
  return {
    journey: {
      steps: stepsOf(() => followSteps(marked, here, there)),
      captured: markedFrames(marked, here, there),
      probe,
      answered: probe.exit === 0,
      veths: [],
    },
    ...(chosen && { chosen }),
    reports: reports.filter(({ node }) => way.some((one) => one?.name === node)),
    nodes: way[1] === undefined ? [way[0]] : [way[0], way[1]],
  };
}

function stepsOf(read: () => readonly Step[]): readonly Step[] {
  try {
    return read();
  } catch {
    // The captures were read: that no interface saw the packet is a result.
    return [];
  }
}
