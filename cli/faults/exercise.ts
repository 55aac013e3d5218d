import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { readOrNothing } from "../../bundle/tools.ts";
import { languages } from "../../evidence/language.ts";
import { checkout, labDir } from "../paths.ts";
import { Problem } from "../view/problem.ts";

/** One exercise at a time for each lab; it waits in .lab/ for as long as it takes. What was broken is not in it: the node alone knows. */
const exercise = z.object({
  /** Name of the fault on its node, which tells nothing. */
  fault: z.string(),
  level: z.int(),
  language: z.enum(languages),
  /** What a user would report, in that language. */
  symptom: z.string(),
  begun: z.iso.datetime(),
  hints: z.int(),
  checks: z.int(),
  /** What the nodes were like before: the repair must bring back this, and change nothing else. */
  before: z.record(z.string(), z.record(z.string(), z.array(z.string()).readonly())),
});
export type Exercise = Readonly<z.infer<typeof exercise>>;

const stateFile = (stack: string): string => join(labDir, "exercises", `${stack}.json`);

export function readExercise(stack: string): Exercise | undefined {
  const text = readOrNothing(stateFile(stack));
  return text === undefined ? undefined : exercise.parse(JSON.parse(text));
}

export function keepExercise(stack: string, state: Exercise): void {
  mkdirSync(dirname(stateFile(stack)), { recursive: true });
  writeFileSync(stateFile(stack), `${JSON.stringify(state, null, 2)}\n`);
}

export function endExercise(stack: string): void {
  rmSync(stateFile(stack), { force: true });
}

/** How one exercise ended. "healed": by ./lab heal, which finds nothing. */
const result = z.object({
  fault: z.string(),
  level: z.int(),
  on: z.string(),
  begun: z.iso.datetime(),
  ended: z.iso.datetime(),
  outcome: z.enum(["solved", "given up", "healed"]),
  hints: z.int(),
  checks: z.int(),
});
export type Result = Readonly<z.infer<typeof result>>;

/** What a student hands in. */
const results = z.object({ student: z.string(), results: z.array(result) });
export type StudentResults = Readonly<z.infer<typeof results>>;

export const resultsFile = (stack: string): string => join(checkout, `exercises-${stack}.json`);

/** Adds one to the file of the stack. @returns that file */
export function keepResult(stack: string, one: Result): string {
  const file = resultsFile(stack);
  const text = readOrNothing(file);
  const kept: StudentResults = text === undefined ? { student: userInfo().username, results: [] } : parse(file, text);
  writeFileSync(file, `${JSON.stringify({ ...kept, results: [...kept.results, one] }, null, 2)}\n`);
  return file;
}

/** @throws Problem for a file that is none of results */
export function readResultsFile(file: string): StudentResults {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new Problem(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, 2);
  }
  return parse(file, text);
}

function parse(file: string, text: string): StudentResults {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  const { data } = results.safeParse(json);
  if (data === undefined) throw new Problem(`${file} is no file of exercise results, such as exercises-dev.json`, 2);
  return data;
}
