import { type Content, html, type Markup } from "./markup.ts";

export const languages = ["en", "zh"] as const;
export type Language = (typeof languages)[number];

/** What the lang attribute calls them. */
export const tags: Readonly<Record<Language, string>> = { en: "en", zh: "zh-CN" };

/** The same in both languages. Words between backticks are code. */
export type Text = Readonly<Record<Language, string>>;

/** Both, one of them hidden by the page's own language. */
export function say(text: Text): Markup {
  return both((language) => code(text[language]));
}

export function both(content: (language: Language) => Content): Markup {
  return html`${languages.map((language) => html`<span lang="${tags[language]}">${content(language)}</span>`)}`;
}

/** A text that stands for itself in both, such as a claim without a translation. */
export function same(text: string): Text {
  return { en: text, zh: text };
}

export function code(text: string): Content {
  return text.split("`").map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : part));
}
