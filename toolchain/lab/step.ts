import { duration, paint, say } from "./say.ts";

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
      say(announced ? `${label}: ${result} (${duration(took)})` : `${label}: ${result}`);
    } finally {
      clearTimeout(announce);
    }
  }
}
