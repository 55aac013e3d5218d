import { backendOf, carrierIn } from "../evidence/backends.ts";
import { called, type Comparison, figures, type Measured, onWire, type Way, ways } from "../evidence/comparison.ts";
import { type Hop, placeOf } from "../evidence/journey/journey.ts";
import { backendWords } from "./backend-words.ts";
import {
  comparison as words,
  countedRows,
  figureWords,
  inUnits,
  measuredRows,
  remarks,
  type Row,
} from "./comparison-words.ts";
import { readable, renderDocument } from "./document.ts";
import { label } from "./drawing.ts";
import { inEach, label as labelled, type Language, say } from "./language.ts";
import { html, type Markup } from "./markup.ts";
import { drawFrame, frameLength, headersOf, nest } from "./packet.ts";
import { round } from "./route.ts";

export interface ComparisonOptions {
  readonly stack: string;
  /** The page's language at first. @default the reader's, else English */
  readonly language?: Language | undefined;
  readonly style: string;
  readonly script: string;
}

/** A comparison as a page: the packets beside each other, and what was measured. Pure. */
export function renderComparisonPage(compared: Comparison, options: ComparisonOptions): string {
  const { stack, language, style, script } = options;
  const { measured, at } = compared;
  const longest = Math.max(0, ...measured.flatMap((one) => onWire(one) ?? []).map(frameLength));
  return renderDocument({
    title: inEach((each) => `${words.title[each]} · ${stack}`),
    language,
    style,
    script,
    header: html`<h1>${say(words.title)}</h1>
<p class="verdict-line">${measured.map(({ backend }) => backend).join(", ")} <time datetime="${at}">${readable(at)}</time></p>
<p class="lead">${say(words.lead)}</p>`,
    main: html`<section class="compared" aria-labelledby="packets-title">
<h2 id="packets-title">${say(words.packets)}</h2><p class="lead">${say(words.packetsLead)}</p>
<div class="cards">${measured.map((one) => renderCard(one, longest))}</div>
</section>
<section aria-labelledby="measured-title">
<h2 id="measured-title">${say(words.measured)}</h2>
${renderTable(measured, countedRows(compared))}
${ways.map(
  (way) =>
    html`<h3>${say(words[way])}</h3>${renderTable(measured, measuredRows(compared, way))}${renderRounds(compared, way)}`,
)}
<h3>${say(words.how)}</h3><ul>${remarks(compared).map((remark) => html`<li>${say(remark)}</li>`)}</ul>
</section>`,
    footer: html`<p>${say(words.byHand)}</p><div class="copyable"><pre><code>./lab compare ${measured.map(({ backend }) => backend).join(" ")}${stack === "dev" ? "" : ` -s ${stack}`}</code></pre></div>`,
  });
}

function renderCard(one: Measured, longest: number): Markup {
  const { backend, journey } = one;
  const { named, lesson } = backendWords(backendOf(carrierIn(one)));
  const hop = onWire(one);
  return html`<article class="card three" id="packet-${backend}"><h3><code>${called(one)}</code> <small>${say(named)}</small></h3>
${
  hop === undefined
    ? html`<p class="remark">${say(words.noJourney)}</p>`
    : html`${drawWay(journey.filter(({ leg }) => leg === "request"))}${drawFrame(hop, longest)}<div class="headers">${nest(headersOf(hop))}</div>`
}
<p class="remark">${say(lesson)}</p></article>`;
}

const picture = { width: 560, height: 74, box: 60, top: 26, tall: 26 };

/** What an interface is called where its own name says nothing. */
const nameOf = (hop: Hop): string => (placeOf(hop) === "pod" ? "veth" : hop.interface);

/** The interfaces that a packet passes, machine by machine; around those between which it is inside another packet there is a tube. */
function drawWay(hops: readonly Hop[]): Markup {
  const { width, height, box, top, tall } = picture;
  const step = (width - box - 2) / Math.max(1, hops.length - 1);
  const x = (at: number): number => 1 + at * step;
  const y = top + tall / 2;
  const wrapped = hops.flatMap(({ outer }, at) => (outer === undefined ? [] : [at]));
  const [first, last] = [wrapped[0], wrapped.at(-1)];
  // It enters the tube on the device before the wire, and leaves it on the one behind.
  const tube =
    first !== undefined &&
    last !== undefined &&
    html`<rect class="tube" x="${round(x(first) - step + box / 2)}" y="${top - 5}" width="${round((last - first + 2) * step)}" height="${tall + 10}" rx="8"/>`;
  const machines = [...new Set(hops.map(({ machine }) => machine))].map((machine) => {
    const own = hops.flatMap((hop, at) => (hop.machine === machine ? [at] : []));
    return label((x(own[0] ?? 0) + x(own.at(-1) ?? 0) + box) / 2, 12, "small", machine, "middle");
  });
  return html`<svg class="passage" viewBox="0 0 ${width} ${height}" role="img" ${labelled(inEach(() => hops.map((hop) => `${hop.machine} ${nameOf(hop)}`).join(" → ")))}>${tube}<path class="cable" d="M${round(x(0) + box / 2)} ${y}H${round(x(hops.length - 1) + box / 2)}"/>${machines}${hops.map(
    (hop, at) =>
      html`<rect class="${placeOf(hop)}" x="${round(x(at))}" y="${top}" width="${box}" height="${tall}" rx="5"/>${label(x(at) + box / 2, y + 4, "mono small", nameOf(hop), "middle")}${label(x(at) + box / 2, top + tall + 16, "small", `TTL ${hop.ttl}`, "middle")}`,
  )}</svg>`;
}

function renderTable(measured: readonly Measured[], rows: readonly Row[]): Markup {
  const noisy = rows.some(({ noise }) => noise !== "");
  return html`<div class="scroll" tabindex="0" role="region" ${labelled(words.measured)}><table class="figures"><thead><tr><td></td>${measured.map(
    (one) => html`<th scope="col"><code>${called(one)}</code></th>`,
  )}${noisy && html`<th scope="col">${say(words.noise)}</th>`}</tr></thead>
<tbody>${rows.map(({ label: text, cells, values = [], noise }) => {
    const most = Math.max(...values);
    return html`<tr><th scope="row">${say(text)}</th>${cells.map(
      (cell, at) => html`<td class="number">${cell}${values.length > 0 && drawBar(values[at] ?? 0, most)}</td>`,
    )}${noisy && html`<td class="number dim">${noise}</td>`}</tr>`;
  })}</tbody></table></div>`;
}

const drawBar = (value: number, most: number): Markup =>
  html`<svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><rect width="${most === 0 ? 0 : round((100 * value) / most)}" height="4"/></svg>`;

function renderRounds({ measured, again }: Comparison, way: Way): Markup {
  const all = [...measured.map((one) => ({ one, twice: false })), ...(again ? [{ one: again, twice: true }] : [])];
  return html`<details class="behind"><summary>${say(words.rounds)}</summary><div class="scroll" tabindex="0" role="region" ${labelled(words.rounds)}><table class="figures"><thead><tr><td></td>${figures.map(
    (figure) => html`<th scope="col">${say(figureWords[figure])}</th>`,
  )}</tr></thead><tbody>${all.flatMap(({ one, twice }) =>
    one.rounds[way].map(
      (values, at) =>
        html`<tr><th scope="row"><code>${called(one)}</code>${twice && html` ${say(words.again)}`}, ${say(words.round)} ${at + 1}</th>${figures.map(
          (figure) => html`<td class="number">${inUnits(figure, values[figure])}</td>`,
        )}</tr>`,
    ),
  )}</tbody></table></div></details>`;
}
