import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { nodeDir, pathWith, readOrNothing } from "../../bundle/tools.ts";
import { checkout, labDir } from "../paths.ts";
import { Problem } from "../view/problem.ts";
import { flag } from "./results.ts";

const note = z.object({
  since: z.string(),
  /** freeze: processes stand still; stop: the machines are shut down. */
  how: z.enum(["freeze", "stop"]),
});
export type Paused = z.infer<typeof note>;
export type RestVerb = Paused["how"] | "resume";

/**
 * That a lab was paused is kept beside the state: verbs that would wait in vain for a machine need not ask the machines each time. Who goes
 * on by another way, such as `docker unpause`, is believed by the machines' own word: see `pausedMachines`.
 */
const noteFile = (stack: string): string => join(labDir, "paused", `${stack}.json`);

export function notePaused(stack: string, paused: Paused): void {
  mkdirSync(dirname(noteFile(stack)), { recursive: true });
  writeFileSync(noteFile(stack), `${JSON.stringify(paused)}\n`);
}

export function forgetPaused(stack: string): void {
  rmSync(noteFile(stack), { force: true });
}

/** What the last `./lab pause` noted, and no verb has ended since. */
export function notedPause(stack: string): Paused | undefined {
  const text = readOrNothing(noteFile(stack));
  return text === undefined ? undefined : note.safeParse(parseOrNothing(text)).data;
}

/** A note that was cut off by a kill says nothing. */
function parseOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** One sentence for whoever would use a machine of the lab; undefined where the lab is not paused. */
export function describePause(stack: string): string | undefined {
  const paused = notedPause(stack);
  if (paused === undefined) return undefined;
  const how = paused.how === "freeze" ? "its machines are frozen" : "its machines are shut down";
  return `lab "${stack}" is paused since ${paused.since}: ${how}; ./lab resume${flag(stack)} lets it go on`;
}

/** @throws Problem where the lab is paused, instead of waiting for a machine that does not answer */
export function refusePaused(stack: string): void {
  const sentence = describePause(stack);
  if (sentence !== undefined) throw new Problem(sentence);
}

/**
 * Lets the machines of a lab rest or go on (pause.sh of the platform).
 * @returns names of those that do not run afterwards
 */
export async function rest(platform: "local" | "vm", verb: RestVerb, id: string): Promise<readonly string[]> {
  const env = { ...process.env, STACK: id.slice(0, id.lastIndexOf("-")), LAB: id, PATH: pathWith([nodeDir]) };
  try {
    const { stdout } = await promisify(execFile)(join(checkout, "platforms", platform, "pause.sh"), [verb], { env });
    return stdout.split("\n").filter((line) => line !== "");
  } catch (error) {
    throw new Problem((error as { stderr?: string }).stderr?.trim() || String(error));
  }
}
