import { createHash } from "node:crypto";
import { globSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readOrNothing } from "../../bundle/tools.ts";
import { checkout, labDir, stackStateFile } from "../paths.ts";
import { platformOf } from "./config.ts";
import { ownBackend } from "./environment.ts";

/**
 * Has Pulumi write the state once, at the end of a run, and not twice for each step: in `pulumi destroy` and in looking again that is half of
 * the time. A run that is interrupted writes it too; one that is killed, or ends with its machine, leaves the state as it was before. So it is
 * for runs that make nothing which the state would then not know of.
 */
export const stateAtTheEnd = { PULUMI_SKIP_CHECKPOINTS: "true" } as const;

/** Whether the lab's machines are its own, on this host: what the state still tells of after it has gone is found gone, see endDestroy. */
export const isMadeHere = (stack: string): boolean => ownBackend() && ["local", "vm"].includes(platformOf(stack));

/** What the program, its scripts and its config are, as one sum. Where it is the same, and so is the state, an update looks again at most. */
export function contentOf(stack: string, root = checkout): string {
  const sum = createHash("sha256");
  const folders = ["bundle", "components", "evidence", "faults", "nodes", "packages", "platforms"];
  const below = folders.flatMap((folder) =>
    globSync(`${folder}/**`, { cwd: root, exclude: ["**/node_modules"] }).sort(),
  );
  for (const name of ["Pulumi.yaml", `Pulumi.${stack}.yaml`, "index.ts", "package-lock.json", ...below]) {
    const file = join(root, name);
    if (statSync(file, { throwIfNoEntry: false })?.isFile())
      sum.update(`${name}\0`).update(readFileSync(file)).update("\0");
  }
  return sum.digest("hex");
}

const noteFile = (stack: string): string => join(labDir, "settled", stack);

/** The state is large, and is written whole each time. */
function noteOf(stack: string, content: string): string {
  const state = statSync(stackStateFile(stack), { throwIfNoEntry: false });
  return `${content} ${state?.mtimeMs} ${state?.size}`;
}

/** Whether the last update of the lab followed from this content and ended well, and nobody has written the state since. */
export const isSettled = (stack: string, content: string): boolean =>
  readOrNothing(noteFile(stack))?.trim() === noteOf(stack, content);

/** @param content as it was when the update began: what was changed meanwhile is the next one's */
export function noteSettled(stack: string, content: string): void {
  mkdirSync(dirname(noteFile(stack)), { recursive: true });
  writeFileSync(noteFile(stack), `${noteOf(stack, content)}\n`);
}
