import { type Language, languages } from "../../evidence/language.ts";
import { Problem } from "./problem.ts";

/** @throws Problem for a language that the lab does not have */
export function chooseLanguage(lang: string): Language {
  const language = languages.find((known) => known === lang);
  if (language === undefined) throw new Problem(`--lang "${lang}" is not one of ${languages.join(", ")}`, 2);
  return language;
}
