import { backendOf, type Carrier } from "../backends.ts";
import type { Claim } from "../claim.ts";
import type { NodeFacts, PodFacts } from "../facts.ts";
import { type Carriage, capturedFrames, followSteps, type Hop, placeOf, type Step } from "../journey/journey.ts";
import { writePcapng } from "../journey/pcapng.ts";
import type { Observations } from "../observation.ts";
import { prove } from "../prove.ts";
import type { Followed } from "./journey.ts";
import { lessonServices } from "./service-lesson.ts";

/** A connection from a pod through a Service that went to a pod of another node. */
export interface ServiceJourneyEvidence {
  readonly scenario: string;
  readonly client: PodFacts;
  /** The pod on the other node. */
  readonly far: PodFacts;
  readonly clusterIp: string;
  /** The first of the ports that the client called from, one after the other, until a connection went there. */
  readonly firstPort: number;
  /** Report of nodes/observe/probe.sh. */
  readonly probe: Observations;
  /** Reports of nodes/observe/captured.sh: the client's node's, and the pod's. */
  readonly captures: readonly [Observations, Observations];
  /** How packets are carried between nodes. @default vxlan */
  readonly backend?: Carrier | undefined;
}

/** As nodes/observe/probe.sh tries at most: with two pods one sound lab of sixteen millions goes to the near one each time. */
export const portsTried = 24;
export const servicePort = 80;

/** The first of the connections that was seen on both machines. @throws Error when none was */
function stepsOf(evidence: ServiceJourneyEvidence, nodes: readonly NodeFacts[]): readonly Step[] {
  const { client, far, firstPort, backend } = evidence;
  const [sender, receiver] = evidence.captures;
  const carriage: Carriage = { backend: backendOf(backend), nodes };
  for (let sourcePort = firstPort; sourcePort < firstPort + portsTried; sourcePort++) {
    const marked = { protocol: "tcp", from: client.ip, sourcePort, destinationPort: servicePort } as const;
    const steps = attempt(() => followSteps(marked, { sender, receiver, carriage }));
    if (steps.some(({ hop }) => hop.machine === far.node)) return steps;
  }
  throw new Error(`no connection from ${client.name} was seen on ${far.node}`);
}

function attempt(read: () => readonly Step[]): readonly Step[] {
  try {
    return read();
  } catch {
    // From that port nothing was sent: the connection before it went there.
    return [];
  }
}

export function followedThrough(evidence: ServiceJourneyEvidence, nodes: readonly NodeFacts[]): Followed {
  const { client, far, scenario, captures, clusterIp } = evidence;
  try {
    const steps = stepsOf(evidence, nodes);
    const service = lessonServices.plain;
    const title = `One connection from ${client.name} on ${client.node} through ${service} to ${far.name} on ${far.node} (${scenario})`;
    const names = [
      ...[client, far].map(({ ip, name }) => ({ address: ip, name })),
      { address: clusterIp, name: service },
      ...nodes,
    ];
    return {
      hops: steps.map(({ hop }) => hop),
      pcapng: writePcapng(title, captures.flatMap(capturedFrames), steps, names).toString("base64"),
    };
  } catch {
    // The claim says why: it reads the captures again.
    return { hops: [], pcapng: "" };
  }
}

/** Where an address changes along the way, and nowhere else: on the client's node, there and back. */
export function judgeServiceJourney(evidence: ServiceJourneyEvidence, nodes: readonly NodeFacts[]): Claim {
  const { scenario, client, far, clusterIp, captures } = evidence;
  const service = lessonServices.plain;
  const { tunnel } = backendOf(evidence.backend);
  const half = ["pod", "bridge", ...(tunnel === undefined ? [] : ["vtep"]), "wire"];
  const way = [...half, ...half.toReversed()];
  // A bridge asks the rules before it hands a packet on (br_netfilter): on the pod's cable alone the Service is called. The answer is changed back where the
  // node routes it, before it comes to the bridge.
  const addresses = (changed: number): string[] =>
    way.map((place, at) => `${place} ${at < changed ? clusterIp : far.ip}`);
  const expected = { request: addresses(1), reply: addresses(2).toReversed() };
  return prove(captures[0], {
    scenario,
    kind: "service-journey",
    about: { service, from: client.name },
    who: [service, client.name],
    expected: `from ${client.name} to ${clusterIp} on its cable, from there on to ${far.ip}; the answer from ${far.ip}, and from ${clusterIp} on ${client.node}'s bridge and the cable`,
    from: ["capture"],
    read: () => {
      const hops = stepsOf(evidence, nodes).map(({ hop }) => hop);
      const seen = (leg: Hop["leg"]): string[] =>
        hops
          .filter((hop) => hop.leg === leg)
          .map((hop) => `${placeOf(hop)} ${leg === "request" ? hop.destination : hop.source}`);
      const own = hops.every((hop) => (hop.leg === "request" ? hop.source : hop.destination) === client.ip);
      return {
        ok: own && (["request", "reply"] as const).every((leg) => seen(leg).join() === expected[leg].join()),
        observed: `${tell("to", hops, "request")}; back ${tell("from", hops, "reply")}${own ? "" : `; not always ${client.ip} at the other end`}`,
      };
    },
  });
}

/** Stretches with one address, and the interfaces of each. */
function tell(word: "to" | "from", hops: readonly Hop[], leg: Hop["leg"]): string {
  const stretches: { readonly address: string; readonly devices: string[] }[] = [];
  for (const hop of hops.filter((one) => one.leg === leg)) {
    const address = leg === "request" ? hop.destination : hop.source;
    const last = stretches.at(-1);
    if (last?.address === address) last.devices.push(hop.interface);
    else stretches.push({ address, devices: [hop.interface] });
  }
  return stretches.map(({ address, devices }) => `${word} ${address} at ${devices.join(", ")}`).join(", ") || "nothing";
}
