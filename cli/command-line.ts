import { InvalidArgumentError } from "commander";
import { Problem } from "./view/problem.ts";

/** Verbs whose arguments belong to another program: they reach it as they were typed. */
export const verbatim = ["kubectl", "pulumi"] as const;
export type VerbatimVerb = (typeof verbatim)[number];

export type Split =
  | {
      readonly kind: "verbatim";
      readonly verb: VerbatimVerb;
      readonly stack: string | undefined;
      readonly args: readonly string[];
    }
  | { readonly kind: "own"; readonly args: readonly string[] };

/**
 * Tells the lab's own verbs from those that pass everything on. `-s STACK` counts for the latter only before the verb:
 * kubectl and pulumi have a `-s` of their own. @throws Problem for a stack's name that cannot be one
 */
export function split(argv: readonly string[]): Split {
  let stack: string | undefined;
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? "";
    if (word === "-s" || word === "--stack") {
      index++;
      stack = argv[index] ?? stack;
    } else if (word.startsWith("--stack=")) {
      stack = word.slice("--stack=".length);
    } else {
      const verb = verbatim.find((known) => known === word);
      if (verb === undefined) break;
      if (stack !== undefined && !isStackName(stack)) throw new Problem(`--stack "${stack}" is no name; ${rule}`, 2);
      return { kind: "verbatim", verb, stack, args: argv.slice(index + 1) };
    }
  }
  return { kind: "own", args: argv };
}

const rule = "write letters, digits, hyphens, underscores and dots, a letter or digit first";

/** What Pulumi takes for a stack's name, less the organization, which the file backend does not have. */
const isStackName = (value: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(value);

/** Commander's reading of `-s`. */
export function stackName(value: string): string {
  if (isStackName(value)) return value;
  throw new InvalidArgumentError(rule);
}

/** Commander's reading of `--port`. */
export function portNumber(value: string): number {
  const port = Number(value);
  if (/^\d+$/.test(value) && port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError("write a whole number from 1 to 65535");
}

/** Commander's reading of `--level`. */
export function faultLevel(value: string): number {
  if (/^[123]$/.test(value)) return Number(value);
  throw new InvalidArgumentError("write 1, 2 or 3");
}

/** Commander's reading of `--for`: seconds. */
export function secondsOf(value: string): number {
  const [, count, unit] = /^([1-9]\d*)(s|m|h)$/.exec(value) ?? [];
  const seconds = Number(count) * ({ s: 1, m: 60, h: 3600 }[unit ?? ""] ?? Number.NaN);
  if (seconds >= 1 && seconds <= 7 * 24 * 3600) return seconds;
  throw new InvalidArgumentError("write a number with s, m or h, such as 90s, 10m or 2h, at most a week");
}

/** Commander's reading of `--rounds`. */
export function roundCount(value: string): number {
  if (/^[1-9]$/.test(value)) return Number(value);
  throw new InvalidArgumentError("write a number from 1 to 9");
}
