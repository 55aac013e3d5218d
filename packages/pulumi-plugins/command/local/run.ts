// A local command with what it leaves behind. Used by local.Command and by local.run.
import { reveal, revealAll, isSecret, type Properties } from "../values.ts";
import type { Logging } from "../output.ts";
import type { Task } from "../task.ts";
import { previousOutput } from "../previous-output.ts";
import { execute } from "./execute.ts";
import { archiveOf, assetsIn } from "./files.ts";

/** @param which the input that holds the command: create, update, delete or command
 *  @param previous what an earlier run printed */
export async function runLocal(
  inputs: Properties,
  which: string,
  previous: Properties,
  task: Task,
): Promise<Properties> {
  const given = revealAll(inputs) as {
    [key: string]: unknown;
    interpreter?: string[];
    dir?: string;
    environment?: Record<string, string>;
    stdin?: string;
    logging?: Logging;
    assetPaths?: string[];
    archivePaths?: string[];
    addPreviousOutputInEnv?: boolean;
  };
  const streams = await execute(
    {
      text: given[which] as string,
      secret: isSecret(inputs[which]),
      interpreter: given.interpreter ?? undefined,
      dir: given.dir ?? undefined,
      environment: {
        ...given.environment,
        ...(given.addPreviousOutputInEnv !== false && previousOutput(previous, task)),
      },
      stdin: given.stdin ?? undefined,
      logging: given.logging ?? undefined,
    },
    task,
  );

  const dir = given.dir ?? process.cwd();
  const results: Properties = { ...streams };
  if (given.assetPaths) results.assets = assetsIn(dir, given.assetPaths);
  if (given.archivePaths) results.archive = archiveOf(assetsIn(dir, given.archivePaths));
  for (const kept of ["assets", "archive"]) {
    const before = reveal(previous[kept]);
    if (results[kept] === undefined && before !== undefined && before !== null) results[kept] = before;
  }
  return results;
}
