import { Parser } from "tap-parser";
import { stringify } from "yaml";
import { elapsed } from "../../bundle/estimate.ts";
import { paint } from "../view/say.ts";
import { type Failure, type Result, type Timed, worthTelling } from "./recap.ts";

export interface TapReader {
  readonly write: (chunk: Buffer | string) => void;
  /** @returns what was counted once everything was written and ava had ended with `code` @param ended why it was ended before its own end */
  readonly end: (code: number, ended?: string) => Result;
}

export interface TapOptions {
  /** Whether no two files run at the same time: then the first test of a file begins where the last one of the file before it ended. */
  readonly inTurn?: boolean;
  /** @returns milliseconds since some moment */
  readonly now?: () => number;
}

/** The file of a test: ava sets it before the title. */
const fileOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf(" › ")));

/**
 * Reads ava's report as it comes: each test becomes a line for people, and counts as passed or failed. What is skipped or still to do
 * counts as neither. ava's report has no times: a test took as long as it came after the one before it in its file.
 */
export function readTap(
  print: (line: string) => void,
  { inTurn = false, now = () => performance.now() }: TapOptions = {},
): TapReader {
  let passed = 0;
  const failures: Failure[] = [];
  const slow: Timed[] = [];
  const parser = new Parser();
  /** When each test point came that the parser has not yet told: it keeps one back until it knows what follows. */
  const arrivals: number[] = [];
  let [rest, lastLine] = ["", ""];
  let last = now();
  const lastOf = new Map<string, number>();
  /** How long a test took, to be set behind its name; empty where that is short or not known. */
  function took(name: string): string {
    const at = arrivals.shift() ?? now();
    const begun = inTurn ? last : lastOf.get(fileOf(name));
    last = at;
    lastOf.set(fileOf(name), at);
    const milliseconds = at - (begun ?? at);
    if (milliseconds < worthTelling) return "";
    slow.push({ name, milliseconds });
    return paint("dim", ` (${elapsed(milliseconds)})`);
  }
  function write(text: string): void {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (/^(not )?ok\b/.test(line)) arrivals.push(now());
    lastLine = lines.at(-1) ?? lastLine;
    parser.write(text);
    // The parser keeps a test back until another line comes. This one, which asks for what is so anyway, lets it tell the test at once.
    if (rest === "" && /^(ok\b| {2}\.\.\.$)/.test(lastLine)) parser.write("pragma -strict\n");
  }
  parser.on("assert", ({ ok, name, skip, todo, diag }) => {
    const time = took(String(name));
    if (skip || todo) {
      print(`  ${paint("yellow", "-")} ${name} (${skip ? "skipped" : "to do"})`);
    } else if (ok) {
      passed++;
      print(`  ${paint("green", "✓")} ${name}${time}`);
    } else {
      const lines = diag ? stringify(diag).trimEnd().split("\n") : [];
      failures.push({ name: String(name), lines });
      print(`  ${paint("red", "✗")} ${name}${time}`);
      for (const line of lines) print(`      ${line}`);
    }
  });
  parser.on("comment", (comment: string) => {
    const text = comment.trim();
    // The sums at its end are left out: the lab prints its own over all tiers. So is every line that only says that a hook ran.
    if (!/^# (tests|pass|fail|skip|todo) \d+$/.test(text) && !/ hook( for .*)?$/.test(text))
      print(`    ${paint("dim", text)}`);
  });
  // Whatever a test printed itself.
  parser.on("extra", (line: string) => print(`    ${line.trimEnd()}`));
  return {
    write: (chunk) => write(chunk.toString()),
    end: (code, ended) => {
      // What was cut off is no plan that went wrong: what was counted until then counts.
      if (ended === undefined) parser.end();
      else failures.push({ name: "", lines: [ended] });
      // Its exit code counts too: it may crash after its last test, or find no test at all.
      if (code !== 0 && failures.length === 0)
        failures.push({ name: "", lines: [`ava ended with ${code} although no test had failed`] });
      return { passed, failures, slow };
    },
  };
}
