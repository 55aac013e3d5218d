import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { readOrNothing } from "../../bundle/tools.ts";
import { type FaultIn, faultIn } from "../../evidence/fault-in.ts";
import { labDir } from "../paths.ts";
import { flag } from "../stack/results.ts";

/**
 * What the nodes said last of their faults, kept beside the state: verbs that only show what is known, such as `outputs` and `doctor`, need not
 * ask the nodes for it.
 */
const noteFile = (stack: string): string => join(labDir, "faults", `${stack}.json`);

export function noteFaults(stack: string, faults: readonly FaultIn[]): void {
  const file = noteFile(stack);
  if (faults.length === 0) {
    rmSync(file, { force: true });
    return;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(faults, null, 2)}\n`);
}

/** A sentence for each fault that is in; a hidden one is not named. */
export function describeNoted(stack: string): readonly string[] {
  return notedFaults(stack).map(({ name, params, hidden, since, by }) => {
    const what = hidden ? "a fault that is hidden" : `${name} on ${params["node"] ?? "a node"}`;
    const heals = by === "config" ? `the config key faults declares it` : `./lab heal${flag(stack)} takes it away`;
    return `the lab is broken on purpose since ${since}: ${what}. The claims that fail because of it are no surprise; ${heals}.`;
  });
}

/** Those that have not healed by themselves meanwhile. */
export function notedFaults(stack: string, now = new Date()): readonly FaultIn[] {
  const text = readOrNothing(noteFile(stack));
  if (text === undefined) return [];
  const noted = z.array(faultIn).safeParse(JSON.parse(text));
  return (noted.data ?? []).filter(({ until }) => until === null || new Date(until) > now);
}
