import type { Claim } from "../evidence/claim.ts";
import { claimWords } from "./claim-words.ts";
import { say } from "./language.ts";
import { html, type Markup } from "./markup.ts";
import { anchorOf } from "./proofs.ts";
import { mark } from "./verdict-mark.ts";
import { page as words } from "./words.ts";

/** Those that do not hold come first, and are open. */
export function renderClaims(claims: readonly Claim[]): Markup {
  const sorted = [...claims].sort((one, other) => Number(one.ok) - Number(other.ok));
  return html`<div class="claims">${sorted.map(renderClaim)}</div>`;
}

function renderClaim(claim: Claim): Markup {
  const { node, at, command, output, expected, observed, ok } = claim;
  return html`<details class="claim${!ok && " failing"}" id="${anchorOf(claim)}" data-claim="${claim.id}"${!ok && html` open`}>
<summary>${mark(ok)} <span class="sentence">${say(claimWords(claim))}</span> <code class="on">${node}</code></summary>
<dl>
<dt>${say(words.node)}</dt><dd><code>${node}</code>${at !== undefined && html` <time datetime="${at}">${at}</time>`}</dd>
<dt>${say(words.command)}</dt><dd class="copyable">${command === "" ? say(words.none) : html`<pre><code>${command}</code></pre>`}</dd>
<dt>${say(words.expected)}</dt><dd class="value">${expected}</dd>
<dt>${say(words.observed)}</dt><dd class="value${!ok && " bad"}">${observed}</dd>
<dt>${say(words.raw)}</dt><dd>${output.trim() === "" ? say(words.empty) : html`<pre class="raw" tabindex="0"><code>${output.trimEnd()}</code></pre>`}</dd>
</dl></details>`;
}
