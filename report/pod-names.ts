import type { Claim } from "../evidence/claim.ts";
import { sentence } from "../evidence/vocabulary.ts";
import type { PodView } from "./cluster-view.ts";
import { inEach, type Text } from "./language.ts";
import { course } from "./proofs.ts";

/** A lesson's number in a circle, as the picture has it: the pods of two lessons are called the same. Empty for a scenario that is none of the course's. */
export function numberOf(scenario: string): string {
  return "①②③"[course.indexOf(scenario as (typeof course)[number])] ?? "";
}

/** A pod's name with its lesson's number, which no line's end parts from it. */
export const nameOf = ({ name, scenario }: Pick<PodView, "name" | "scenario">): string =>
  [name, numberOf(scenario)].filter(Boolean).join("\u00a0");

/** A claim's sentence, its pods with their lesson's number. A claim's id begins with its scenario. */
export function sentenceOf(claim: Claim): Text {
  const scenario = claim.id.slice(0, claim.id.indexOf("/"));
  return inEach((language) => sentence(claim, language, (name) => nameOf({ name, scenario })));
}
