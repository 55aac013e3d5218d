import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { labDir, project } from "../paths.ts";

/** The config key that makes every check on the nodes run again when its value changes. */
export const verifyKey = `${project}:verify`;

const file = (stack: string): string => join(labDir, "verify", stack);

/** From now on every check that was made before counts as old. */
export function askAgain(stack: string): void {
  mkdirSync(dirname(file(stack)), { recursive: true });
  writeFileSync(file(stack), `${new Date().toISOString()}\n`);
}

/**
 * The moment of the last `./lab verify`, which every later `up` must say again, or all checks would run once more. Kept beside the
 * state: in Pulumi.STACK.yaml it would be a change to a tracked file.
 */
export function lastVerify(stack: string): string | undefined {
  return existsSync(file(stack)) ? readFileSync(file(stack), "utf8").trim() : undefined;
}
