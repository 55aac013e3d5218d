import type { Hop } from "../evidence/journey.ts";
import type { ClusterView } from "./cluster-view.ts";
import { claimWords } from "./claim-words.ts";
import { type Explained, explain } from "./explain.ts";
import { say, type Text } from "./language.ts";
import { html, type Markup } from "./markup.ts";
import { drawFrame, frameLength, headersOf, nest } from "./packet.ts";
import { anchorOf, type Proofs } from "./proofs.ts";
import type { Step } from "./route.ts";
import type { Drawn } from "./topology.ts";
import { colourOf } from "./topology.ts";
import { mark } from "./verdict-mark.ts";
import { lessons, page as words } from "./words.ts";

export interface Journey {
  readonly scenario: string;
  readonly hops: readonly Hop[];
  /** Its way through the picture, when all of it is there. */
  readonly drawn: Drawn | undefined;
}

/** One packet after the other, hop by hop: a table to choose from, and for each hop why the packet is there and what it looks like. */
export function renderJourneys(journeys: readonly Journey[], view: ClusterView, proofs: Proofs): Markup {
  return html`${journeys.map((journey) => renderJourney(journey, view, proofs))}`;
}

export const journeyId = (scenario: string): string => `journey-${scenario.replaceAll(/[^A-Za-z0-9.-]+/g, "-")}`;
const hopId = (scenario: string, at: number): string => `${journeyId(scenario)}-${at + 1}`;

function renderJourney({ scenario, hops, drawn }: Journey, view: ClusterView, proofs: Proofs): Markup {
  const title = lessons[scenario]?.title ?? { en: scenario, zh: scenario };
  const longest = Math.max(...hops.map(frameLength));
  const probe = /-p ([0-9a-f]+)/.exec(proofs.get(scenario, "journey", "answered")?.command ?? "")?.[1];
  const complete = proofs.get(scenario, "journey", "answered")?.ok ?? true;
  const explained = hops.map((hop) => explain(hop, scenario, view, proofs));
  return html`<section class="trip ${colourOf(scenario)}" id="${journeyId(scenario)}" data-journey="${scenario}" aria-labelledby="${journeyId(scenario)}-title">
<h3 id="${journeyId(scenario)}-title">${say(title)}</h3>
<div class="trip-columns">
<div class="trip-table"><table><thead><tr><th scope="col">#</th><th scope="col">${say(words.interface)}</th><th scope="col">${say(words.direction)}</th><th scope="col" class="number">TTL</th><th scope="col" class="number">${say(words.bytes)}</th><th scope="col" class="number">µs</th></tr></thead>
${parts(hops).map(
  ({ leg, machine, first, part }) => html`<tbody><tr><th colspan="6" scope="colgroup">${say(words[leg])} · <code>${machine}</code></th></tr>${part.map((hop, at) =>
    renderRow(hop, first + at, scenario, drawn?.route.steps[first + at], explained[first + at]?.entry),
  )}</tbody>`,
)}</table>
${!complete && html`<p class="remark bad">${say(words.lost)}</p>`}
${hops.some(({ aligned }) => aligned) && html`<p class="remark">${say(words.aligned)}</p>`}</div>
<div class="trip-hops">${hops.map((hop, at) => renderHop(hop, at, hops.length, scenario, explained[at]!, longest, probe))}
<p class="remark">${say(words.macOnly)}</p></div>
</div></section>`;
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

function renderRow(hop: Hop, at: number, scenario: string, step?: Step, entry?: string): Markup {
  const place = step && html` data-stop="${step.stop.id}" data-distance="${Math.round(step.distance)}"`;
  const used = entry !== undefined && html` data-entry="${entry}"`;
  const wrapped = hop.outer !== undefined && html` data-wrapped`;
  return html`<tr data-hop="${at}"${place}${used}${wrapped}><td><a href="#${hopId(scenario, at)}" aria-label="${at + 1}: ${hop.machine}, ${hop.interface} ${hop.direction}">${at + 1}</a></td><td><code>${hop.interface}</code></td><td>${say(words[hop.direction])}</td><td class="number">${hop.ttl}</td><td class="number">${frameLength(hop)}</td><td class="number">${Math.round(hop.micros)}</td></tr>`;
}

function renderHop(hop: Hop, at: number, of: number, scenario: string, { title, why, proofs }: Explained, longest: number, probe?: string): Markup {
  const where: Text = {
    en: `${words[hop.leg].en}, ${hop.machine}, ${hop.interface} ${words[hop.direction].en}, ${Math.round(hop.micros)} µs`,
    zh: `${words[hop.leg].zh}，${hop.machine}，${hop.interface} ${words[hop.direction].zh}，${Math.round(hop.micros)} 微秒`,
  };
  return html`<article class="hop" id="${hopId(scenario, at)}" data-hop="${at}">
<p class="where"><span class="step">${at + 1}/${of}</span> ${say(where)}</p>
<h4>${say(title)}</h4>
<p class="why">${say(why)}</p>
${drawFrame(hop, longest)}
<div class="headers">${nest(headersOf(hop, probe))}</div>
${proofs.length > 0 && html`<p class="proofs-title">${say(words.provedBy)}</p><ul class="proofs">${proofs.map(
    (claim) => html`<li>${mark(claim.ok)} <a href="#${anchorOf(claim)}">${say(claimWords(claim))}</a> <code>${claim.observed}</code></li>`,
  )}</ul>`}
</article>`;
}

/** The buttons above the picture. They do nothing without the script, which shows them. */
export function renderControls(journeys: readonly Journey[]): Markup {
  return html`<div class="controls" data-controls hidden>
<fieldset><legend class="unseen">${say(words.which)}</legend>${journeys.map(
    ({ scenario }) => html`<button type="button" class="${colourOf(scenario)}" data-choose="${scenario}" aria-pressed="false">${say(lessons[scenario]?.title ?? { en: scenario, zh: scenario })}</button>`,
  )}</fieldset>
<div class="stepper"><button type="button" data-step="-1">← ${say(words.previous)}</button><output data-count></output><button type="button" data-step="1" class="primary">${say(words.next)} →</button></div>
<p class="now"><b data-title></b></p>
<p class="unseen" aria-live="polite" data-live></p>
</div>`;
}

