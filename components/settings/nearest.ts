import { closest, distance } from "fastest-levenshtein";

/** The known word that a mistyped one most likely means, at most a third of it off; undefined when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const candidate = closest(word, known);
  return distance(word, candidate) <= Math.max(2, word.length / 3) ? candidate : undefined;
}
