import type { Claim } from "../../evidence/claim.ts";
import type { PodFacts } from "../../evidence/facts.ts";
import type { Hop } from "../../evidence/journey/journey.ts";
import type { Loss } from "../../evidence/loss.ts";
import { isAnswer } from "../../evidence/journey/marked.ts";
import { columns, paint } from "../view/say.ts";

/** What a trace found, for a terminal or as JSON. */
export interface TraceResult {
  readonly from: PodFacts;
  readonly to: PodFacts;
  readonly protocol: string;
  /** The command that sent the packet, what it printed, and its exit code. */
  readonly probe: { readonly command: string; readonly output: string; readonly exit: number };
  readonly verdict: "answered" | "refused" | "lost";
  readonly hops: readonly Hop[];
  /** When it was lost: where, and which claims do not hold. */
  readonly loss?: Loss & { readonly failing: readonly Claim[] };
}

/** A packet's way as a table, and what became of it. Pure, but for colour. */
export function renderTrace(result: TraceResult): string[] {
  const { from, to, hops } = result;
  const place = ({ name, ip, node }: PodFacts): string => `${paint("bold", name)} ${ip} on ${node}`;
  return [`from ${place(from)}`, `to   ${place(to)}`, "", ...hopLines(hops), ...verdictLines(result)];
}

function hopLines(hops: readonly Hop[]): string[] {
  const rows = columns(
    hops.map(({ machine, interface: device, direction, ttl, micros, outer }, index) => [
      String(index + 1).padStart(2),
      machine,
      device,
      direction,
      `${Math.round(micros)} µs`.padStart(8),
      `TTL ${ttl}`,
      outer === undefined ? "" : `VXLAN ${outer.vni} to ${outer.destination}`,
    ]),
  );
  const lines = hops.flatMap(({ kind, leg }, index) => {
    const row = `  ${rows[index] ?? ""}`;
    return hops[index - 1]?.leg === leg ? [row] : [`${leg}: ${kind}`, row];
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

function verdictLines({ verdict, hops, probe, loss, to }: TraceResult): string[] {
  const last = hops.at(-1);
  const error =
    last !== undefined && last.leg === "reply" && !isAnswer(last.kind)
      ? [`  came back  ${last.kind} from ${last.source}`]
      : [];
  switch (verdict) {
    case "answered":
      return [`${paint("green", "answered")}: there and back in ${Math.round(last?.micros ?? 0)} µs`];
    case "refused":
      return [
        `${paint("yellow", "refused")}: ${last?.kind ?? "an error"} came back; the way is open, but ${to.name} takes no such packet`,
      ];
    case "lost":
      return [
        `${paint("red", "lost")}: ${loss?.last === undefined ? "seen on no interface of the node" : `seen last on ${loss.last.machine}, ${loss.last.interface} ${loss.last.direction}`}`,
        ...error,
        `  look at    ${loss?.between ?? "the whole way"}`,
        `  command    ${probe.command}`,
        ...probe.output
          .split("\n")
          .filter((line) => line.trim() !== "")
          .map((line) => `             ${line}`),
        ...(loss === undefined ? [] : explanation(loss.failing)),
      ];
    default: {
      const unknown: never = verdict;
      throw new Error(`no such verdict: ${String(unknown)}`);
    }
  }
}

function explanation(failing: readonly Claim[]): string[] {
  if (failing.length === 0)
    return ["", "Every claim about the way holds: a filter, or the pod itself, is the likeliest place."];
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
