import { randomBytes } from "node:crypto";
import type { Backend } from "../../evidence/backends.ts";
import type { PodFacts } from "../../evidence/facts.ts";
import { linesAbout } from "../../evidence/journey/capture-filter.ts";
import { lengthFilter, markExpressions, markFilter } from "../../evidence/journey/follow-filters.ts";
import { followSteps, markedFrames, type Step } from "../../evidence/journey/journey.ts";
import type { Marked, Protocol } from "../../evidence/journey/marked.ts";
import { parseTranslation } from "../../evidence/parse/service.ts";
import type { Observation, Observations } from "../../evidence/observation.ts";
import type { Node } from "../stack/results.ts";
import { Problem } from "../view/problem.ts";
import type { Run } from "./door.ts";
import { type Flow, type Journey, observe, words } from "./follow.ts";
import { mark } from "./mark.ts";
import type { Backend as Answering } from "./target.ts";
import { outward } from "./watch.ts";

/** A packet for an address that is no pod's own. */
export interface Call {
  readonly protocol: Protocol;
  readonly from: PodFacts;
  /** A process of the node sends, no pod. @default false */
  readonly byNode?: boolean;
  /** Sends from this machine, by that port, what is followed from the first of the nodes on. @default the first of the nodes sends */
  readonly fromOutside?: (sourcePort: number) => Promise<Observation>;
  readonly address: string;
  readonly port?: number;
  /** The pods that may answer in its place. */
  readonly backends: readonly Answering[];
  /** The sender's node first, then every other one that the packet may come to. */
  readonly nodes: readonly [Node, ...Node[]];
  /** The node whose address is called: the packet comes there first. */
  readonly called?: Node;
  readonly backend: Backend;
}

export interface Passage {
  readonly journey: Journey;
  /** The pod that the packet was sent on to, where one was seen. */
  readonly chosen?: Answering;
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
  { protocol, from, byNode = false, fromOutside, address, port = 0, backends, nodes, called, backend }: Call,
): Promise<Passage> {
  const { marked: asSent, followed, params, lines, length } = mark(protocol, from.ip, port);
  const id = randomBytes(6).toString("hex");
  const [JOURNEY, WATCH] = [`trace-${id.slice(0, 8)}`, id];
  const [sender] = nodes;
  const watching = {
    WATCH,
    MATCHES: markExpressions(followed, backend).join("\n"),
    EVENTS: lengthFilter(length, backend),
  };
  await Promise.all(
    nodes.flatMap((node) => [
      run(node, "observe/capture", { params: { JOURNEY, FILTER: markFilter(followed, backend) } }),
      run(node, "observe/watch", { params: watching }),
    ]),
  );
  const enters = fromOutside !== undefined;
  const sent = enters
    ? { observations: [await fromOutside(Number(params.SOURCE_PORT))] }
    : await observe(run, sender, "observe/probe", {
        params: {
          PODS: byNode ? "" : words([from]),
          FROM: byNode ? "" : from.name,
          TO: from.name,
          ADDRESS: address,
          PROTOCOL: protocol,
          ...params,
        },
      });
  const marked = byNode ? asTranslated(asSent, sent) : asSent;
  const captured = (node: Node, FRAMES: number): Promise<Observations> =>
    observe(run, node, "observe/captured", { params: { JOURNEY, FRAMES, LINES: linesAbout(lines, backend) } });
  // Two of a connection are the least that is seen where it is answered; what comes late is waited for on the other node.
  const here = await captured(sender, byNode || enters ? 4 : 6);
  const others = await Promise.all(nodes.slice(1).map((node) => captured(node, backends.length > 1 ? 0 : 2)));
  const carriage = { backend, nodes };
  const seen = [here, ...others].flatMap((report) =>
    stepsOf(() => followSteps(marked, { sender: here, receiver: report, enters, carriage })),
  );
  const chosen = backends.find(({ pod }) =>
    seen.some(({ hop }) => (hop.leg === "request" ? hop.destination : hop.source) === pod.ip),
  );
  const met = others.filter((report) =>
    markedFrames(marked, backend, here, report).some(({ machine }) => machine === report.node),
  );
  const there = met.find(({ node }) => node === chosen?.pod.node) ?? (chosen === undefined ? met[0] : undefined);
  const passed = met.find(({ node }) => node === called?.name && node !== there?.node);
  const way = nodes.filter((node) => node === sender || node.name === there?.node) as [Node, Node?];
  const known = chosen?.pod;
  const reports = await Promise.all(
    nodes.map((node) =>
      observe(run, node, "observe/watched", {
        params: {
          WATCH,
          PODS: words([...(byNode || enters ? [] : [from]), ...(known === undefined ? [] : [known])]),
          FROM: from.ip,
          TO: known?.ip ?? address,
          REQUEST_IN: node === sender && !enters ? "cni0" : outward(backend, node),
          REPLY_IN: node === sender && there !== undefined ? outward(backend, node) : "cni0",
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
      steps: stepsOf(() => followSteps(marked, { sender: here, receiver: there, between: passed, enters, carriage })),
      captured: markedFrames(marked, backend, here, there),
      probe,
      answered: probe.exit === 0,
      veths: [],
    },
    ...(chosen && { chosen }),
    reports: reports.filter(({ node }) => node === passed?.node || way.some((one) => one?.name === node)),
    nodes: way[1] === undefined ? [way[0]] : [way[0], way[1]],
  };
}

/** A connection of the node's own process, by the addresses and ports that it has on the wire. Pure. */
export function asTranslated(marked: Marked, { observations }: Pick<Observations, "observations">): Marked {
  const found = observations.find(({ id, exit }) => id === "translated" && exit === 0);
  if (marked.protocol !== "tcp" || found === undefined || !found.output.startsWith("tcp ")) return marked;
  const { seenAs, seenPort, answeredPort } = parseTranslation(found.output);
  return { ...marked, from: seenAs, sourcePort: seenPort, destinationPort: answeredPort };
}

function stepsOf(read: () => readonly Step[]): readonly Step[] {
  try {
    return read();
  } catch {
    // The captures were read: that no interface saw the packet is a result.
    return [];
  }
}
