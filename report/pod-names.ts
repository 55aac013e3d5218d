import type { PodView } from "./cluster-view.ts";
import { course } from "./proofs.ts";

/** A lesson's number in a circle, as the picture has it: the pods of two lessons are called the same. Empty for a scenario that is none of the course's. */
export function numberOf(scenario: string): string {
  return "①②③"[course.indexOf(scenario as (typeof course)[number])] ?? "";
}

/** A pod's name with its lesson's number, which no line's end parts from it. */
export const nameOf = ({ name, scenario }: Pick<PodView, "name" | "scenario">): string =>
  [name, numberOf(scenario)].filter(Boolean).join("\u00a0");

/** The same for every pod that a sentence names. */
export function withNumbers(text: string, pods: readonly Pick<PodView, "name" | "scenario">[]): string {
  return pods.reduce((sentence, pod) => {
    const name = pod.name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
    return sentence.replaceAll(new RegExp(String.raw`(?<![\w./-])${name}(?![\w/-])`, "g"), () => nameOf(pod));
  }, text);
}
