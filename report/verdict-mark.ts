import { say } from "./language.ts";
import { html, type Markup } from "./markup.ts";
import { page as words } from "./words.ts";

/** A tick or a cross, and the word for those who do not see it. */
export function mark(ok: boolean): Markup {
  return html`<span class="${ok ? "good" : "bad"}" aria-hidden="true">${ok ? "✓" : "✗"}</span><span class="unseen">${say(ok ? words.holds : words.fails)}</span>`;
}
