import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";

/** Where a stack's VMs are kept, as lib.sh has it. */
export function stackFolder(stack: string, env: NodeJS.ProcessEnv = process.env): string {
  return join(env["XDG_STATE_HOME"] || join(homedir(), ".local", "state"), "pod-networking-lab", stack);
}

/** Removes whatever is there of a stack's VMs. @returns whether there was something */
export async function sweepVms(stack: string): Promise<boolean> {
  if (!existsSync(stackFolder(stack))) return false;
  await execa(join(import.meta.dirname, "sweep.sh"), { env: { STACK: stack }, stdin: "ignore" });
  return true;
}
