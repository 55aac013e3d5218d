import { type Language, languages, type Text } from "../evidence/vocabulary.ts";
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

/** A text that stands for itself in every language, such as a name. */
export const same = (text: string): Text => inEach(() => text);

export function code(text: string): Content {
  return text.split("`").map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : part));
}
