import { paint } from "../view/say.ts";

export interface Failure {
  /** Tier and test. */
  readonly name: string;
  /** Why, as it was printed. */
  readonly lines: readonly string[];
}

export interface Result {
  readonly passed: number;
  readonly failures: readonly Failure[];
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
