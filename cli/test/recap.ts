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
/** Of a failed update so many come from its head; the rest says what Pulumi found, which stands after a line for each resource. */
const head = 6;

/** The lines of a failure that say the most: its head, and of an update that failed Pulumi's own diagnostics. */
function telling(lines: readonly string[]): readonly string[] {
  if (lines.length <= enough) return lines;
  const found = lines.findIndex((line) => line.includes("Diagnostics:"));
  if (found < head) return [...lines.slice(0, enough), `… and ${lines.length - enough} more lines above`];
  const last = lines.findIndex((line, index) => index > found && line.includes("Resources:"));
  const diagnostics = lines.slice(found, last < 0 ? undefined : last).slice(0, 2 * enough);
  const left = lines.length - head - diagnostics.length;
  return [...lines.slice(0, head), "…", ...diagnostics, `… and ${left} more lines above`];
}

/**
 * What failed, at the end of a long output, where it is looked for first: some places keep no more than that of a log.
 * @returns the empty string when nothing failed. Pure.
 */
export function recap(failures: readonly Failure[]): string {
  return failures
    .map(({ name, lines }) =>
      [`\n${paint("red", "✗")} ${name}`, ...telling(lines).map((line) => `    ${line}`)].join("\n"),
    )
    .join("\n")
    .concat(failures.length > 0 ? "\n" : "");
}
