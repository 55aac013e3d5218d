import { forgetNeeds } from "../cache/needs.ts";
import { elapsed } from "../../bundle/estimate.ts";
import { stackFolder, sweepVms, type VmLab, vmLabs } from "../../platforms/vm/state.ts";
import { countHeld, labels, type Look, lookInEngine, removalOf, removeHeld } from "../stack/in-engine.ts";
import { askLabState, type LabState } from "../stack/lab-state.ts";
import { sweepAws } from "../stack/aws-leftovers.ts";
import { ensurePulumi } from "../parts/ensure-pulumi.ts";
import { ownBackend, stackFile, stateElsewhere } from "../stack/environment.ts";
import { forgetStack } from "../stack/forget.ts";
import { readStackState } from "../stack/interrupted.ts";
import { platformOf } from "../stack/config.ts";
import { Problem } from "../view/problem.ts";
import { askPulumi, type Pulumi, stackExists } from "../stack/pulumi.ts";
import { refuseOther } from "../stack/passphrase.ts";
import { forgetPaused } from "../stack/paused.ts";
import { say } from "../view/say.ts";
import { keepStackFile } from "../stack/stack-file.ts";
import { tearDown } from "../stack/tear-down.ts";

export interface DestroyOptions {
  readonly stack: string;
  /** Forget the stack as well: its state, history and config. */
  readonly remove?: boolean;
}

/** `./lab destroy`: everything of the stack goes; an absent lab is a destroyed one. */
export async function destroy({ stack, remove }: DestroyOptions): Promise<number> {
  const begun = Date.now();
  let lab: LabState | undefined;
  // Without a state there is nothing for pulumi to do, and no reason to build one first.
  const elsewhere = stateElsewhere();
  if (elsewhere !== undefined) say(elsewhere);
  const known = !ownBackend() || readStackState(stack) !== undefined;
  if (known) {
    refuseOther(stack);
    const pulumi = await ensurePulumi(stack);
    if (await stackExists(pulumi, stack)) {
      // Its id is gone with the rest of the state.
      lab = await askLabState(pulumi, stack);
      const code = await tearDown(pulumi, stack);
      if (code !== 0) return code;
      forgetPaused(stack);
      if (remove) await removeStack(pulumi, stack);
    }
  }
  const id = lab?.id;
  if (await sweepVms(stack, (vm) => vm.id === id)) say("Removed what an interrupted run had left of virtual machines.");
  const swept = await sweepEngine(id);
  const { ours, others } = whatIsLeft({
    stack,
    id,
    look: swept,
    vms: vmLabs(),
    abandoned: abandoned(lab?.hosts ?? []),
    platform: platformOf(stack),
  });
  // Also without a state, which may be lost while the instances run and cost.
  const onAws = platformOf(stack) === "aws" ? await sweepAws(stack, id) : { ours: [], others: [] };
  ours.push(...onAws.ours);
  for (const line of [...others, ...onAws.others, ...ours]) say(line);
  const took = elapsed(Date.now() - begun);
  say(
    ours.length === 0
      ? `Nothing is left of lab "${stack}" (${took}).`
      : `Lab "${stack}" is destroyed (${took}), but for what is named above.`,
  );
  return 0;
}

/** The user's own hosts that must not be reset: PODNET_ABANDON, as platforms/hosts/host.ts reads it. */
function abandoned(hosts: readonly string[]): string[] {
  const names = (process.env["PODNET_ABANDON"] ?? "").split(",").map((name) => name.trim());
  return hosts.filter((name) => names.includes(name));
}

async function removeStack(pulumi: Pulumi, stack: string): Promise<void> {
  // Pulumi.STACK.yaml is the user's: it stays.
  await keepStackFile(stackFile(stack), () =>
    askPulumi(pulumi, ["stack", "rm", "--yes", "--preserve-config", "--stack", stack]),
  );
  if (ownBackend()) forgetStack(stack);
  forgetNeeds(stack);
  // Pulumi has just said that history and configuration are still maintained: it does not know what comes next.
  say(`Removed the stack "${stack}" as well, with its state and history; Pulumi.${stack}.yaml stays, if there is one.`);
}

/** An interrupted run may have made what no state knows of; the id tells. @returns what the engine holds afterwards */
async function sweepEngine(id: string | undefined): Promise<Look> {
  const before = await lookInEngine();
  const mine = before.held.filter((thing) => id !== undefined && thing.lab === id);
  if (mine.length === 0) return before;
  await removeHeld(mine);
  const after = await lookInEngine();
  const left = after.held.filter((thing) => thing.lab === id);
  if (left.length > 0) {
    throw new Problem(
      `${countHeld(left)} of this lab cannot be removed: ${left.map(({ name }) => name).join(", ")}; ` +
        `docker ps --all --filter label=${labels.lab}=${id} shows them`,
    );
  }
  say(`Removed what an interrupted run had left: ${countHeld(mine)}.`);
  return after;
}

export interface Remains {
  readonly stack: string;
  /** The destroyed lab's; undefined where no state told it. */
  readonly id: string | undefined;
  readonly look: Look;
  readonly vms: readonly VmLab[];
  /** Hosts that were not reset, since the user said so. */
  readonly abandoned: readonly string[];
  readonly platform: string;
}

/** Sentences on what is there after all: of this lab, or perhaps of it; and of others that have its name. Pure. */
export function whatIsLeft({ stack, id, look, vms, abandoned: hosts, platform }: Remains): {
  readonly ours: string[];
  readonly others: readonly string[];
} {
  const namesakes = look.held.filter((thing) => thing.stack === stack);
  const earlier = namesakes.filter(({ lab }) => lab === "");
  const foreign = Map.groupBy(
    namesakes.filter(({ lab }) => lab !== "" && lab !== id),
    ({ lab, checkout }) => `${lab}${checkout === "" ? "" : ` of ${checkout}`}`,
  );
  const folder = vms.find((vm) => vm.stack === stack);
  const ours: string[] = [];
  if (platform === "local" && !look.looked)
    ours.push("docker does not answer: whether it holds anything of the lab is not known.");
  if (earlier.length > 0) {
    ours.push(
      `Still there: ${countHeld(earlier)} of an earlier version's lab "${stack}", and no state tells of which checkout; ` +
        `if none needs them: ${removalOf(earlier)}`,
    );
  }
  if (folder !== undefined && folder.id === undefined) {
    ours.push(
      `Still there: ${stackFolder(stack)} with virtual machines of an earlier version's lab "${stack}", and no state tells of which checkout.`,
    );
  }
  for (const host of hosts) {
    ours.push(
      `The host ${host} is left as it is (PODNET_ABANDON): what the lab brought is still there; there, bash /var/lib/podnet/reset.sh takes it away.`,
    );
  }
  const others = [...foreign].map(
    ([who, held]) => `Not touched: ${countHeld(held)} of another lab "${stack}" (${who}).`,
  );
  if (folder?.id !== undefined && folder.id !== id)
    others.push(`Not touched: virtual machines of another lab "${stack}" (${folder.id} of ${folder.checkout}).`);
  return { ours, others };
}
