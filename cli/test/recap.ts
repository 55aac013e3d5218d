import { elapsed } from "../../bundle/estimate.ts";
import { paint } from "../view/say.ts";

export interface Failure {
  /** Tier and test. */
  readonly name: string;
  /** Why, as it was printed. */
  readonly lines: readonly string[];
}

/** A test, and how long it took. */
export interface Timed {
  readonly name: string;
  readonly milliseconds: number;
}

export interface Result {
  readonly passed: number;
  readonly failures: readonly Failure[];
  /** Tests that took longer than `worthTelling`. */
  readonly slow: readonly Timed[];
}

/** Milliseconds from which a test's time is told. */
export const worthTelling = 2000;

/** The ten tests that took longest, a line each; the empty string when none took long. Pure. */
export function slowest(slow: readonly Timed[]): string {
  const shown = slow.toSorted((a, b) => b.milliseconds - a.milliseconds).slice(0, 10);
  if (shown.length === 0) return "";
  const lines = shown.map(({ name, milliseconds }) => `  ${elapsed(milliseconds).padStart(12)}  ${name}`);
  return ["\nThe slowest tests, each with the hooks before it:", ...lines, ""].join("\n");
}

/** Lines of each failure that are shown again. */
const enough = 30;

/**
 * What failed, at the end of a long output, where it is looked for first: some places keep no more than that of a log.
 * @returns the empty string when nothing failed. Pure.
 */
export function recap(failures: readonly Failure[]): string {
  return failures
    .map(({ name, lines }) => {
      const left = lines.length - enough;
      const shown = left > 0 ? [...lines.slice(0, enough), `… and ${left} more lines above`] : lines;
      return [`\n${paint("red", "✗")} ${name}`, ...shown.map((line) => `    ${line}`)].join("\n");
    })
    .join("\n")
    .concat(failures.length > 0 ? "\n" : "");
}
