import { type Hop, placeOf } from "../evidence/journey/journey.ts";
import { label, worded } from "./drawing.ts";
import { inEach, label as ariaLabel, say, type Text } from "./language.ts";
import { html, type Markup } from "./markup.ts";
import type { Proofs } from "./proofs.ts";
import { rulesOf } from "./translation.ts";
import { passage as words } from "./words.ts";

/** What a packet passes on one way, and where its addresses change. */
interface Lane {
  readonly leg: Hop["leg"];
  readonly hops: readonly Hop[];
  /** Index of the first hop with other addresses; -1 where none has. */
  readonly turn: number;
}

const ends = ({ source, destination }: Hop): string => `${source} → ${destination}`;

function laneOf(all: readonly Hop[], leg: Hop["leg"]): Lane {
  const hops = all.filter((hop) => hop.leg === leg);
  return { leg, hops, turn: hops.findIndex((hop, at) => at > 0 && ends(hop) !== ends(hops[at - 1]!)) };
}

/** A connection through a Service, hop by hop: its addresses on each stretch, and the rule at the place where they change. */
export function renderPassage(scenario: string, hops: readonly Hop[], proofs: Proofs): Markup | false {
  const [request, reply] = [laneOf(hops, "request"), laneOf(hops, "reply")];
  const changed = request.hops[request.turn];
  if (changed === undefined) return false;
  const rules = rulesOf(scenario, changed.machine, "service-translation", changed.destination, proofs);
  const passed: readonly Lane[] = reply.hops.length === 0 ? [request] : [request, reply];
  return html`<h3>${say(words.heading)}</h3><p class="lead">${say(words.lead)}</p>
${drawPassage(request, reply)}
${rules.length > 0 && html`<p>${say(words.rule)} <code>${changed.machine}</code>: ${rules.map((rule) => html`<code>${rule}</code> `)}${say(words.conntrack)}</p>`}
<div class="scroll" tabindex="0" role="region" ${ariaLabel(words.heading)}><table class="matrix through"><thead><tr><td></td><th scope="col">${say(words.place)}</th><th scope="col">${say(words.addresses)}</th><th scope="col">${say(words.microseconds)}</th></tr></thead><tbody>
${passed.map(({ leg, hops: way, turn }) =>
  way.map(
    (hop, at) =>
      html`<tr><th scope="row">${say(words[leg])} ${at + 1}</th><td><code>${hop.machine}</code> <code>${hop.interface}</code> ${say(words[hop.direction])}</td><td>${at === turn ? html`<b><code>${ends(hop)}</code></b>` : html`<code>${ends(hop)}</code>`}</td><td class="number">${Math.round(hop.micros)}</td></tr>`,
  ),
)}</tbody></table></div>`;
}

const [left, apart, right] = [20, 116, 150];
const rows = { machine: 16, above: 46, request: 72, device: 100, reply: 128, below: 158, end: 172 };

/** Two lines between the same places: the one there, the other back; on each stretch the addresses that the packet has. */
function drawPassage(request: Lane, reply: Lane): Markup {
  const count = request.hops.length;
  const x = (at: number): number => left + apart / 2 + at * apart;
  const width = x(count - 1) + right / 2;
  const machines = request.hops.map(({ machine }) => machine);
  const border = machines.findIndex((machine, at) => at > 0 && machine !== machines[at - 1]);
  const gate = (at: number): number => (x(at) + x(at - 1)) / 2;
  // The answer passes the same places the other way round.
  const back = reply.turn < 0 ? -1 : reply.hops.length - reply.turn;
  const name: Text = inEach((language) =>
    words.picture[language](
      ends(request.hops[0]!),
      ends(request.hops.at(-1)!),
      `${request.hops[request.turn - 1]!.interface} – ${request.hops[request.turn]!.interface}`,
    ),
  );
  const stretch = (lane: Lane, y: number): Markup => {
    const turn = lane.leg === "request" ? lane.turn : back;
    const [first, last] = lane.leg === "request" ? [lane.hops[0], lane.hops.at(-1)] : [lane.hops.at(-1), lane.hops[0]];
    const middle = turn < 0 ? x(count - 1) : gate(turn);
    return html`${first && label((x(0) + middle) / 2, y, "mono small", ends(first), "middle")}
${turn >= 0 && last && label((middle + x(count - 1)) / 2, y, "mono small", ends(last), "middle")}`;
  };
  const lane = (y: number, seen: number, turn: number): Markup =>
    html`<path class="way" d="M${x(0)} ${y}H${x(count - 1)}"/>${Array.from({ length: count }, (_, at) => html`<circle class="${at < seen ? "seen" : "ahead"}" cx="${x(at)}" cy="${y}" r="6"/>`)}${turn >= 0 && html`<rect class="gate" x="${gate(turn) - 8}" y="${y - 8}" width="16" height="16" rx="3"/>`}`;
  return html`<div class="scroll" tabindex="0" role="group"><svg class="loss through" viewBox="0 0 ${width} ${rows.end}" width="${width}" height="${rows.end}" role="img" ${ariaLabel(name)}>
${border > 0 && html`<path class="border" d="M${gate(border)} 4V${rows.end - 4}"/>`}
${label(x(0), rows.machine, "small", machines[0], "middle")}${border > 0 && label(x(border), rows.machine, "small", machines[border], "middle")}
${stretch(request, rows.above)}${lane(rows.request, count, request.turn)}
${request.hops.map((hop, at) => (placeOf(hop) === "wire" ? worded(x(at), rows.device, "small", words.wire, "middle") : label(x(at), rows.device, "small", placeOf(hop) === "pod" ? "veth" : hop.interface, "middle")))}
${reply.hops.length > 0 && html`${lane(rows.reply, reply.hops.length, back)}${stretch(reply, rows.below)}`}</svg></div>`;
}
