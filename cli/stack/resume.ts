import { settleAws } from "./aws-leftovers.ts";
import { ownBackend } from "./environment.ts";
import { askLabState } from "./lab-state.ts";
import { platformOf } from "./config.ts";
import { findLocks, readStackState, releaseLock, removeDrafts, type StackState } from "./interrupted.ts";
import { endLeftPlugins } from "./left-plugins.ts";
import { Problem } from "../view/problem.ts";
import { askPulumi, type Pulumi } from "./pulumi.ts";
import { say } from "../view/say.ts";

/**
 * Makes a stack usable again after a run that was killed: a dead process's lock goes, a living one is waited for, and what was
 * under way counts as not begun. Everything the lab makes may be made again over what is there.
 */
export async function resume(pulumi: Pulumi, stack: string): Promise<void> {
  await endLeftPlugins();
  if (!ownBackend()) return;
  await settleLocks(stack);
  removeDrafts(stack);
  const pending = readStackState(stack)?.pending ?? [];
  if (pending.length === 0) return;
  // A refresh with --clear-pending-creates would ask every provider about everything, also about a cluster that is gone.
  const deployment = JSON.parse(await askPulumi(pulumi, ["stack", "export", "--stack", stack])) as {
    deployment: { pending_operations?: unknown; resources?: readonly { id?: string }[] };
  };
  // A container that is made again is taken over; an instance would be a second one, which nobody knows of and somebody pays for.
  if (platformOf(stack) === "aws") {
    const known = new Set((deployment.deployment.resources ?? []).flatMap(({ id }) => id ?? []));
    const { id: lab } = await askLabState(pulumi, stack);
    if (!(await settleAws(stack, lab, known))) {
      say(
        `An earlier run was interrupted while ${describePending(pending)}; what became of it on EC2 stays recorded as open.`,
      );
      return;
    }
  }
  delete deployment.deployment.pending_operations;
  await askPulumi(pulumi, ["stack", "import", "--stack", stack], JSON.stringify(deployment));
  say(`An earlier run was interrupted while ${describePending(pending)}; it is done again.`);
}

/** "creating k8s-master and 2 others". Pure. */
export function describePending(pending: StackState["pending"]): string {
  const [first, ...others] = pending;
  const rest = others.length === 0 ? "" : others.length === 1 ? " and 1 other" : ` and ${others.length} others`;
  return `${first?.type ?? "working"} ${first?.name ?? ""}${rest}`;
}

async function settleLocks(stack: string): Promise<void> {
  let told = false;
  for (;;) {
    const locks = findLocks(stack);
    for (const found of locks.filter(({ state }) => state === "stale")) {
      releaseLock(found);
      say(`Released the lock of an earlier run that is gone (process ${found.lock.pid}).`);
    }
    const foreign = locks.find(({ state }) => state === "elsewhere");
    if (foreign !== undefined) {
      throw new Problem(
        `stack ${stack} is locked by process ${foreign.lock.pid} on host ${foreign.lock.hostname}, which cannot be seen from here; ` +
          `if it is gone: ./lab pulumi cancel --yes --stack ${stack}`,
      );
    }
    const held = locks.find(({ state }) => state === "held");
    if (held === undefined) return;
    if (!told)
      say(
        `Another run is at work on stack ${stack} (process ${held.lock.pid}); waiting for it to end. Ctrl-C stops the wait.`,
      );
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
