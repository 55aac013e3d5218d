import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ensureEngine } from "../../platforms/local/engine.ts";
import { ensureAws } from "../parts/aws.ts";
import { labDir } from "../paths.ts";
import { say } from "../view/say.ts";
import { platformOf } from "./config.ts";
import { ownBackend } from "./environment.ts";
import { type Look, lookInEngine } from "./in-engine.ts";
import { readStackState } from "./interrupted.ts";
import { readLabState } from "./lab-state.ts";
import { type Pulumi, runPulumi } from "./pulumi.ts";
import { resume } from "./resume.ts";
import { isMadeHere, stateAtTheEnd } from "./settled.ts";

/** Everything of the stack goes; the stack itself stays. @returns pulumi's exit code */
export async function tearDown(pulumi: Pulumi, stack: string): Promise<number> {
  await resume(pulumi, stack);
  if (ownBackend() && readStackState(stack)?.resources === 0) return 0;
  // What is to go may be in an engine that was stopped.
  if (platformOf(stack) === "local") await ensureEngine(say);
  if (platformOf(stack) === "aws") await ensureAws(pulumi);
  const args = ["destroy", "--yes", "--skip-preview", "--stack", stack, "--suppress-outputs"];
  const atTheEnd = isMadeHere(stack);
  if (atTheEnd) noteBegun(stack);
  const code = await runPulumi(pulumi, stack, args, atTheEnd ? { env: stateAtTheEnd } : {});
  if (code === 0) rmSync(noteFile(stack), { force: true });
  else say(`The lab is not gone yet; ./lab destroy goes on from here.`);
  return code;
}

const noteFile = (stack: string): string => join(labDir, "destroying", stack);

function noteBegun(stack: string): void {
  try {
    mkdirSync(dirname(noteFile(stack)), { recursive: true });
    writeFileSync(noteFile(stack), `${new Date().toISOString()}\n`);
  } catch {
    // The disk may be full, and to make room is what this destroy is for.
  }
}

/**
 * A destroy that was killed, or could not write the state at its end, may have taken what the state still tells of. An update makes machines again,
 * but on a network that it takes to be there: where nothing of the lab is left, the destroy comes to its end first. @returns pulumi's exit code
 */
export async function endDestroy(pulumi: Pulumi, stack: string): Promise<number> {
  if (!existsSync(noteFile(stack)) || platformOf(stack) !== "local") return 0;
  if (!isGoneUnsaid(readLabState(stack)?.id, await lookInEngine())) return 0;
  say(
    `An earlier ./lab destroy had taken all of lab "${stack}", and was cut off before its state said so; it comes to its end first.`,
  );
  return await tearDown(pulumi, stack);
}

/** Whether the engine holds neither a machine nor the network of a lab that has a state. A volume may be a checkpoint of machines that are gone. Pure. */
export const isGoneUnsaid = (id: string | undefined, { looked, held }: Look): boolean =>
  id !== undefined && looked && !held.some(({ lab, kind }) => lab === id && kind !== "volume");
