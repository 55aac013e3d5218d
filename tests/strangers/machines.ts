/** Runs rows on a whole machine, in the order in which they stand: what one leaves, the next one finds. */
import { boot, owner, type UserMachine } from "./machine.ts";
import { ensureRoot, type Root } from "./root.ts";
import { doctorOf, doctorProblemOf, type Outcome, type Row } from "./row.ts";
import { serveUpstream } from "./served.ts";

export interface MachineRow extends Row {
  /** Who runs the command. @default the owner of the checkout, who is in the group docker */
  readonly user?: string;
  /** As if the user had been put in no group. */
  readonly withoutGroups?: true;
  /** What root does to the machine beforehand, and undoes afterwards. */
  readonly change?: { readonly make: string; readonly undo: string };
  /** What root looks at afterwards: it must end well. */
  readonly afterwards?: string;
}

export interface MachineRows {
  readonly root: Root;
  /** The machine reaches a stand-in of all of upstream: the variable MIRRORS is what to set `mirrors` to. */
  readonly upstream?: true;
  readonly rows: readonly MachineRow[];
}

/**
 * Boots the machine and runs its rows there, each told as soon as it has ended.
 * @returns why there is no such machine, where its packages cannot be had
 */
export async function* runMachine({
  root,
  upstream,
  rows,
}: MachineRows): AsyncGenerator<Outcome & { readonly problem?: string }> {
  const rootfs = await ensureRoot(root);
  if (typeof rootfs !== "string") {
    for (const row of rows) yield { row, where: root.title, absent: rootfs.absent, milliseconds: 0 };
    return;
  }
  await using machine = await boot(root, rootfs);
  await using served = upstream && (await serveUpstream(machine));
  const env: Record<string, string> = served === undefined ? {} : { MIRRORS: JSON.stringify(served.mirrors) };
  for (const row of rows) {
    const { user = owner, withoutGroups, change, command, seconds = 120, afterwards } = row;
    if (change !== undefined) await insist(machine, change.make);
    const begun = Date.now();
    const as = { user, groups: withoutGroups !== true, seconds, env };
    const said = await machine.run(command, as);
    const milliseconds = Date.now() - begun;
    const asked = doctorOf(row);
    const doctor = asked && doctorProblemOf(row, await machine.run(asked, as));
    if (change !== undefined) await insist(machine, change.undo);
    const after = afterwards === undefined ? undefined : await machine.run(afterwards);
    const problem =
      after !== undefined && after.exitCode !== 0 ? `afterwards: ${afterwards} fails: ${after.all}` : doctor;
    yield { row, where: root.title, said, milliseconds, ...(problem !== undefined && { problem }) };
  }
}

async function insist(machine: UserMachine, line: string): Promise<void> {
  const { exitCode, all } = await machine.run(line, { seconds: 300 });
  if (exitCode !== 0) throw new Error(`${line} fails on the stranger's machine: ${all}`);
}
