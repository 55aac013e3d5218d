import { plainJson } from "../../evidence/plain-text.ts";
import { Problem } from "../view/problem.ts";
import { flag, parseResults, readOutputs, type Results } from "../stack/results.ts";
import { caveats } from "../stack/standing.ts";
import { paint, say } from "../view/say.ts";
import { describeNoted } from "../faults/note.ts";
import { renderResults } from "../view/summary.ts";

export interface OutputsOptions {
  readonly stack: string;
  readonly table?: boolean;
  readonly showSecrets?: boolean;
}

/** `./lab outputs`: what the stack says of itself, for programs or, with --table, for people. */
export async function outputs({ stack, table, showSecrets }: OutputsOptions): Promise<void> {
  const json = await readOutputs(stack, showSecrets);
  await tellCaveats(stack, parseResults(json));
  if (!table) {
    process.stdout.write(`${plainJson(json)}\n`);
    return;
  }
  const lines = renderResults(parseResults(json));
  if (lines.length === 0) throw new Problem(`lab "${stack}" has no outputs; ./lab up${flag(stack)} brings it up`);
  process.stdout.write(`${lines.join("\n")}`);
}

/** Before outputs are shown in any form: what is broken on purpose, and what has become of the machines since. */
export async function tellCaveats(stack: string, results: Results): Promise<void> {
  for (const caveat of [...describeNoted(stack), ...(await caveats(stack, results))])
    say(`${paint("yellow", "note:", process.stderr)} ${caveat}`);
}
