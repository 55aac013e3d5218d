import { globSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { stopEngine } from "../../../platforms/local/engine.ts";
import { allTraces, removeTraces } from "../engine-traces.ts";
import { checkout, labDir } from "../paths.ts";
import { prepareParts } from "../parts.ts";
import { pulumiEnvironment } from "../pulumi.ts";

/** Stacks of the live tests and of the bench. */
const testStack = /^(live|bench)/;

/** A state of the tests' own: wherever the user keeps theirs, no test stack comes near it. */
const testState = join(labDir, "test-state");

/** How the machine was before. */
let before: { readonly engine: boolean; readonly ids: ReadonlySet<string>; readonly files: readonly string[] } | undefined;

/** Everything a real lab needs, as `./lab up` provides it. Without an engine the tier fails: a lab that cannot run is not a pass. */
export async function prepareLive(): Promise<NodeJS.ProcessEnv> {
  const { pulumi, engineFound } = await prepareParts();
  before = { engine: engineFound, ids: new Set((await allTraces()).map(({ id }) => id)), files: stackFiles() };
  mkdirSync(testState, { recursive: true });
  return { ...pulumiEnvironment(pulumi), PULUMI_BACKEND_URL: `file://${testState}`, PULUMI_ACCESS_TOKEN: undefined };
}

/** Leaves the machine as it was before the live tests, however they ended. */
export async function cleanUpLive(): Promise<void> {
  if (before === undefined) return;
  const { engine, ids, files } = before;
  await removeTraces((await allTraces()).filter(({ id, stack }) => testStack.test(stack) && !ids.has(id)));
  rmSync(testState, { recursive: true, force: true });
  for (const file of stackFiles()) if (!files.includes(file)) rmSync(join(checkout, file));
  if (!engine) await stopEngine();
}

function stackFiles(): string[] {
  return globSync(["Pulumi.live*.yaml", "Pulumi.bench*.yaml"], { cwd: checkout });
}
