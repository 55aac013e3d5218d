import { bytes, elapsed } from "../../bundle/estimate.ts";
import { ensurePulumi } from "../parts/ensure-pulumi.ts";
import { type Checkpoint, checkpointsOf } from "../stack/checkpoints.ts";
import { type OwnMachines, ownMachines, refuseBusy } from "../stack/own-machines.ts";
import { forgetPaused, refusePaused } from "../stack/paused.ts";
import { askPulumi } from "../stack/pulumi.ts";
import { flag } from "../stack/results.ts";
import { resume } from "../stack/resume.ts";
import { setClocks, settled } from "../stack/wake.ts";
import { Problem } from "../view/problem.ts";
import { columns, say } from "../view/say.ts";
import { up } from "./up.ts";

export interface CheckpointOptions {
  readonly stack: string;
  readonly remove?: boolean;
}

/** `./lab checkpoint NAME`: the whole cluster as it is now, machines and state; without a name, what is kept. */
export async function checkpoint(name: string | undefined, { stack, remove }: CheckpointOptions): Promise<void> {
  const own = await ownedBy(stack, "checkpoint");
  const checkpoints = checkpointsOf(own);
  if (name === undefined) {
    if (remove) throw new Problem("--remove needs the name of a checkpoint", 2);
    process.stdout.write(`${render(await checkpoints.list(), stack).join("\n")}\n`);
    return;
  }
  refuseName(name);
  if (remove) {
    await checkpoints.remove(name);
    say(`There is no checkpoint "${name}" of lab "${stack}" any more.`);
    return;
  }
  refuseBusy(stack);
  refusePaused(stack);
  const begun = Date.now();
  const pulumi = await ensurePulumi(stack);
  const state = await askPulumi(pulumi, ["stack", "export", "--stack", stack]);
  refuseUnfinished(stack, state);
  await checkpoints.save(name, state);
  const made = (await checkpoints.list()).find((one) => one.name === name);
  say(
    `Checkpoint "${name}" of lab "${stack}" is made (${elapsed(Date.now() - begun)}, ${bytes(made?.bytes ?? 0)}); ` +
      `./lab rewind ${name}${flag(stack)} goes back to it.`,
  );
  if (own.platform === "vm") await clocksRight(stack);
}

/** The checkpoint is made, whether or not the machines can be reached: one of a lab that is broken is as good as any. */
async function clocksRight(stack: string): Promise<void> {
  try {
    await setClocks(stack);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    say(`The machines stood still meanwhile, and their clocks are late by as long: ${error.message}`);
  }
}

/** `./lab rewind NAME`: machines and state are what they were, so all checks run; on containers the pods' addresses are new. */
export async function rewind(stack: string, name: string): Promise<number> {
  const own = await ownedBy(stack, "rewind");
  const checkpoints = checkpointsOf(own);
  refuseName(name);
  refuseBusy(stack);
  const begun = Date.now();
  const pulumi = await ensurePulumi(stack);
  const state = await checkpoints.restore(name);
  forgetPaused(stack);
  // What was under way is none of the state that comes now.
  await resume(pulumi, stack);
  await askPulumi(pulumi, ["stack", "import", "--stack", stack], state);
  await settled(stack);
  const why = own.platform === "local" ? "its pods have new addresses" : "all checks again";
  say(`Lab "${stack}" is back at checkpoint "${name}" (${elapsed(Date.now() - begun)}). Looking at it: ${why}.`);
  return await up(stack);
}

const ownedBy = async (stack: string, verb: string): Promise<OwnMachines> =>
  await ownMachines(stack, verb, {
    hosts: `./lab ${verb} is for machines that the lab makes; the disks of platform "hosts" are yours: take a snapshot as you would without the lab`,
    aws: `./lab ${verb} takes no snapshot of instances, which would cost and take minutes each way; ./lab destroy and ./lab up make a new lab in that time`,
  });

/** It becomes part of the name of a volume, or of a snapshot. */
function refuseName(name: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9-]{0,39}$/.test(name))
    throw new Problem(
      `checkpoint "${name}" is no name; write letters, digits and hyphens, at most 40, a letter or digit first`,
      2,
    );
}

/** A lab that is half made is no point to begin from. */
function refuseUnfinished(stack: string, state: string): void {
  const { deployment } = JSON.parse(state) as { deployment?: { pending_operations?: readonly unknown[] } };
  if ((deployment?.pending_operations ?? []).length > 0)
    throw new Problem(`the last run on lab "${stack}" was interrupted; ./lab up${flag(stack)} completes it first`);
}

/** One checkpoint a line. Pure. */
export function render(all: readonly Checkpoint[], stack: string): string[] {
  if (all.length === 0) return [`Lab "${stack}" has no checkpoint; ./lab checkpoint NAME${flag(stack)} makes one.`];
  return columns([
    ["checkpoint", "made", "size", ""],
    ...all.map(({ name, at, bytes: size, half }) => [
      name,
      at,
      bytes(size),
      half ? `half made; ./lab checkpoint --remove ${name}${flag(stack)}` : "",
    ]),
  ]);
}
