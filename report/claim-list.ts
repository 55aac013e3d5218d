import type { Claim } from "../evidence/claim.ts";
import { nextLook } from "../evidence/vocabulary.ts";
import { inEach, say, type Text } from "./language.ts";
import { type Content, html, type Markup } from "./markup.ts";
import { sentenceOf } from "./pod-names.ts";
import { anchorOf } from "./proofs.ts";
import { page as words } from "./words.ts";

/** A tick or a cross, and the word for those who do not see it. */
export function mark(ok: boolean): Markup {
  return html`<span class="${ok ? "good" : "bad"}" aria-hidden="true">${ok ? "✓" : "✗"}</span><span class="unseen">${say(ok ? words.holds : words.fails)}</span>`;
}

/** A step of a journey that points to a claim. */
export interface Citation {
  /** The id of the step's element. */
  readonly step: string;
  readonly number: number;
  /** What the journey is called. */
  readonly journey: Text;
}

/** What claims need to know of the rest of the page. */
export interface ClaimContext {
  /** By the claim's id, in the order of the page. */
  readonly citations: ReadonlyMap<string, readonly Citation[]>;
}

/** Those that do not hold come first, and are open. */
export function renderClaims(claims: readonly Claim[], context: ClaimContext): Markup {
  const sorted = [...claims].sort((one, other) => Number(one.ok) - Number(other.ok));
  return html`<div class="claims">${sorted.map((claim) => renderClaim(claim, context))}</div>`;
}

function renderClaim(claim: Claim, { citations }: ClaimContext): Markup {
  const { node, at, command, output, expected, observed, ok } = claim;
  return html`<details class="claim${!ok && " failing"}" id="${anchorOf(claim)}" data-claim="${claim.id}"${!ok && html` open`}>
<summary>${mark(ok)} <span class="sentence">${say(sentenceOf(claim))}</span> <code class="on">${node}</code></summary>
${renderWayBack(citations.get(claim.id) ?? [])}
<dl>
<dt>${say(words.node)}</dt><dd><code>${node}</code>${at !== undefined && html` <time datetime="${at}">${at}</time>`}</dd>
<dt>${say(words.command)}</dt><dd class="copyable">${command === "" ? say(words.none) : html`<pre><code>${command}</code></pre>`}</dd>
<dt>${say(words.expected)}</dt><dd class="value">${expected}</dd>
<dt>${say(words.observed)}</dt><dd class="value${!ok && " bad"}">${observed}</dd>
${!ok && html`<dt>${say(words.look)}</dt><dd>${say(inEach((language) => nextLook(claim, language)))}</dd>`}<dt>${say(words.raw)}</dt><dd>${output.trim() === "" ? say(words.empty) : html`<pre class="raw" tabindex="0"><code>${output.trimEnd()}</code></pre>`}</dd>
</dl></details>`;
}

/** To the steps that a reader may have come from. */
function renderWayBack(citations: readonly Citation[]): Content {
  return (
    citations.length > 0 &&
    html`<p class="back">${citations.map(({ step, number, journey }) => html`<a href="#${step}">↑ ${say({ en: `back to step ${number}`, zh: `回到第 ${number} 步` })}</a> <span class="dim">${say(journey)}</span> `)}</p>`
  );
}
