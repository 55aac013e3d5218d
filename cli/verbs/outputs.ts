import { Problem } from "../view/problem.ts";
import { flag, parseResults, readOutputs } from "../stack/results.ts";
import { caveats } from "../stack/standing.ts";
import { paint, say } from "../view/say.ts";
import { renderResults } from "../view/summary.ts";

export interface OutputsOptions {
  readonly stack: string;
  readonly table?: boolean;
  readonly showSecrets?: boolean;
}

/** `./lab outputs`: what the stack says of itself, for programs or, with --table, for people. */
export async function outputs({ stack, table, showSecrets }: OutputsOptions): Promise<void> {
  const json = await readOutputs(stack, showSecrets);
  for (const caveat of await caveats(stack, parseResults(json)))
    say(`${paint("yellow", "note:", process.stderr)} ${caveat}`);
  if (!table) {
    process.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
    return;
  }
  const lines = renderResults(parseResults(json));
  if (lines.length === 0) throw new Problem(`lab "${stack}" has no outputs; ./lab up${flag(stack)} brings it up`);
  process.stdout.write(`${lines.join("\n")}`);
}
