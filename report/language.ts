import { type Language, languages, type Text } from "../evidence/language.ts";
import { type Content, html, type Markup } from "./markup.ts";

export { type Language, languages, type Text };

/** What the lang attribute calls them. */
export const tags: Readonly<Record<Language, string>> = { en: "en", zh: "zh-CN" };

/** One of them is hidden by the page's own language. */
export function say(text: Text): Markup {
  return both((language) => code(text[language]));
}

export function both(content: (language: Language) => Content): Markup {
  return html`${languages.map((language) => html`<span lang="${tags[language]}">${content(language)}</span>`)}`;
}

export function inEach(text: (language: Language) => string): Text {
  return Object.fromEntries(languages.map((language) => [language, text(language)])) as Record<Language, string>;
}

/**
 * A label that is read aloud, in English and, beside it, in every language: the browser's script takes it from there when the language changes.
 * Unlike what `say` writes, a label and a title have one text at a time.
 */
export const label = (text: Text): Markup => html`aria-label="${text.en}"${inTags(text)}`;

/** A text in every language, as attributes for the browser's script. */
export const inTags = (text: Text): Markup =>
  html`${languages.map((language) => html` data-text-${tags[language].toLowerCase()}="${text[language]}"`)}`;

/** A text that stands for itself in every language, such as a name. */
export const same = (text: string): Text => inEach(() => text);

export function code(text: string): Content {
  return text.split("`").map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : part));
}
