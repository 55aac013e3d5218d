import { elapsed } from "../../bundle/estimate.ts";
import { ownMachines, refuseBusy } from "../stack/own-machines.ts";
import { forgetPaused, notePaused, rest } from "../stack/paused.ts";
import { flag } from "../stack/results.ts";
import { Problem } from "../view/problem.ts";
import { say } from "../view/say.ts";
import { up } from "./up.ts";
import { goOn, settled } from "../stack/wake.ts";

export interface PauseOptions {
  readonly stack: string;
  /** Shut the machines down, which gives memory and ports back. @default they are frozen */
  readonly free?: boolean;
}

/** `./lab pause`: the machines rest, and keep what is on them. */
export async function pause({ stack, free }: PauseOptions): Promise<void> {
  const how = free ? "stop" : "freeze";
  const { platform, id } = await ownMachines(stack, "pause", otherwise("pause"));
  refuseBusy(stack);
  const begun = Date.now();
  // First: a verb that comes between would wait for a machine that stands still.
  notePaused(stack, { since: new Date().toISOString(), how });
  const resting = await rest(platform, how, id);
  if (resting.length === 0) {
    forgetPaused(stack);
    throw new Problem(`lab "${stack}" has no machine; ./lab up${flag(stack)} makes them`);
  }
  const took = elapsed(Date.now() - begun);
  say(
    how === "freeze"
      ? `Lab "${stack}" is paused (${took}): ${resting.length} machines are frozen. They take no processor time, and keep memory and ports; ` +
          `./lab pause --free${flag(stack)} gives these back too. ./lab resume${flag(stack)} lets them go on.`
      : `Lab "${stack}" is paused (${took}): ${resting.length} machines are shut down, memory and ports are free. ./lab resume${flag(stack)} starts them.`,
  );
}

/** `./lab resume`: the machines go on. Of machines that were shut down the pods get other addresses, so all checks run again. */
export async function resumeLab(stack: string): Promise<number> {
  const { platform, id } = await ownMachines(stack, "resume", otherwise("resume"));
  refuseBusy(stack);
  const begun = Date.now();
  const stopped = await goOn(stack, platform, id);
  if (stopped.length > 0) {
    say(`${stopped.join(", ")}: shut down; starting the lab again, and looking at it`);
    return await up(stack);
  }
  await settled(stack);
  say(`Lab "${stack}" goes on (${elapsed(Date.now() - begun)}); ./lab verify${flag(stack)} runs every check again.`);
  return 0;
}

/** What stands in the way on platforms whose machines are elsewhere. */
const otherwise = (verb: string) =>
  ({
    hosts: `./lab ${verb} is for machines that the lab makes; those of platform "hosts" are yours: suspend or shut them down as you would without the lab`,
    aws:
      `./lab ${verb} does not stop instances: their disks would go on to cost, and they come back with other public addresses, which the ` +
      "certificates and outputs do not know; ./lab destroy ends all costs, and ./lab up takes minutes",
  }) as const;
