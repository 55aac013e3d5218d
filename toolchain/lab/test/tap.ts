import { Parser } from "tap-parser";
import { stringify } from "yaml";
import { paint } from "../say.ts";

export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

export interface TapReader {
  readonly write: (chunk: Buffer | string) => void;
  /** @returns what was counted once everything was written */
  readonly end: () => Counts;
}

/**
 * Reads ava's report as it comes: each test becomes a line for people, and counts as passed or failed. What is skipped or still to do
 * counts as neither.
 */
export function readTap(print: (line: string) => void): TapReader {
  const counts = { passed: 0, failed: 0 };
  const parser = new Parser();
  parser.on("assert", ({ ok, name, skip, todo, diag }) => {
    if (skip || todo) {
      print(`  ${paint("yellow", "-")} ${name} (${skip ? "skipped" : "to do"})`);
    } else if (ok) {
      counts.passed++;
      print(`  ${paint("green", "✓")} ${name}`);
    } else {
      counts.failed++;
      print(`  ${paint("red", "✗")} ${name}`);
      if (diag) for (const line of stringify(diag).trimEnd().split("\n")) print(`      ${line}`);
    }
  });
  parser.on("comment", (comment: string) => {
    const text = comment.trim();
    // Its sums at the end are ours to say, over all tiers; that a hook ran is no news.
    if (!/^# (tests|pass|fail|skip|todo) \d+$/.test(text) && !/ hook( for .*)?$/.test(text)) print(`    ${paint("dim", text)}`);
  });
  // Whatever a test printed itself.
  parser.on("extra", (line: string) => print(`    ${line.trimEnd()}`));
  return {
    write: (chunk) => void parser.write(chunk.toString()),
    end: () => {
      parser.end();
      return { ...counts };
    },
  };
}
