import { globSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { sweepVms } from "../../platforms/vm/state.ts";
import { checkout, labDir, project } from "../paths.ts";
import { type Held, lookInEngine, removeHeld } from "../stack/in-engine.ts";

/** A state of the tests' own: wherever the user keeps theirs, no test stack comes near it. */
export const testState = join(labDir, "test-state");

/** Removes what tests left that were killed. Whoever calls it holds the lock that lets one checkout's tests have labs at a time. */
export async function sweep(): Promise<void> {
  const stacks = new Set(statesOf(checkout) ?? []);
  for (const stack of stacks) await sweepVms(stack, (lab) => lab.checkout === checkout);
  for (const file of stackFiles()) if (stacks.has(stackOf(file))) rmSync(join(checkout, file));
  const { held } = await lookInEngine();
  await removeHeld(leftByTests(held));
  rmSync(testState, { recursive: true, force: true });
}

const testStack = /^(live|bench)(-.*|backends|dual|lessons.*|six)?$/;

/** Files with the config of the tests' stacks. */
export function stackFiles(cwd = checkout): string[] {
  return globSync("Pulumi.*.yaml", { cwd }).filter((name) => testStack.test(stackOf(name)));
}

const stackOf = (file: string): string => file.slice("Pulumi.".length, -".yaml".length);

/**
 * What tests made, whichever checkout's: their state there tells of it. A clone that is gone tells nothing, and nobody can destroy what it
 * made; that is the tests' if it has a name of theirs and no machine of it runs or is frozen. A lab of a clone that was moved is not taken for it.
 */
export function leftByTests(
  held: readonly Held[],
  statesIn: (checkout: string) => readonly string[] | undefined = statesOf,
): Held[] {
  const lives = new Set(held.filter(({ state }) => ["running", "paused", "restarting"].includes(state)).map(labOf));
  return held.filter((thing) => {
    if (thing.checkout === "") return false;
    const states = statesIn(thing.checkout);
    return states?.includes(thing.stack) ?? (testStack.test(thing.stack) && !lives.has(labOf(thing)));
  });
}

const labOf = ({ stack, checkout: of }: Held): string => `${of}\n${stack}`;

/**
 * Stacks that are in a checkout's test state, or were: the file backend keeps a backup of a removed one. Nothing where the checkout is gone; of one
 * that cannot be looked into, as another user's, nothing is known to be the tests'.
 */
function statesOf(of: string): string[] | undefined {
  if (isGone(of)) return undefined;
  const cwd = join(of, ".lab", "test-state", ".pulumi", "stacks", project);
  return globSync("*.json*", { cwd }).flatMap((name) => /^([^.]+)\.json/.exec(name)?.[1] ?? []);
}

function isGone(folder: string): boolean {
  try {
    statSync(folder);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}
