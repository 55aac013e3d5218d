import { writeFileSync } from "node:fs";
import type { PodFacts } from "../../evidence/facts.ts";
import { findCauses } from "../../evidence/cause/find.ts";
import { explain, locateLoss } from "../../evidence/loss.ts";
import { translations } from "../../evidence/journey/translation.ts";
import { isAnswer, type Protocol } from "../../evidence/journey/marked.ts";
import { writePcapng } from "../../evidence/journey/pcapng.ts";
import { Problem } from "../view/problem.ts";
import type { Node } from "../stack/results.ts";
import { say } from "../view/say.ts";
import { pick } from "./ssh.ts";
import { diagnose } from "../trace/diagnose.ts";
import { type Run, withNodes } from "../trace/door.ts";
import { follow, type Flow, type Journey } from "../trace/follow.ts";
import { choosePod } from "../trace/pods.ts";
import { strangerOf } from "../trace/stranger.ts";
import { watch, withRules } from "../trace/watch.ts";
import { type TraceResult, renderTrace } from "../trace/view.ts";

export interface TraceOptions {
  readonly stack: string;
  readonly proto: Protocol;
  readonly port?: number;
  readonly pcap?: string;
  readonly json?: boolean;
}

/** `./lab trace POD POD`: one packet from pod to pod and back, seen on every interface. @returns 0 when it was answered, else 1 */
export async function trace(first: string, second: string, options: TraceOptions): Promise<number> {
  const { stack, proto: protocol, port, pcap, json } = options;
  if (protocol === "icmp" && port !== undefined)
    throw new Problem("--port goes with --proto tcp or --proto udp; ICMP has no ports", 2);
  return await withNodes(stack, async (run, { nodes = [] }) => {
    const controlPlane = nodes.find(({ role }) => role === "control-plane");
    if (controlPlane === undefined) throw new Problem(`lab "${stack}" has no control plane`);
    const pods = await run(controlPlane, "observe/list-pods", {});
    const [from, to] = [choosePod(pods, first), choosePod(pods, second)];
    if (from.uid === to.uid)
      throw new Problem(`a packet from ${from.name} to itself passes no interface of the node; name two pods`, 2);
    const flow: Flow = { protocol, from, to, port, nodes: between(nodes, from, to) };
    say(`Capturing on ${flow.nodes.map(({ name }) => name).join(" and ")}, then sending one packet`);
    const journey = await follow(run, flow);
    const result = await find(run, controlPlane, flow, journey);
    if (pcap !== undefined) save(pcap, flow, journey, nodes);
    process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : `\n${renderTrace(result).join("\n")}\n`);
    return result.verdict === "answered" ? 0 : 1;
  });
}

function between(nodes: readonly Node[], from: PodFacts, to: PodFacts): Flow["nodes"] {
  const [one, other] = [pick(nodes, from.node), pick(nodes, to.node)];
  return one === other ? [one] : [one, other];
}

async function find(run: Run, controlPlane: Node, flow: Flow, journey: Journey): Promise<TraceResult> {
  const { from, to, protocol, nodes } = flow;
  const hops = journey.steps.map(({ hop }) => hop);
  const { command, output, exit } = journey.probe;
  const changes = translations(hops);
  const common = { from, to, protocol, probe: { command, output, exit }, hops };
  if (journey.answered) {
    const another = strangerOf(journey, to);
    const answered = { ...common, verdict: "answered", ...(another !== undefined && { another }) } as const;
    if (changes.length === 0) return answered;
    say("An address was changed on the way; asking the nodes by which rule");
    const { reports } = await watch(run, flow);
    return { ...answered, translations: withRules(changes, reports) };
  }
  const last = hops.at(-1);
  // The pod itself refused; an error that a router sends says where the packet was lost.
  if (last?.leg === "reply" && !isAnswer(last.kind) && last.source === to.ip) return { ...common, verdict: "refused" };
  say("It was lost; asking the nodes why, and checking the claims about the way");
  const loss = locateLoss(hops);
  // Side by side: what is sent again is marked anew, and no check of a claim can be taken for it.
  const [{ claims, cluster }, { reports, sent, answered }] = await Promise.all([
    diagnose(run, controlPlane, flow),
    watch(run, flow),
  ]);
  const scene = {
    protocol,
    from,
    to,
    nodes,
    reports,
    ...(loss.last && { last: loss.last }),
    ...(cluster && { cluster }),
  };
  return {
    ...common,
    ...(changes.length > 0 && { translations: withRules(changes, reports) }),
    verdict: "lost",
    loss: { ...loss, failing: explain(loss, claims), why: findCauses(scene), again: { sent, answered } },
  };
}

function save(file: string, { from, to, protocol }: Flow, { captured, steps }: Journey, nodes: readonly Node[]): void {
  const title = `One packet (${protocol}) from ${from.name} on ${from.node} to ${to.name} on ${to.node}`;
  const names = [...[from, to].map(({ ip, name }) => ({ address: ip, name })), ...nodes];
  writeFileSync(file, writePcapng(title, captured, steps, names));
  say(`Wrote ${captured.length} frames to ${file}; in Wireshark, decode UDP port 8472 as VXLAN`);
}
