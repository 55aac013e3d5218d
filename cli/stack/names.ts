import { checkout } from "../paths.ts";
import { Problem } from "../view/problem.ts";
import type { Platform } from "./config.ts";
import { ownBackend } from "./environment.ts";
import { type Look, lookInEngine } from "./in-engine.ts";
import { readLabState } from "./lab-state.ts";

/**
 * What in the engine has a name of this lab's and is another's, and whose. This lab's own have the id that its state has; a state elsewhere is not
 * asked. A thing of a version without ids tells of no owner.
 */
export function takenName(stack: string, { held }: Look): string | undefined {
  if (!ownBackend()) return undefined;
  const own = readLabState(stack)?.id;
  const other = held.find((thing) => thing.stack === stack && thing.lab !== "" && thing.lab !== own);
  return other && `the ${other.kind} "${other.name}" is that of lab "${stack}" (${other.lab}) of ${other.checkout}`;
}

export const remedyForNames =
  "give this lab a stack of another name, with a machineCidr and a portBase of its own (./lab up -s NAME), or destroy that one in its checkout";

/**
 * Before half an hour is spent on what the machines are made of. A lab that has an id has had its names; platforms/local/ground.sh asks again,
 * of every lab. @throws Problem where another lab has them
 */
export async function refuseTakenNames(stack: string, platform: Platform): Promise<void> {
  if (platform !== "local" || readLabState(stack)?.id !== undefined) return;
  const taken = takenName(stack, await lookInEngine());
  if (taken !== undefined)
    throw new Problem(
      `the names that this lab needs are taken: ${taken}; this is lab "${stack}" of ${checkout}\n${remedyForNames}`,
    );
}
