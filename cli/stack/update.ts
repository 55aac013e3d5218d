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
import { contentOf, isMadeHere, isSettled, noteSettled, stateAtTheEnd } from "./settled.ts";
import { refuseGone } from "./standing.ts";
import { unchanged } from "./stack-file.ts";
import { endDestroy } from "./tear-down.ts";
import { wake } from "./wake.ts";

export interface UpdateOptions {
  /** A file descriptor for what pulumi prints. @default this terminal */
  readonly output?: number;
  /** Values of this update alone. @default as the stack's file has them */
  readonly config?: Readonly<Record<string, string>>;
  /** Nobody wants more of it than to look again. @default false */
  readonly looksOnly?: boolean;
}

/** Whatever is missing, then `pulumi up`, whose exit code it returns. */
export async function update(stack: string, title: string, options: UpdateOptions = {}): Promise<number> {
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
  const code = await endDestroy(pulumi, stack);
  return code === 0 ? await runUp(pulumi, stack, options) : code;
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
  const targets = readLabState(stack)?.machines ?? [];
  await runUp(pulumi, stack, { targets, output: file }).finally(() => closeSync(file));
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
  return async (config) => await runUp(pulumi, stack, { output, config });
}

interface RunUp extends UpdateOptions {
  /** URNs of all that it sees to. @default the whole lab */
  readonly targets?: readonly string[];
}

async function runUp(
  pulumi: Pulumi,
  stack: string,
  { targets = [], output, config: own = {}, looksOnly = false }: RunUp,
): Promise<number> {
  const args = ["up", "--yes", "--skip-preview", "--suppress-outputs", "--stack", stack];
  for (const urn of targets) args.push("--target", urn);
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
  const content = isMadeHere(stack) ? contentOf(stack) : undefined;
  const run = (): Promise<number> =>
    runPulumi(pulumi, stack, args, {
      config,
      ...(output !== undefined && { output }),
      ...(looksOnly && content !== undefined && isSettled(stack, content) && { env: stateAtTheEnd }),
    });
  const foreign = !ownBackend() && Object.keys(own).length > 0;
  const code = await (foreign ? unchanged(stackFile(stack), run) : run());
  if (ownBackend()) forgetOldUpdates(stack);
  if (code === 0 && targets.length === 0 && Object.keys(own).length === 0 && content !== undefined)
    noteSettled(stack, content);
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
