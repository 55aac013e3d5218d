import { ensureEngine } from "../../platforms/local/engine.ts";
import { sweepVms } from "../../platforms/vm/state.ts";
import { countTraces, findTraces, removeTraces, stackLabel } from "../stack/engine-traces.ts";
import { ensureAws } from "../parts/aws.ts";
import { ensurePulumi } from "../parts/ensure-pulumi.ts";
import { ownBackend, stackFile } from "../stack/environment.ts";
import { forgetStack } from "../stack/forget.ts";
import { readStackState } from "../stack/leftovers.ts";
import { platformOf } from "../stack/platform.ts";
import { Problem } from "../view/problem.ts";
import { askPulumi, type Pulumi, runPulumi, stackExists } from "../stack/pulumi.ts";
import { resume } from "../stack/resume.ts";
import { duration, say } from "../view/say.ts";
import { keepStackFile } from "../stack/stack-file.ts";

export interface DestroyOptions {
  readonly stack: string;
  /** Forget the stack as well: its state, history and config. */
  readonly remove?: boolean;
}

/** `./lab destroy`: everything of the stack goes; an absent lab is a destroyed one. */
export async function destroy({ stack, remove }: DestroyOptions): Promise<number> {
  const begun = Date.now();
  // Without a state there is nothing for pulumi to do, and no reason to build one first.
  const known = !ownBackend() || readStackState(stack) !== undefined;
  if (known) {
    const pulumi = await ensurePulumi();
    if (await stackExists(pulumi, stack)) {
      const code = await destroyStack(pulumi, stack);
      if (code !== 0) return code;
      if (remove) await removeStack(pulumi, stack);
    }
  }
  await sweep(stack);
  say(`Nothing is left of lab "${stack}" (${duration(Date.now() - begun)}).`);
  return 0;
}

async function destroyStack(pulumi: Pulumi, stack: string): Promise<number> {
  await resume(pulumi, stack);
  if (ownBackend() && readStackState(stack)?.resources === 0) return 0;
  // What is to go may be in an engine that was stopped.
  if (platformOf(stack) === "local") await ensureEngine(say);
  if (platformOf(stack) === "aws") await ensureAws(pulumi);
  const code = await runPulumi(pulumi, stack, [
    "destroy",
    "--yes",
    "--skip-preview",
    "--stack",
    stack,
    "--suppress-outputs",
  ]);
  if (code !== 0) say(`The lab is not gone yet; ./lab destroy goes on from here.`);
  return code;
}

async function removeStack(pulumi: Pulumi, stack: string): Promise<void> {
  // Pulumi.STACK.yaml is the user's: it stays.
  await keepStackFile(stackFile(stack), () =>
    askPulumi(pulumi, ["stack", "rm", "--yes", "--preserve-config", "--stack", stack]),
  );
  if (ownBackend()) forgetStack(stack);
}

/** An interrupted run may have made what no state knows of; the label does. */
async function sweep(stack: string): Promise<void> {
  if (await sweepVms(stack)) say("Removed what an interrupted run had left of virtual machines.");
  const traces = await findTraces(stack);
  if (traces.length === 0) return;
  await removeTraces(traces);
  const left = await findTraces(stack);
  if (left.length > 0) {
    throw new Problem(
      `${countTraces(left)} of lab "${stack}" cannot be removed: ${left.map(({ name }) => name).join(", ")}; ` +
        `docker ps --all --filter label=${stackLabel(stack)} shows them`,
    );
  }
  say(`Removed what an interrupted run had left: ${countTraces(traces)}.`);
}
