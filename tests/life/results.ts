import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** What the tier has seen, kept for docs/reliability.md. */
const seen = z.object({
  /** up, verify, destroy: which verb was cut off; restart, component or other: what else was done. */
  kind: z.enum(["up", "verify", "destroy", "restart", "component", "other"]),
  /** Which piece was killed, or what was done. */
  what: z.string(),
  /** Part of the verb's usual time, percent; absent for what is no verb. */
  at: z.number().optional(),
  /** What was under way. */
  doing: z.string().optional(),
  /** Seconds until all was as it should be: of the same verb run again, or of waiting. */
  seconds: z.number(),
  /** Pings of a pod on another node that had no answer meanwhile, five a second. */
  lost: z.number().optional(),
  /** Who brought it back. */
  by: z.string().optional(),
  /** What was not as it should be; empty is good. */
  problems: z.array(z.string()),
});
export type Seen = z.infer<typeof seen>;

export const resultsFile = join(import.meta.dirname, "results.json");

export const readResults = (): readonly Seen[] => z.array(seen).parse(JSON.parse(readFileSync(resultsFile, "utf8")));

/** Each moment is written at once: a tier that is ended has what it has seen. */
export function note(one: Seen): void {
  const all = readResults().filter((other) => keyOf(other) !== keyOf(one));
  const sorted = [...all, one].toSorted((a, b) => keyOf(a).localeCompare(keyOf(b), "en", { numeric: true }));
  writeFileSync(resultsFile, `${JSON.stringify(sorted, null, 2)}\n`);
}

/** Notes how long something took, and what was wrong with it, which is thrown all the same. */
export async function noted(
  one: Pick<Seen, "kind" | "what" | "by">,
  act: () => Promise<unknown>,
  also: () => Partial<Seen> = () => ({}),
): Promise<void> {
  const begun = Date.now();
  const problems: string[] = [];
  try {
    await act();
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
    throw error;
  } finally {
    note({ ...one, seconds: Math.round((Date.now() - begun) / 100) / 10, problems, ...also() });
  }
}

const keyOf = ({ kind, what, at = 0 }: Seen): string => `${kind} ${what} ${at}`;
