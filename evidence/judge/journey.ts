import { aboutBackend, backendBy, type Carrier, backendOf, carriedByVxlan, ipInIp, lengthOnWire } from "../backends.ts";
import type { Claim } from "../claim.ts";
import { type Family, ipv4 } from "../family.ts";
import type { NodeFacts, PodFacts } from "../facts.ts";
import { type Carriage, capturedFrames, followSteps, type Hop, joinJourney, wrapped } from "../journey/journey.ts";
import type { Marked } from "../journey/marked.ts";
import { type Observations, outputOf, unseen } from "../observation.ts";
import { linkNamed, linkWith, parseLinks } from "../parse/ip.ts";
import { readIp } from "../parse/packet.ts";
import { writePcapng } from "../journey/pcapng.ts";
import { prove } from "../prove.ts";

export interface JourneyEvidence {
  /** The marked ping goes from the first to the second and back. */
  readonly pods: readonly [PodFacts, PodFacts];
  /** Hex digits in the payload. */
  readonly mark: string;
  /** Report of nodes/observe/probe.sh. */
  readonly probe: Observations;
  /** Reports of nodes/observe/captured.sh: the sender's, and the receiver's when that is another machine. */
  readonly captures: readonly [Observations] | readonly [Observations, Observations];
  /** Reports of the pods' nodes, which show their veths; in the order of the pods. */
  readonly reports: readonly [Observations, Observations];
  /** How packets are carried between nodes. @default vxlan */
  readonly backend?: Carrier;
  /** Of the packet, and of all addresses here. @default ipv4 */
  readonly family?: Family;
}

export const ping = (mark: string): Marked => ({ protocol: "icmp", mark });
const arrow = " → ";
const step = (hop: Hop): string => `${hop.interface} ${hop.direction}`;
const stepsOn = (hops: readonly Hop[], leg: Hop["leg"], machine: string): string[] =>
  hops.filter((hop) => hop.leg === leg && hop.machine === machine).map(step);

/** A journey in the stack's outputs. */
export interface Followed {
  /** None when nothing marked was captured. */
  readonly hops: readonly Hop[];
  /** The frames behind the hops as a pcapng file, in base64. */
  readonly pcapng: string;
}

export function followed(
  { mark, captures, pods, backend, family = ipv4 }: JourneyEvidence,
  nodes: readonly NodeFacts[],
): Followed {
  const [sender, receiver] = captures;
  try {
    const steps = followSteps(ping(mark), {
      sender,
      receiver,
      carriage: { backend: backendBy(backendOf(backend), family), nodes, family },
    });
    const [from, to] = pods;
    const title = `One ping from ${from.name} on ${from.node} to ${to.name} on ${to.node} (${from.namespace}), marked ${mark}`;
    const names = [...pods.map(({ ip, name }) => ({ address: ip, name })), ...nodes];
    return {
      hops: steps.map(({ hop }) => hop),
      pcapng: writePcapng(title, captures.flatMap(capturedFrames), steps, names).toString("base64"),
    };
  } catch {
    // The claims say why: each of them reads the captures again.
    return { hops: [], pcapng: "" };
  }
}

/** Name on its node of the other end of a pod's eth0. */
function vethOf(report: Observations, pod: PodFacts): string {
  const { peer } = linkNamed(parseLinks(outputOf(report, `addresses/${pod.name}`)), "eth0");
  const veth = parseLinks(outputOf(report, "ports")).find(({ index }) => index === peer);
  if (veth === undefined)
    throw new Error(`no port of cni0 on ${report.node} has the index in ${pod.name}'s eth0@if${peer ?? "?"}`);
  return veth.name;
}

/** Between pods of one node the packet is bridged: veth, cni0, veth, and nothing else. */
export function judgeSameNodeJourney(evidence: JourneyEvidence): Claim[] {
  const { pods, captures, mark, reports } = evidence;
  const [capture] = captures;
  const carriage: Carriage = { backend: backendOf(evidence.backend), nodes: [] };
  const veths = (): [string, string] => [vethOf(reports[0], pods[0]), vethOf(reports[1], pods[1])];
  const scenario = pods[0].namespace;
  const leg = (kind: Hop["leg"], from: PodFacts, to: PodFacts, ends: () => [string, string]): Claim =>
    prove(capture, {
      scenario,
      kind: `journey/${kind}`,
      about: { from: from.name, to: to.name, node: capture.node, part: "whole" },
      expected: "veth in, cni0 in, veth out",
      from: ["capture"],
      read: () => {
        const [first, last] = ends();
        const path = [`${first} in`, "cni0 in", `${last} out`];
        const seen = stepsOn(joinJourney(ping(mark), capture, undefined, carriage), kind, capture.node);
        return {
          expected: path.join(arrow),
          ok: path.join() === seen.join(),
          observed: seen.join(arrow) || "never seen",
        };
      },
    });
  return [
    proveProbe(evidence),
    leg("request", pods[0], pods[1], veths),
    leg("reply", pods[1], pods[0], () => veths().toReversed() as [string, string]),
    prove(capture, {
      scenario,
      kind: "journey/not-on-overlay",
      about: { from: pods[0].name, to: pods[1].name, ...aboutBackend(backendOf(evidence.backend)) },
      expected: "no sighting but on the two veths and cni0",
      from: ["capture"],
      read: () => {
        const allowed = new Set([...veths(), "cni0"]);
        const strays = joinJourney(ping(mark), capture, undefined, carriage).filter(
          (hop) => !allowed.has(hop.interface),
        );
        return {
          ok: strays.length === 0,
          observed:
            strays.length === 0 ? `only on ${[...allowed].join(", ")}` : `also on ${strays.map(step).join(", ")}`,
        };
      },
    }),
  ];
}

/** Between pods of different nodes it is routed into the encapsulating device, carried inside another packet, and routed again; or routed bare. */
export function judgeCrossNodeJourney(evidence: JourneyEvidence, nodes: readonly NodeFacts[]): Claim[] {
  const { pods, reports, mark, family = ipv4 } = evidence;
  const backend = backendBy(backendOf(evidence.backend), family);
  const { tunnel } = backend;
  const carriage: Carriage = { backend, nodes, family };
  const [sender, receiver] = evidence.captures;
  const scenario = pods[0].namespace;
  const ends = (kind: Hop["leg"]): { from: string; to: string } => {
    const [from, to] = kind === "request" ? pods : [pods[1], pods[0]];
    return { from: from.name, to: to.name };
  };
  const end = receiver ?? unseen(pods[1].node, sender.at);
  const seenOf = (kind: Hop["leg"], capture: Observations): Hop[] =>
    joinJourney(ping(mark), sender, end, carriage).filter((hop) => hop.leg === kind && hop.machine === capture.node);
  const factsOf = (node: string): NodeFacts =>
    nodes.find(({ name }) => name === node) ?? { name: node, address: "unknown" };
  const uplink = (report: Observations): string => {
    if (backend.vtep === undefined || tunnel === undefined)
      return linkWith(parseLinks(outputOf(report, "interfaces"), family), factsOf(report.node)).name;
    const { vxlan } = linkNamed(parseLinks(outputOf(report, "vtep")), backend.vtep);
    if (vxlan === undefined) throw new Error(`${backend.vtep} on ${report.node} is not a VXLAN device`);
    return vxlan.device;
  };
  const between = tunnel === undefined ? [] : [tunnel.device];
  const way = (leaves: boolean, veth: string, wire: string): string[] =>
    leaves
      ? [`${veth} in`, "cni0 in", ...[...between, wire].map((device) => `${device} out`)]
      : [...[wire, ...between].map((device) => `${device} in`), "cni0 out", `${veth} out`];
  /** One leg on one machine: from the pod to the wire, or from the wire to the pod. */
  const half = (kind: Hop["leg"], capture: Observations, which: 0 | 1): Claim => {
    const leaves = (kind === "request") === (which === 0);
    return prove(capture, {
      scenario,
      kind: `journey/${kind}`,
      about: {
        ...ends(kind),
        node: capture.node,
        part: leaves ? "sending" : "receiving",
        ...aboutBackend(backend),
      },
      who: [pods[which].node],
      expected: way(leaves, "veth", "uplink").join(", "),
      from: ["capture"],
      read: () => {
        const path = way(leaves, vethOf(reports[which], pods[which]), uplink(reports[which]));
        const seen = seenOf(kind, capture).map(step);
        return {
          expected: path.join(arrow),
          ok: path.join() === seen.join(),
          observed: seen.join(arrow) || "never seen",
        };
      },
    });
  };
  const by = tunnel?.port === undefined ? `IP protocol ${ipInIp}` : `UDP port ${tunnel.port}`;
  const encapsulation = (kind: Hop["leg"], capture: Observations, from: string, to: string): Claim =>
    prove(capture, {
      scenario,
      kind: "journey/encapsulation",
      about: { ...ends(kind), leg: kind, ...aboutBackend(backend) },
      who: [kind],
      expected: `outer ${from} → ${to}, ${by}, ${carriedByVxlan(backend) ? `the VNI of ${tunnel?.device}, ` : ""}${tunnel?.overhead} bytes more${tunnel?.block === undefined ? "" : `, and what fills it up to a multiple of ${tunnel.block}`}`,
      from: ["capture"],
      read: () => {
        const network = (vni: number | string | undefined): string =>
          carriedByVxlan(backend) ? `VNI ${vni ?? "none"}, ` : "";
        const own = carriedByVxlan(backend)
          ? linkNamed(parseLinks(outputOf(reports[0], "vtep")), backend.vtep ?? "none").vxlan?.vni
          : undefined;
        const { outer, length } = seenOf(kind, capture).find((one) => one.outer) ?? {};
        const more = tunnel && length !== undefined ? lengthOnWire(tunnel, length) - length : tunnel?.overhead;
        const expected = `${factsOf(from).address} → ${factsOf(to).address}, ${by}, ${network(own)}${more} bytes more`;
        if (outer === undefined || length === undefined)
          return { ok: false, expected, observed: `not seen on the wire of ${capture.node}` };
        const seenBy =
          outer.destinationPort === undefined ? `IP protocol ${ipInIp}` : `UDP port ${outer.destinationPort}`;
        const observed = `${outer.source} → ${outer.destination}, ${seenBy}, ${network(outer.vni)}${outer.length - length} bytes more`;
        return { ok: observed === expected, expected, observed };
      },
    });
  /** Nothing is around it on the wire: it has the length, and the addresses, that it had when the pod sent it. */
  const bare = (kind: Hop["leg"], capture: Observations): Claim =>
    prove(capture, {
      scenario,
      kind: "journey/bare",
      about: { ...ends(kind), leg: kind },
      who: [kind],
      expected: "on the wire the pods' addresses in the one IP header, not a byte more, from the node's own MAC",
      from: ["capture"],
      read: () => {
        const seen = seenOf(kind, capture);
        const [from, to] = kind === "request" ? pods : [pods[1], pods[0]];
        const { mac = "no MAC" } = linkWith(
          parseLinks(outputOf(reports[kind === "request" ? 0 : 1], "interfaces"), family),
          factsOf(capture.node),
        );
        const sent = seen[0]?.length ?? 0;
        const expected = `${from.ip} → ${to.ip}, ${sent} bytes as sent, from ${mac}`;
        const wire = seen.find((hop) => hop.bare === true && hop.direction === "out");
        if (wire === undefined) return { ok: false, expected, observed: `not seen on the wire of ${capture.node}` };
        const observed = `${wire.source} → ${wire.destination}, ${wire.length} bytes as sent, from ${wire.sourceMac}`;
        return {
          ok: observed === expected,
          expected,
          observed: wire.length === sent ? observed : observed.replace("as sent", `instead of ${sent}`),
        };
      },
    });
  /** What is encrypted tells nobody on the way what it carries: neither the mark nor the pods' addresses are among its bytes. */
  const sealed = (kind: Hop["leg"], capture: Observations): Claim =>
    prove(capture, {
      scenario,
      kind: "journey/sealed",
      about: { ...ends(kind), leg: kind },
      who: [kind],
      expected: `on the wire neither the mark nor ${pods[0].ip} nor ${pods[1].ip}`,
      from: ["capture"],
      read: () => {
        const { frame } =
          followSteps(ping(mark), { sender, receiver: end, carriage }).find(
            ({ hop }) => hop.leg === kind && hop.machine === capture.node && hop.outer !== undefined,
          ) ?? {};
        const payload = frame && readIp(frame.packet)?.payload;
        if (payload === undefined) return { ok: false, observed: `not seen on the wire of ${capture.node}` };
        const words: readonly (readonly [string, Buffer])[] = [
          ["the mark", Buffer.from(mark, "hex")],
          ...pods.map(({ ip }) => [ip, Buffer.from(ip.split(".").map(Number))] as const),
        ];
        const found = words.filter(([, bytes]) => payload.includes(bytes)).map(([name]) => name);
        return {
          ok: found.length === 0,
          observed:
            found.length === 0 ? `none of them in ${payload.length} bytes` : `in plain text ${found.join(", ")}`,
        };
      },
    });
  const [one, other] = [pods[0].node, pods[1].node];
  return [
    proveProbe(evidence, carriage),
    half("request", sender, 0),
    half("request", end, 1),
    half("reply", end, 1),
    half("reply", sender, 0),
    ...(tunnel === undefined
      ? [bare("request", sender), bare("reply", end)]
      : [encapsulation("request", sender, one, other), encapsulation("reply", end, other, one)]),
    ...(backend.manner === "sealed" ? [sealed("request", sender), sealed("reply", end)] : []),
  ];
}

function proveProbe({ probe, pods, mark, captures }: JourneyEvidence, carriage: Carriage = wrapped): Claim {
  return prove(probe, {
    scenario: pods[0].namespace,
    kind: "journey/answered",
    about: { from: pods[0].name, to: pods[1].name, mark },
    expected: "1 of 1 answered",
    from: ["probe"],
    answers: [1],
    read: (output) => {
      if (/ 1 received/.test(output)) return { ok: true, observed: "1 of 1 answered" };
      const last = joinJourney(ping(mark), captures[0], captures[1], carriage).at(-1);
      return {
        ok: false,
        observed: `no answer; last seen: the ${last?.leg ?? "request"} on ${last?.machine ?? "no machine"}, ${last ? step(last) : "nowhere"}`,
      };
    },
  });
}
