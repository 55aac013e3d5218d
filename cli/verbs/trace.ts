import { writeFileSync } from "node:fs";
import { type Backend, backendOf, carriedByVxlan, carrierIn } from "../../evidence/backends.ts";
import type { PodFacts } from "../../evidence/facts.ts";
import { findCauses } from "../../evidence/cause/find.ts";
import { explain, locateLoss } from "../../evidence/loss.ts";
import { translations } from "../../evidence/journey/translation.ts";
import { isAnswer, type Protocol } from "../../evidence/journey/marked.ts";
import { plainJson } from "../../evidence/plain-text.ts";
import { wiresharkHint, writePcapng } from "../../evidence/journey/pcapng.ts";
import { Problem } from "../view/problem.ts";
import { platformOf } from "../stack/config.ts";
import type { Node } from "../stack/results.ts";
import { say } from "../view/say.ts";
import { pick } from "./ssh.ts";
import { choosePod6, traceBy6, wantsIpv6 } from "../trace/by6.ts";
import { diagnose } from "../trace/diagnose.ts";
import { type Run, withNodes } from "../trace/door.ts";
import { follow, type Flow, type Journey, whileAnswered } from "../trace/follow.ts";
import {
  addressTowards,
  callFromHere,
  outside,
  refuseApart,
  refuseUnreachable,
  seenFromOutside,
  thisMachine,
} from "../trace/outside.ts";
import { choosePod } from "../trace/pods.ts";
import { lookUp } from "../trace/lookup.ts";
import {
  type Called,
  chooseTarget,
  type Known,
  nameFrom,
  portOf,
  type Reached,
  targetAt,
  whyRefused,
} from "../trace/target.ts";
import { type Passage, passThrough } from "../trace/through.ts";
import { strangerOf } from "../trace/stranger.ts";
import { watch, withRules } from "../trace/watch.ts";
import { lookupLines, type TraceResult, renderTrace } from "../trace/view.ts";

export interface TraceOptions {
  readonly stack: string;
  /** @default icmp; to a Service, what its port takes */
  readonly proto?: Protocol;
  readonly port?: number;
  /** "4" or "6". @default 6 for an IPv6 address, else 4 */
  readonly family?: string;
  readonly pcap?: string;
  readonly json?: boolean;
}

/** `./lab trace FROM TO`: one packet and its answer, seen on every interface. @returns 0 when it was answered, else 1 */
export async function trace(first: string, second: string, options: TraceOptions): Promise<number> {
  const { stack, proto, port, family, pcap, json } = options;
  if (proto === "icmp" && port !== undefined)
    throw new Problem("--port goes with --proto tcp or --proto udp; ICMP has no ports", 2);
  if (first === outside) refuseApart(platformOf(stack));
  return await withNodes(stack, async (run, { nodes = [], network }) => {
    const by6 = wantsIpv6(second, family, network?.ipFamily);
    if (by6 && ((proto ?? "icmp") !== "icmp" || port !== undefined))
      throw new Problem("by IPv6 a ping is followed, and no other protocol yet; leave out --proto and --port", 2);
    const backend = backendOf(carrierIn(network));
    const controlPlane = nodes.find(({ role }) => role === "control-plane");
    if (controlPlane === undefined) throw new Problem(`lab "${stack}" has no control plane`);
    const pods = await run(controlPlane, "observe/list-pods", {});
    if (by6) {
      const ends = [choosePod6({ pods }, first), choosePod6({ pods }, second)] as const;
      if (ends[0].uid === ends[1].uid)
        throw new Problem(`a packet from ${ends[0].name} to itself passes no interface of the node; name two pods`, 2);
      const traced = await traceBy6(run, backend, controlPlane, between(nodes, ...ends), ends);
      if (pcap !== undefined) save(pcap, traced.flow, traced.journey, nodes);
      process.stdout.write(json ? `${plainJson(traced.result)}\n` : `\n${renderTrace(traced.result).join("\n")}\n`);
      return traced.result.verdict === "answered" ? 0 : 1;
    }
    const from = first === outside ? thisMachine("") : chooseSource(first, pods, nodes);
    const known = { pods, nodes, services: await run(controlPlane, "observe/list-services", {}) };
    const asked = { ...(port !== undefined && { port }), ...(proto !== undefined && { protocol: proto }) };
    const named = chooseTarget(second, known, asked);
    const wanted = from.name === outside ? seenFromOutside(named, known, asked) : named;
    const host =
      wanted.kind === "name"
        ? wanted.host
        : wanted.kind === "service" && wanted.node === undefined
          ? nameFrom(from.namespace, wanted.service)
          : undefined;
    if (wanted.kind === "name" && from.name === outside)
      throw new Problem(
        "a name of the cluster is not known outside, and no other leads to a machine of the lab's; name node/NAME",
        2,
      );
    const byName = wanted.kind === "name" || (!isNode(from) && from.name !== outside);
    const lookup =
      host === undefined || !byName
        ? undefined
        : await lookUp(run, pick(nodes, from.node), from, host, isNode(from) ? dnsOf(known) : undefined);
    if (wanted.kind === "name" && lookup?.address === undefined) {
      process.stdout.write(json ? `${plainJson({ from, lookup })}\n` : `\n${lookupLines(lookup!).join("\n")}\n`);
      return 1;
    }
    const target = wanted.kind === "name" ? targetAt(lookup?.address ?? "", known, asked) : wanted;
    if (from.name === outside) refuseUnreachable(target, port, proto);
    const { flow, journey, result } =
      target.kind === "pod" && !isNode(from) && from.name !== outside
        ? await toPod(run, backend, controlPlane, nodes, from, target.pod, proto ?? "icmp", port)
        : await toAddress(run, backend, nodes, from, target, asked);
    if (pcap !== undefined) save(pcap, flow, journey, nodes);
    const whole = { ...result, ...(lookup && { lookup }) };
    process.stdout.write(json ? `${plainJson(whole)}\n` : `\n${renderTrace(whole).join("\n")}\n`);
    return result.verdict === "answered" ? 0 : 1;
  });
}

interface Traced {
  readonly flow: Flow;
  readonly journey: Journey;
  readonly result: TraceResult;
}

async function toPod(
  run: Run,
  backend: Backend,
  controlPlane: Node,
  nodes: readonly Node[],
  from: PodFacts,
  to: PodFacts,
  protocol: Protocol,
  port: number | undefined,
): Promise<Traced> {
  if (from.uid === to.uid)
    throw new Problem(`a packet from ${from.name} to itself passes no interface of the node; name two pods`, 2);
  const flow: Flow = { protocol, from, to, port, nodes: between(nodes, from, to), backend };
  say(`Capturing on ${flow.nodes.map(({ name }) => name).join(" and ")}, then sending one packet`);
  return await whileAnswered(run, flow, async () => {
    const journey = await follow(run, flow);
    return { flow, journey, result: await find(run, controlPlane, flow, journey) };
  });
}

/** To a Service, which sends the packet on to a pod, or to an address that is no pod's. */
async function toAddress(
  run: Run,
  backend: Backend,
  nodes: readonly Node[],
  from: PodFacts,
  target: Reached,
  asked: { readonly port?: number; readonly protocol?: Protocol },
): Promise<Traced> {
  const address = target.kind === "pod" ? target.pod.ip : target.address;
  const onNode = target.kind === "pod" ? undefined : target.node;
  const called = target.kind === "service" ? target : undefined;
  const port = portOf(target, asked);
  const protocol =
    asked.protocol ?? (called === undefined ? (port === undefined ? "icmp" : "tcp") : protocolOf(called.port.protocol));
  if (protocol !== "icmp" && port === undefined)
    throw new Problem(`write the port that ${address} is to be called at: --port PORT`, 2);
  // What comes from outside is seen first on the node that it calls.
  const enters = from.name === outside;
  const sender = enters && onNode !== undefined ? onNode : pick(nodes, from.node);
  const caller = enters ? thisMachine(await addressTowards(address)) : from;
  const backends = called?.backends ?? (target.kind === "pod" ? [{ pod: target.pod, port: port ?? 0 }] : []);
  const possible = [...backends.map(({ pod }) => pod.node), ...(onNode ? [onNode.name] : [])];
  const others = nodes.filter((node) => node !== sender && possible.includes(node.name));
  say(`Capturing on ${[sender, ...others].map(({ name }) => name).join(" and ")}, then sending one packet`);
  const passage = await passThrough(run, {
    protocol,
    from: caller,
    address,
    ...(port !== undefined && { port }),
    backends,
    byNode: isNode(from),
    ...(enters && { fromOutside: (sourcePort: number) => callFromHere(address, port ?? 0, sourcePort) }),
    backend,
    nodes: [sender, ...others],
    ...(onNode && { called: onNode }),
  });
  const { journey, chosen } = passage;
  const to: PodFacts = chosen?.pod ?? {
    ...from,
    name: called?.title ?? (onNode ? `node/${onNode.name}` : address),
    uid: "none",
    node: onNode?.name ?? (called ? from.node : "no node of the lab"),
    ip: address,
    containers: [],
  };
  const flow: Flow = { protocol, from: caller, to, port, nodes: passage.nodes, backend };
  return { flow, journey, result: findThrough(flow, passage, address, called) };
}

/** A pod, or a process of a node. */
function chooseSource(wanted: string, pods: Parameters<typeof choosePod>[0], nodes: readonly Node[]): PodFacts {
  if (!wanted.startsWith("node/")) return choosePod(pods, wanted);
  const { name, address } = pick(nodes, wanted.slice("node/".length));
  return { name: `node/${name}`, namespace: "", uid: "none", node: name, ip: address, containers: [] };
}

/** Address of the cluster's DNS, which a node's own resolver does not ask. */
const dnsOf = ({ services }: Known): string | undefined =>
  services.find(({ namespace, name }) => namespace === "kube-system" && name === "kube-dns")?.address;

const isNode = ({ uid, name }: PodFacts): boolean => uid === "none" && name.startsWith("node/");

const protocolOf = (name: string): Protocol => (name === "UDP" ? "udp" : "tcp");

/** What became of a packet that was not for a pod's own address. Pure. */
export function findThrough(
  { protocol, from, to, port, nodes, backend }: Flow,
  { journey, chosen, reports }: Passage,
  address: string,
  called: Called | undefined,
): TraceResult {
  const hops = journey.steps.map(({ hop }) => hop);
  const { command, output, exit } = journey.probe;
  const first = hops[0];
  // A node's own packet is changed before any interface sees it.
  const before = isNode(from) && first !== undefined ? [{ ...first, source: from.ip, destination: address }] : [];
  const changes = withRules(translations([...before, ...hops]), reports);
  const through: TraceResult["through"] = {
    address,
    ...(port !== undefined && { port }),
    ...(called && { service: called.title, endpoints: called.backends.map(({ pod, port: at }) => `${pod.ip}:${at}`) }),
    ...(chosen && { chosen: `${chosen.pod.ip}:${chosen.port}` }),
  };
  const common = {
    from,
    to,
    protocol,
    probe: { command, output, exit },
    hops,
    through,
    ...(changes.length > 0 && { translations: changes }),
  };
  if (journey.answered) return { ...common, verdict: "answered" };
  const back = hops.findLast(({ leg, kind }) => leg === "reply" && !isAnswer(kind));
  // Nobody stands behind it, or the pod itself turned the connection away: not a loss.
  const refused = called !== undefined && (called.backends.length === 0 || back?.kind.startsWith("TCP RST"));
  // Of a Service an error comes back by its address, whoever sent it: a filter that turned the packet away is a loss, and has a cause.
  if (back !== undefined && (refused || (called === undefined && back.source === address)))
    return { ...common, verdict: "refused", ...(called && { refused: whyRefused(called) }) };
  const loss = locateLoss(hops, "en", backend);
  const scene = { protocol, from, to, nodes, backend, reports, ...(loss.last && { last: loss.last }) };
  return {
    ...common,
    verdict: "lost",
    loss: { ...loss, failing: [], why: findCauses(scene), again: { sent: 1, answered: 0 } },
  };
}

function between(nodes: readonly Node[], from: PodFacts, to: PodFacts): Flow["nodes"] {
  const [one, other] = [pick(nodes, from.node), pick(nodes, to.node)];
  return one === other ? [one] : [one, other];
}

async function find(run: Run, controlPlane: Node, flow: Flow, journey: Journey): Promise<TraceResult> {
  const { from, to, protocol, nodes, backend } = flow;
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
  const loss = locateLoss(hops, "en", backend);
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
    backend,
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

function save(
  file: string,
  { from, to, protocol, backend }: Flow,
  { captured, steps }: Journey,
  nodes: readonly Node[],
): void {
  const title = `One packet (${protocol}) from ${from.name} on ${from.node} to ${to.name} on ${to.node}`;
  const names = [...[from, to].map(({ ip, name }) => ({ address: ip, name })), ...nodes];
  writeFileSync(file, writePcapng(title, captured, steps, names));
  const told = carriedByVxlan(backend) && wiresharkHint(backend.port) !== undefined;
  const hint = told ? `; in Wireshark, decode UDP port ${backend.port} as VXLAN` : "";
  say(`Wrote ${captured.length} frames to ${file}${hint}`);
}
