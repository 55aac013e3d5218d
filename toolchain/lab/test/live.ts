import { globSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { stopEngine } from "../../../platforms/local/engine.ts";
import { allTraces, removeTraces } from "../engine-traces.ts";
import { checkout, project, stateDir } from "../paths.ts";
import { prepareParts } from "../parts.ts";
import { pulumiEnvironment } from "../pulumi.ts";

/** Stacks of the live tests and of the bench have names of their own; nobody else's begin so. */
const testStack = /^(live|bench)/;

let engineWasThere: boolean | undefined;

/** Everything a real lab needs, as `./lab up` provides it. Without an engine the tier fails: a lab that cannot run is not a pass. */
export async function prepareLive(): Promise<NodeJS.ProcessEnv> {
  const { pulumi, engineFound } = await prepareParts();
  engineWasThere ??= engineFound;
  return pulumiEnvironment(pulumi);
}

/** Leaves the machine as it was before the live tests, however they ended. */
export async function cleanUpLive(): Promise<void> {
  if (engineWasThere === undefined) return;
  await removeTraces((await allTraces()).filter(({ stack }) => testStack.test(stack)));
  // A killed test leaves its stack behind, without the things it stood for.
  for (const directory of ["stacks", "locks/organization", "history", "backups"]) {
    const place = join(stateDir, ".pulumi", directory, project);
    for (const name of listDirectory(place).filter((entry) => testStack.test(entry))) rmSync(join(place, name), { recursive: true, force: true });
  }
  for (const file of globSync(["Pulumi.live*.yaml", "Pulumi.bench*.yaml"], { cwd: checkout })) rmSync(join(checkout, file));
  if (!engineWasThere) await stopEngine();
}

function listDirectory(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
