import { Parser } from "tap-parser";
import { stringify } from "yaml";
import { paint } from "../view/say.ts";
import type { Failure, Result } from "./recap.ts";

export interface TapReader {
  readonly write: (chunk: Buffer | string) => void;
  /** @returns what was counted once everything was written and ava had ended with `code` */
  readonly end: (code: number) => Result;
}

/**
 * Reads ava's report as it comes: each test becomes a line for people, and counts as passed or failed. What is skipped or still to do
 * counts as neither.
 */
export function readTap(print: (line: string) => void): TapReader {
  let passed = 0;
  const failures: Failure[] = [];
  const parser = new Parser();
  parser.on("assert", ({ ok, name, skip, todo, diag }) => {
    if (skip || todo) {
      print(`  ${paint("yellow", "-")} ${name} (${skip ? "skipped" : "to do"})`);
    } else if (ok) {
      passed++;
      print(`  ${paint("green", "✓")} ${name}`);
    } else {
      const lines = diag ? stringify(diag).trimEnd().split("\n") : [];
      failures.push({ name: String(name), lines });
      print(`  ${paint("red", "✗")} ${name}`);
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
    write: (chunk) => void parser.write(chunk.toString()),
    end: (code) => {
      parser.end();
      // Its exit code counts too: it may crash after its last test, or find no test at all.
      if (code !== 0 && failures.length === 0)
        failures.push({ name: "", lines: [`ava ended with ${code} although no test had failed`] });
      return { passed, failures };
    },
  };
}
