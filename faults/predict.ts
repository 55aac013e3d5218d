import type { Claim, ClaimOf } from "../evidence/claim.ts";
import type { Carrier } from "../evidence/backends.ts";
import type { ClaimKind } from "../evidence/kinds.ts";
import type { PodFacts } from "../evidence/facts.ts";
import type { Protocol } from "../evidence/journey/marked.ts";
import {
  type Blame,
  type End,
  type Fault,
  type LabFacts,
  type Packet,
  type Place,
  places,
  type Target,
} from "./fault.ts";
import { placeWith } from "./flows.ts";

/** A fault at its place. */
export interface Placed {
  readonly fault: Fault;
  readonly target: Target;
}

/** What must become of a claim: "either" where chance, or something that is not known, decides. */
export type Expectation = "fails" | "holds" | "either";
export type Judged = { [K in ClaimKind]: Pick<ClaimOf<K>, "id" | "kind" | "about"> }[ClaimKind];

/** What must become of a claim in a lab with these faults in. Pure. */
export function expect(claim: Judged, faults: readonly Placed[], lab: LabFacts): Expectation {
  // Of the second address family no fault says anything: some break both, and some the first alone.
  if ("family" in claim.about && claim.about.family !== undefined) return faults.length === 0 ? "holds" : "either";
  const matches = (blames: readonly Blame[] | undefined): boolean =>
    blames?.some((blame) => speaksOf(blame, claim)) ?? false;
  if (faults.some(({ fault, target }) => matches(fault.may?.(target)))) return "either";
  if (faults.some(({ fault, target }) => matches(fault.breaks?.(target)))) return "fails";
  return symptom(claim, faults, lab);
}

/** The claims that must fail, and those that may. Pure. */
export function predict(
  claims: readonly Claim[],
  faults: readonly Placed[],
  lab: LabFacts,
): { readonly fail: readonly Claim[]; readonly may: readonly Claim[] } {
  const of = (wanted: Expectation): Claim[] => claims.filter((claim) => expect(claim, faults, lab) === wanted);
  return { fail: of("fails"), may: of("either") };
}

/** Whether a blame is about this claim; one without a key is about every claim of its kind. Pure. */
export function speaksOf(blame: Blame, claim: Judged): boolean {
  const about = claim.about as Readonly<Record<string, unknown>>;
  return (
    blame.kind === claim.kind &&
    (blame.lesson === undefined || claim.id.startsWith(`${blame.lesson}/`)) &&
    Object.entries((blame.about ?? {}) as Readonly<Record<string, unknown>>).every(
      ([key, value]) => JSON.stringify(about[key]) === JSON.stringify(value),
    )
  );
}

/** Whether a pod gets names answered: by the way there, and by what it asks. Pure. */
export function servesNames(pod: PodFacts, faults: readonly Placed[], lab: LabFacts): Expectation {
  const about = { pod: pod.name, scenario: pod.namespace };
  return expect({ id: `${pod.namespace}/dns/${pod.name}`, kind: "dns", about }, faults, lab);
}

function asksNames(from: PodFacts, faults: readonly Placed[], lab: LabFacts): Expectation {
  const replicas = lab.dns ?? lab.nodes.map(({ name }) => name);
  // By the Service, and each replica by its own address.
  const each = replicas.map((node) =>
    together(
      [true, false].flatMap((service) =>
        Object.values(exchange(end(from), { node }, faults, { protocol: "udp", service })),
      ),
    ),
  );
  // kube-proxy picks a replica by chance, and where they run the scheduler has decided.
  return each.every((one) => one === each[0]) ? (each[0] ?? "either") : "either";
}

type Loss = Place | Undecided | undefined;
type Undecided = "perhaps" | "some";

const isUndecided = (loss: Loss): loss is Undecided => loss === "perhaps" || loss === "some";

/** The first place on the way at which one of the faults stops the packet. */
function lossOf(packet: Packet, faults: readonly Placed[]): Loss {
  const found = faults.flatMap(({ fault, target }) => {
    const place = fault.loses?.(packet, target);
    return place ?? [];
  });
  const certain = found.filter((place) => !isUndecided(place));
  if (certain.length === 0) return found.includes("some") ? "some" : found[0];
  return certain.reduce((first, place) => (rank(place) < rank(first) ? place : first));
}
const rank = (place: Place): number => places.indexOf(place);

/** A question and its answer: where the one, and where the other is lost. */
function exchange(
  from: End,
  to: End,
  faults: readonly Placed[],
  {
    protocol,
    large = false,
    service = false,
  }: { readonly protocol: Protocol; readonly large?: boolean; readonly service?: boolean },
): { readonly request: Loss; readonly reply: Loss } {
  const request = lossOf({ from, to, protocol, large, service, answer: false }, faults);
  const reply = lossOf({ from: to, to: from, protocol, large, service, answer: true }, faults);
  return { request, reply };
}

/** Where a packet between two pods is seen last, for a trace; undefined: it is answered, or chance decides. Pure. */
export function lastSeen(
  from: PodFacts,
  to: PodFacts,
  protocol: Protocol,
  faults: readonly Placed[],
  backend?: Carrier,
): { readonly leg: "request" | "reply"; readonly place: Place } | undefined {
  const { request, reply } = exchange(end(from), end(to), faults, { protocol });
  if (isUndecided(request)) return undefined;
  if (request !== undefined) return { leg: "request", place: placeWith(request, backend) };
  return reply === undefined || isUndecided(reply) ? undefined : { leg: "reply", place: placeWith(reply, backend) };
}

const end = (pod: PodFacts): End => ({ node: pod.node, pod });

const together = (losses: readonly Loss[]): Expectation => {
  if (losses.some((loss) => loss !== undefined && !isUndecided(loss))) return "fails";
  return losses.some(isUndecided) ? "either" : "holds";
};

/** Whether the packet got no further than before this place. */
function before(loss: Loss, place: Place): Loss {
  return loss === undefined || isUndecided(loss) || rank(loss) < rank(place) ? loss : undefined;
}

/** Lessons whose claims rest on Services. */
const chancy: ReadonlySet<string> = new Set(["service", "cluster-dns"]);

/** What becomes of a claim because packets are lost. */
function symptom(claim: Judged, faults: readonly Placed[], lab: LabFacts): Expectation {
  const scenario = claim.id.split("/")[0] ?? "";
  const pod = (name: string): PodFacts | undefined =>
    lab.pods.find((one) => one.namespace === scenario && one.name === name);
  const between = (from: string, to: string, protocol: Protocol, large = false): { request: Loss; reply: Loss } => {
    const [one, other] = [pod(from), pod(to)];
    if (one === undefined || other === undefined) return { request: "perhaps", reply: "perhaps" };
    return exchange(end(one), end(other), faults, { protocol, large });
  };
  switch (claim.kind) {
    case "no-translation": {
      // Told by a connection between the two.
      const { request, reply } = between(claim.about.from, claim.about.to, "tcp");
      return together([request, reply]);
    }
    case "loss": {
      const { request, reply } = between(claim.about.from, claim.about.to, "icmp");
      // Of as many as are sent, chance spares not all.
      return together([request, reply].map((loss) => (loss === "some" ? "pod out" : loss)));
    }
    case "ping":
    case "mtu-passes": {
      const { from, to } = claim.about;
      const { request, reply } = between(from, to, "icmp", claim.kind === "mtu-passes");
      return together([request, reply]);
    }
    case "reach": {
      const { pod: name, protocol } = claim.about;
      const from = pod(name);
      if (from === undefined) return "either";
      return together(
        lab.pods
          .filter((other) => other !== from)
          .flatMap((other) => Object.values(exchange(end(from), end(other), faults, { protocol }))),
      );
    }
    case "dns": {
      const from = pod(claim.about.pod);
      return from === undefined ? "either" : asksNames(from, faults, lab);
    }
    case "outside-name":
      // The outside itself may have no answer for the node either, and then the claim holds.
      return faults.length > 0 ? "either" : "holds";
    case "journey/answered": {
      const { request, reply } = between(claim.about.from, claim.about.to, "icmp");
      return together([request, reply]);
    }
    case "journey/request":
    case "journey/reply": {
      const { from, to, part } = claim.about;
      return together(leg(claim.kind === "journey/reply", from, to, part === "sending" ? "wire out" : "pod out"));
    }
    case "journey/bare":
    case "journey/encapsulation": {
      const { from, to, leg: which } = claim.about;
      return together(leg(which === "reply", from, to, "wire out"));
    }
    default:
      // Which of its replicas a Service answers with is kube-proxy's choice, and where they run the scheduler's.
      return chancy.has(scenario) && faults.some(({ fault }) => fault.loses !== undefined) ? "either" : "holds";
  }

  /** What keeps one leg from being seen as far as `until`. A reply comes only after its request. */
  function leg(isReply: boolean, from: string, to: string, until: Place): readonly Loss[] {
    const { request, reply } = isReply ? between(to, from, "icmp") : between(from, to, "icmp");
    return isReply ? [before(request, "pod out") ?? request, before(reply, until)] : [before(request, until)];
  }
}
