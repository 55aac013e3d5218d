import type { Claim } from "../../evidence/claim.ts";
import type { PodFacts } from "../../evidence/facts.ts";
import type { Hop } from "../../evidence/journey/journey.ts";
import type { Loss } from "../../evidence/loss.ts";
import { isAnswer } from "../../evidence/journey/marked.ts";
import { sayCause, sayLimit } from "../../evidence/cause/words.ts";
import type { Why } from "../../evidence/cause/find.ts";
import { columns, paint, wrap } from "../view/say.ts";
import type { Lookup } from "./lookup.ts";
import type { Stranger } from "./stranger.ts";
import type { Translated } from "./watch.ts";

/** What a trace found, for a terminal or as JSON. */
export interface TraceResult {
  readonly from: PodFacts;
  readonly to: PodFacts;
  readonly protocol: string;
  /** The command that sent the packet, what it printed, and its exit code. */
  readonly probe: { readonly command: string; readonly output: string; readonly exit: number };
  readonly verdict: "answered" | "refused" | "lost";
  /** When a name was looked up first. */
  readonly lookup?: Lookup;
  /** When it was not sent to a pod's own address. */
  readonly through?: {
    readonly address: string;
    readonly port?: number;
    /** NAMESPACE/NAME of the Service whose address it is. */
    readonly service?: string;
    /** ADDRESS:PORT of what stands ready behind it, and of the one that was chosen. */
    readonly endpoints?: readonly string[];
    readonly chosen?: string;
  };
  /** When a Service refused. */
  readonly refused?: { readonly why: string; readonly see: string };
  readonly hops: readonly Hop[];
  /** When an address was changed on the way: each change, with its rule. */
  readonly translations?: readonly Translated[];
  /** When another pod with the same address has answered. */
  readonly another?: Stranger;
  /** When it was lost: where, why, which claims do not hold, and what became of others like it that were sent afterwards. */
  readonly loss?: Loss & {
    readonly failing: readonly Claim[];
    readonly why: Why;
    readonly again: { readonly sent: number; readonly answered: number };
  };
}

/** A packet's way as a table, and what became of it. Pure, but for colour. */
export function renderTrace(result: TraceResult): string[] {
  const { from, to } = result;
  const place = ({ name, ip, node }: PodFacts): string => `${paint("bold", name)} ${ip} on ${node}`;
  const called = result.through === undefined ? [`to   ${place(to)}`] : throughLines(result.through, to);
  return [`from ${place(from)}`, ...looked(result), ...called, "", ...hopLines(result), ...verdictLines(result)];
}

const looked = ({ lookup }: TraceResult): string[] => (lookup === undefined ? [] : lookupLines(lookup));

/** The questions, in order, and what came of them. Pure, but for colour. */
export function lookupLines({ host, server, asked, address }: Lookup): string[] {
  return [
    `name ${paint("bold", host)}, asked of ${server}`,
    ...asked.map(({ name, server: other, addresses, answered }) => {
      const none = answered ? "no such name" : "no answer";
      return `       ${name}${other === undefined ? "" : ` at ${other}`}: ${addresses.join(", ") || none}`;
    }),
    ...(address === undefined ? [`${paint("red", "not found")}: no packet was sent`] : []),
  ];
}

function throughLines(through: NonNullable<TraceResult["through"]>, to: PodFacts): string[] {
  const { address, port, service, endpoints = [], chosen } = through;
  const called = `${address}${port === undefined ? "" : `:${port}`}`;
  if (service === undefined) return [`to   ${paint("bold", to.name === address ? called : `${to.name} ${called}`)}`];
  const choice = chosen === undefined ? "" : `, by chance ${paint("bold", to.name)} ${chosen} on ${to.node}`;
  return [
    `to   ${paint("bold", service)} ${called}`,
    `       ${endpoints.length === 0 ? "nobody stands ready behind it" : `one of ${endpoints.join(", ")}`}${choice}`,
  ];
}

function hopLines({ hops, translations = [] }: TraceResult): string[] {
  const rows = columns(
    hops.map(({ machine, interface: device, direction, ttl, micros, outer }, index) => [
      String(index + 1).padStart(2),
      machine,
      device,
      direction,
      `${Math.round(micros)} µs`.padStart(8),
      `TTL ${ttl}`,
      outer === undefined ? "" : `${carriedBy(outer)} to ${outer.destination}`,
    ]),
  );
  const lines = hops.flatMap(({ kind, leg, machine, interface: device, direction }, index) => {
    const row = `  ${rows[index] ?? ""}`;
    const changed = translations
      .filter((one) => one.leg === leg && one.machine === machine)
      .filter((one) => one.interface === device && one.direction === direction)
      .flatMap(translationLines);
    return [...(hops[index - 1]?.leg === leg ? [] : [`${leg}: ${kind}`]), ...changed, row];
  });
  const remarks = [
    ...(hops.some((hop) => hop.aligned)
      ? ["times of the second machine are shifted to fit: its clock is another"]
      : []),
    ...(hops.some(({ micros }, index) => micros < (hops[index - 1]?.micros ?? 0))
      ? ["a bridge shows itself a frame after it has passed it on: the order is that of the way, not of the times"]
      : []),
  ];
  return lines.length === 0 ? [] : [...lines, ...remarks.map((remark) => `  ${paint("dim", remark)}`), ""];
}

/** In one word, what is around the packet. */
const carriedBy = ({ vni, destinationPort, sealed }: NonNullable<Hop["outer"]>): string =>
  destinationPort === undefined ? "IP" : sealed ? "encrypted" : vni === undefined ? "UDP" : `VXLAN ${vni}`;

function translationLines({ leg, what, was, is, rule }: Translated): string[] {
  const by =
    rule === undefined ? (leg === "reply" ? ", as it was before" : "") : `, by table ${rule.table}: ${rule.rule}`;
  return [`      ${paint("yellow", "changed")}  the ${what} ${was} became ${is}${by}`];
}

function verdictLines({ verdict, hops, probe, loss, to, another, refused }: TraceResult): string[] {
  const last = hops.at(-1);
  const error =
    last !== undefined && last.leg === "reply" && !isAnswer(last.kind)
      ? [`  came back  ${last.kind} from ${last.source}`]
      : [];
  switch (verdict) {
    case "answered":
      if (another !== undefined) return strangerLines(to, another);
      return [`${paint("green", "answered")}: there and back in ${Math.round(last?.micros ?? 0)} µs`];
    case "refused":
      if (refused !== undefined)
        return [
          `${paint("yellow", "refused")}: ${last?.kind ?? "an error"} came back from ${last?.source ?? "the node"}`,
          ...field("why", refused.why),
          `    see it   ${refused.see}`,
        ];
      return [
        `${paint("yellow", "refused")}: ${last?.kind ?? "an error"} came back; the way is open, but ${to.name} takes no such packet`,
      ];
    case "lost":
      return [
        `${paint("red", "lost")}: ${loss?.last === undefined ? "seen on no interface of the node" : `seen last on ${loss.last.machine}, ${loss.last.interface} ${loss.last.direction}`}`,
        ...error,
        ...(loss === undefined ? [] : whyLines(loss)),
        `  look at    ${loss?.between ?? "the whole way"}`,
        `  command    ${probe.command}`,
        ...probe.output
          .split("\n")
          .filter((line) => line.trim() !== "")
          .map((line) => `             ${line}`),
        ...(loss === undefined ? [] : explanation(loss)),
      ];
    default: {
      const unknown: never = verdict;
      throw new Error(`no such verdict: ${String(unknown)}`);
    }
  }
}

function strangerLines(to: PodFacts, { machine, interface: device, expected, pod }: Stranger): string[] {
  return [
    `${paint("yellow", "answered by another pod")}: ${pod ?? `the pod behind ${device}`} on ${machine} has the address ${to.ip} too`,
    ...field("look at", `the packet went out by ${device}; ${to.name} is behind ${expected}`),
  ];
}

/** The most that a line of a sentence may take of a terminal. */
const width = 100;
const indent = 13;

/** A name, and a text beside it over as many lines as it needs. */
function field(name: string, text: string): string[] {
  return wrap(text, width - indent).map((line, index) => `  ${(index === 0 ? name : "").padEnd(indent - 2)}${line}`);
}

/** The cause that is worth the most, what shows it and what mends it; then what else was found. */
function whyLines({ why: { causes, limits }, again }: NonNullable<TraceResult["loss"]>): string[] {
  return [
    ...causes.flatMap((cause, index) => [
      ...field(index === 0 ? "why" : "and", sayCause(cause, "en")),
      // Whole, so that they can be copied.
      `    see it   on ${cause.node}: ${cause.see}`,
      ...(cause.mend === undefined ? [] : [`    mend it  on ${cause.node}: ${cause.mend}`]),
    ]),
    ...(again.answered > 0
      ? field("again", `of ${again.sent} sent afterwards ${again.answered} came back: what loses them comes and goes`)
      : []),
    ...limits.flatMap((limit) => field("unasked", sayLimit(limit, "en"))),
  ];
}

function explanation({ failing, why }: NonNullable<TraceResult["loss"]>): string[] {
  if (failing.length === 0)
    return why.causes.length > 0
      ? []
      : ["", "Every claim about the way holds: a filter, or the pod itself, is the likeliest place."];
  return [
    "",
    `What does not hold on the way (${failing.length}):`,
    ...failing.flatMap(({ id, claim, node, command, expected, observed }) => [
      `  ${paint("red", "✗")} ${id}: ${claim}`,
      `      on       ${node}: ${command.split("\n").join("; ")}`,
      `      expected ${expected}`,
      `      observed ${observed.split("\n").join(" ")}`,
    ]),
  ];
}
