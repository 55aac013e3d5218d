import { closeSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readOrNothing } from "../../bundle/tools.ts";
import { prepareParts } from "../parts/parts.ts";
import { labDir, logsDir, project } from "../paths.ts";
import { paint, say } from "../view/say.ts";
import { platformOf, refuseWrongConfig } from "./config.ts";
import { ownBackend, stackFile, stateElsewhere } from "./environment.ts";
import { forgetOldUpdates } from "./history.ts";
import { refuseTakenNames } from "./names.ts";
import { refuseOther } from "./passphrase.ts";
import { readLabState } from "./lab-state.ts";
import { ensureStack, type Pulumi, runPulumi } from "./pulumi.ts";
import { resume } from "./resume.ts";
import { isSettled, noteSettled, isMadeHere, stateAtTheEnd } from "./settled.ts";
import { refuseGone } from "./standing.ts";
import { unchanged } from "./stack-file.ts";
import { wake } from "./wake.ts";

/**
 * Whatever is missing, then `pulumi up`, whose exit code it returns. What pulumi prints goes to `output`, a file descriptor, or to this terminal.
 * @param config values of this update alone. @default as the stack's file has them
 * @param looksOnly that nobody wants more of it than to look again
 */
export async function update(
  stack: string,
  title: string,
  output?: number,
  config?: Readonly<Record<string, string>>,
  looksOnly = false,
): Promise<number> {
  const elsewhere = stateElsewhere();
  if (elsewhere !== undefined) say(elsewhere);
  await refuseWrongConfig(stack);
  refuseOther(stack);
  await refuseGone(stack, platformOf(stack));
  await refuseTakenNames(stack, platformOf(stack));
  const { pulumi, steps } = await prepareParts(1, stack);
  await wake(stack, platformOf(stack));
  say(paint("bold", `[${steps + 1}/${steps + 1}] ${title}`, process.stderr));
  await ensureStack(pulumi, stack);
  await resume(pulumi, stack);
  return await runUp(pulumi, stack, [], output, config, looksOnly);
}

/**
 * Starts the machines that are down, and does no more than that. The program judges the claims all the same, by what was observed before the machines
 * went down, so whether pulumi succeeds says nothing. @returns where what it printed stands
 */
export async function startMachines(stack: string): Promise<string> {
  const { pulumi } = await prepareParts(0, stack);
  await resume(pulumi, stack);
  mkdirSync(logsDir, { recursive: true });
  const log = join(logsDir, `machines-${stack}.log`);
  const file = openSync(log, "w");
  const targets = (readLabState(stack)?.machines ?? []).flatMap((urn) => ["--target", urn]);
  await runUp(pulumi, stack, targets, file).finally(() => closeSync(file));
  return log;
}

/**
 * For several updates of a lab that is up, each with values of its own for some keys of the config: the stack's file stays as it is, so that a plain
 * `./lab up` goes back to that, whatever became of this run. @returns one such update; it returns pulumi's exit code
 */
export async function prepareUpdates(
  stack: string,
  output: number,
): Promise<(config: Readonly<Record<string, string>>) => Promise<number>> {
  const platform = platformOf(stack);
  await refuseWrongConfig(stack);
  refuseOther(stack);
  await refuseGone(stack, platform);
  const { pulumi } = await prepareParts(0, stack);
  await wake(stack, platform);
  await resume(pulumi, stack);
  return async (config) => await runUp(pulumi, stack, [], output, config);
}

async function runUp(
  pulumi: Pulumi,
  stack: string,
  more: readonly string[],
  output?: number,
  own: Readonly<Record<string, string>> = {},
  looksOnly = false,
): Promise<number> {
  const args = ["up", "--yes", "--skip-preview", "--suppress-outputs", "--stack", stack, ...more];
  // Every later update must say the same moments again, or all checks would run once more.
  const noted = Object.fromEntries(
    moments.flatMap((key) => {
      const moment = readOrNothing(momentFile(key, stack))?.trim();
      return moment === undefined ? [] : [[`${project}:${key}`, moment]];
    }),
  );
  const config = {
    ...noted,
    ...Object.fromEntries(Object.entries(own).map(([key, value]) => [`${project}:${key}`, value])),
  };
  const run = (): Promise<number> =>
    runPulumi(pulumi, stack, args, {
      config,
      ...(output !== undefined && { output }),
      ...(looksOnly && isMadeHere(stack) && isSettled(stack) && { env: stateAtTheEnd }),
    });
  const foreign = !ownBackend() && Object.keys(own).length > 0;
  const code = await (foreign ? unchanged(stackFile(stack), run) : run());
  if (ownBackend()) forgetOldUpdates(stack);
  if (code === 0 && more.length === 0 && Object.keys(own).length === 0 && isMadeHere(stack)) noteSettled(stack);
  return code;
}

/** From the next update on the config says another moment, which makes every check on the nodes run again. */
export function askAnew(stack: string): void {
  noteMoment("verify", stack);
}

/** From the next update on the config says another moment, which makes it read the admin's kubeconfig anew. */
export function noteRenewed(stack: string): void {
  noteMoment("renewed", stack);
}

/** Config keys whose value is a moment. */
const moments = ["verify", "renewed"] as const;

function noteMoment(key: (typeof moments)[number], stack: string): void {
  mkdirSync(dirname(momentFile(key, stack)), { recursive: true });
  writeFileSync(momentFile(key, stack), `${new Date().toISOString()}\n`);
}

/** Kept beside the state: in Pulumi.STACK.yaml it would be a change to a tracked file. */
const momentFile = (key: (typeof moments)[number], stack: string): string => join(labDir, key, stack);
