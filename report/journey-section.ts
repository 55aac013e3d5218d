import type { Hop } from "../evidence/journey/journey.ts";
import { type Citation, mark } from "./claim-list.ts";
import type { ClusterView } from "./cluster-view.ts";
import { type Explained, explain, type Proof } from "./explain.ts";
import { inEach, label, say, type Text } from "./language.ts";
import { html, type Markup } from "./markup.ts";
import { drawFrame, frameLength, headersOf, nest } from "./packet.ts";
import { sentenceOf } from "./pod-names.ts";
import { anchorOf, type Proofs } from "./proofs.ts";
import type { Step } from "./route.ts";
import type { Drawn } from "./topology.ts";
import { colourOf } from "./topology.ts";
import { lessons, page as words } from "./words.ts";

export interface Journey {
  readonly scenario: string;
  readonly title: Text;
  readonly hops: readonly Hop[];
  /** One for each hop. */
  readonly explained: readonly Explained[];
  /** Its way through the picture, when all of it is there. */
  readonly drawn: Drawn | undefined;
}

/** A journey with what there is to say about it. */
export function tellJourney(
  scenario: string,
  hops: readonly Hop[],
  drawn: Drawn | undefined,
  view: ClusterView,
  proofs: Proofs,
): Journey {
  const title = lessons[scenario]?.title ?? { en: scenario, zh: scenario };
  return { scenario, title, hops, drawn, explained: hops.map((hop) => explain(hop, scenario, view, proofs)) };
}

/** Which steps point to a claim, by its id. */
export function citationsOf(journeys: readonly Journey[]): ReadonlyMap<string, readonly Citation[]> {
  const found = new Map<string, Citation[]>();
  for (const { scenario, title, explained } of journeys) {
    for (const [at, { proofs }] of explained.entries()) {
      const step: Citation = { step: hopId(scenario, at), number: at + 1, journey: title };
      for (const id of new Set(proofs.map(({ claim }) => claim.id))) found.set(id, [...(found.get(id) ?? []), step]);
    }
  }
  return found;
}

/** One packet after the other, hop by hop: a table to choose from, and for each hop why the packet is there and what it looks like. */
export function renderJourneys(journeys: readonly Journey[], proofs: Proofs): Markup {
  return html`${journeys.map((journey) => renderJourney(journey, proofs))}`;
}

export const journeyId = (scenario: string): string => `journey-${scenario.replaceAll(/[^A-Za-z0-9.-]+/g, "-")}`;
const hopId = (scenario: string, at: number): string => `${journeyId(scenario)}-${at + 1}`;

function renderJourney({ scenario, title, hops, drawn, explained }: Journey, proofs: Proofs): Markup {
  const longest = Math.max(...hops.map(frameLength));
  const passing = new Set(hops.map(({ machine }) => machine)).size === 1;
  const answered = proofs.get(scenario, "journey/answered", {});
  const probe = answered?.about.mark;
  return html`<section class="trip ${colourOf(scenario)}" id="${journeyId(scenario)}" data-journey="${scenario}" aria-labelledby="${journeyId(scenario)}-title">
<h3 id="${journeyId(scenario)}-title">${say(title)}</h3>
<div class="trip-columns">
<div class="trip-table"><table><thead><tr><th scope="col">#</th><th scope="col">${say(words.interface)}</th><th scope="col">${say(words.direction)}</th><th scope="col" class="number">${say(words.ttl)}</th><th scope="col" class="number">${say(words.bytes)}</th><th scope="col" class="number">${say(words.micros)}</th></tr></thead>
${parts(hops).map(
  ({ leg, machine, first, part }) =>
    html`<tbody><tr><th colspan="6" scope="colgroup">${say(words[leg])} · <code>${machine}</code></th></tr>${part.map(
      (hop, at) =>
        renderRow(hop, first + at, scenario, passing, drawn?.route.steps[first + at], explained[first + at]?.entry),
    )}</tbody>`,
)}</table>
${answered?.ok === false && html`<p class="remark bad">${say(words.lost)}</p>`}
${remarks(
  hops,
  proofs.of(scenario).map(({ output }) => output),
).map((remark) => html`<p class="remark">${say(remark)}</p>`)}</div>
<div class="trip-hops">${hops.map((hop, at) => renderHop(hop, at, hops.length, scenario, passing, explained[at]!, longest, probe))}
<p class="remark">${say(words.macOnly)}</p></div>
</div></section>`;
}

/** What reconciles the numbers in the table with each other, and with those in the raw outputs. */
function remarks(hops: readonly Hop[], outputs: readonly string[]): Text[] {
  const machines = new Set(hops.map(({ machine }) => machine)).size;
  const late = hops.some(
    (hop, at) =>
      hop.leg === hops[at - 1]?.leg &&
      hop.machine === hops[at - 1]?.machine &&
      hop.micros < (hops[at - 1]?.micros ?? 0),
  );
  return [
    ...(hops.some(({ aligned }) => aligned) ? [words.aligned] : machines > 1 ? [words.sameClock] : []),
    ...(late ? [words.bridgeLate] : []),
    ...hops.slice(0, 1).map((hop) => cooked(frameLength(hop), hop.length)),
    ...(outputs.some((output) => output.includes(": OTV, ")) ? [words.otv] : []),
  ];
}

/** `tcpdump --interface any` puts a header of its own, "Linux cooked" version 2, where the Ethernet header was. */
function cooked(bytes: number, packet: number): Text {
  const own = 20;
  return {
    en: `Bytes are those on the link, with an Ethernet header of ${bytes - packet}. tcpdump on all interfaces puts a header of its own in that one's place, of ${own} bytes: in the raw outputs ${bytes} is ${packet + own}.`,
    zh: `字节数是链路上的，包括 ${bytes - packet} 字节的以太网头。tcpdump 在所有接口上抓包时，用自己的 ${own} 字节的头代替它：所以 ${bytes} 在原始输出里是 ${packet + own}。`,
  };
}

/** Stretches of one leg on one machine. */
function parts(hops: readonly Hop[]): { leg: Hop["leg"]; machine: string; first: number; part: Hop[] }[] {
  const all: { leg: Hop["leg"]; machine: string; first: number; part: Hop[] }[] = [];
  for (const [at, hop] of hops.entries()) {
    const last = all.at(-1);
    if (last?.leg === hop.leg && last.machine === hop.machine) last.part.push(hop);
    else all.push({ leg: hop.leg, machine: hop.machine, first: at, part: [hop] });
  }
  return all;
}

/** What a bridge passes on between two of its ports is neither for the node nor from it: tcpdump marks it P. */
function seenAs(hop: Hop, passing: boolean): "in" | "out" | "passing" {
  return passing && hop.interface === "cni0" ? "passing" : hop.direction;
}

function renderRow(hop: Hop, at: number, scenario: string, passing: boolean, step?: Step, entry?: string): Markup {
  const place = step && html` data-stop="${step.stop.id}" data-distance="${Math.round(step.distance)}"`;
  const used = entry !== undefined && html` data-entry="${entry}"`;
  const wrapped = hop.outer !== undefined && html` data-wrapped`;
  const seen = words[seenAs(hop, passing)];
  const name = label(inEach((language) => `${at + 1}: ${hop.machine}, ${hop.interface} ${seen[language]}`));
  return html`<tr data-hop="${at}"${place}${used}${wrapped}><td><a href="#${hopId(scenario, at)}" ${name}>${at + 1}</a></td><td><code>${hop.interface}</code></td><td>${say(words[seenAs(hop, passing)])}</td><td class="number">${hop.ttl}</td><td class="number">${frameLength(hop)}</td><td class="number">${Math.round(hop.micros)}</td></tr>`;
}

function renderHop(
  hop: Hop,
  at: number,
  of: number,
  scenario: string,
  passing: boolean,
  { title, why, proofs }: Explained,
  longest: number,
  probe?: string,
): Markup {
  const where: Text = {
    en: `${words[hop.leg].en}, ${hop.machine}, ${hop.interface} ${words[seenAs(hop, passing)].en}, ${Math.round(hop.micros)} µs`,
    zh: `${words[hop.leg].zh}，${hop.machine}，${hop.interface} ${words[seenAs(hop, passing)].zh}，${Math.round(hop.micros)} 微秒`,
  };
  return html`<article class="hop" id="${hopId(scenario, at)}" data-hop="${at}">
<div class="head"><h4><span class="step">${at + 1}/${of}</span> ${say(title)}</h4><p class="where">${say(where)}</p></div>
<p class="why">${say(why)}</p>
${drawFrame(hop, longest)}
<div class="headers">${nest(headersOf(hop, probe))}</div>
${proofs.length > 0 && html`<p class="proofs-title">${say(words.provedBy)}</p><ul class="proofs">${proofs.map((proof) => html`<li>${renderProof(proof)}</li>`)}</ul>`}
</article>`;
}

function renderProof({ claim, quote }: Proof): Markup {
  if (quote !== undefined) {
    const source: Text = {
      en: `\`${quote.command}\` on ${claim.node} printed`,
      zh: `${claim.node} 上 \`${quote.command}\` 的输出`,
    };
    return html`› <a href="#${anchorOf(claim)}">${say(source)}</a> <code>${quote.line}</code>`;
  }
  return html`${mark(claim.ok)} <a href="#${anchorOf(claim)}">${say(sentenceOf(claim))}</a> <code>${claim.observed}</code>`;
}

/** The buttons above the picture. They do nothing without the script, which shows them. */
export function renderControls(journeys: readonly Journey[]): Markup {
  return html`<div class="controls" data-controls hidden>
<fieldset><legend class="unseen">${say(words.which)}</legend>${journeys.map(
    ({ scenario, title }) =>
      html`<button type="button" class="${colourOf(scenario)}" data-choose="${scenario}" aria-pressed="false">${say(title)}</button>`,
  )}</fieldset>
<div class="stepper"><button type="button" data-step="-1">← ${say(words.previous)}</button><output data-count></output><button type="button" data-step="1" class="primary">${say(words.next)} →</button></div>
<p class="now"><b data-title></b></p>
<p class="unseen" aria-live="polite" data-live></p>
</div>`;
}
