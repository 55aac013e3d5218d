/** Another language is another column: the compiler then asks for each of its sentences. */
export const languages = ["en", "zh"] as const;
export type Language = (typeof languages)[number];
/** The same in every language. Words between backticks are code. */
export type Text = Readonly<Record<Language, string>>;
