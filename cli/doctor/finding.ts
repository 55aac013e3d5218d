/** ok: nothing to do; lab: ./lab up does it; note: works, but not as well as it could; you: only the user can mend it. */
export type Verdict = "ok" | "lab" | "note" | "you";

export interface Finding {
  readonly what: string;
  readonly verdict: Verdict;
  /** What is there. */
  readonly found: string;
  /** What ./lab will do about it, or what the user should. */
  readonly remedy?: string;
}
