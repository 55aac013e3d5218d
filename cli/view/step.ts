import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { elapsed } from "../../bundle/estimate.ts";
import { logsDir } from "../paths.ts";
import { Problem } from "./problem.ts";
import { paint, say } from "./say.ts";

export interface Step {
  readonly title: string;
  /** Returns a few words on the result. Steps that take long show their own progress below the title. */
  readonly run: () => Promise<string>;
}

/** Runs the steps one after another, saying which of how many, what came of it and how long it took. */
export async function runSteps(steps: readonly Step[], total: number): Promise<void> {
  for (const [index, { title, run }] of steps.entries()) {
    const label = `[${index + 1}/${total}] ${title}`;
    const begun = Date.now();
    let announced = false;
    // What is there already is one line, not two.
    const announce = setTimeout(() => {
      announced = true;
      say(paint("bold", label, process.stderr));
    }, 200);
    try {
      const result = await run();
      const took = Date.now() - begun;
      say(announced ? `${label}: ${result} (${elapsed(took)})` : `${label}: ${result}`);
    } catch (error) {
      throw failure(label, Date.now() - begun, error);
    } finally {
      clearTimeout(announce);
    }
  }
}

const shown = 25;

/** The end of what the step said and where the rest is; a step with a log of its own has said so itself. */
function failure(label: string, took: number, error: unknown): Problem {
  const message = error instanceof Error ? error.message : String(error);
  const lines = message.trimEnd().split("\n");
  const log = join(logsDir, "failed-step.log");
  mkdirSync(logsDir, { recursive: true });
  writeFileSync(
    log,
    `${new Date().toISOString()} ${label}\n${error instanceof Error ? (error.stack ?? message) : message}\n`,
  );
  const cut = lines.length > shown ? [`(${lines.length - shown} lines before these)`, ...lines.slice(-shown)] : lines;
  return new Problem([`${label} failed after ${elapsed(took)}`, ...cut, `What went wrong, in full: ${log}`].join("\n"));
}
