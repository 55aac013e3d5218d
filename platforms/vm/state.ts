import { existsSync, globSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { nodeDir, pathWith, readOrNothing } from "../../bundle/tools.ts";

/** A lab's folder, as lib.sh has it. */
export interface VmLab {
  readonly stack: string;
  /** Absent for a lab of a version that had no ids, and so are the others then. */
  readonly id?: string;
  readonly checkout?: string;
  readonly machines: readonly { readonly name: string; readonly running: boolean; readonly frozen?: boolean }[];
  /** As checkpoint.sh keeps them, by name. @default none */
  readonly checkpoints?: readonly { readonly name: string; readonly bytes: number }[];
}

const root = (env: NodeJS.ProcessEnv): string =>
  join(env["XDG_STATE_HOME"] || join(homedir(), ".local", "state"), "pod-networking-lab");

/** Where a stack's VMs are kept. */
export const stackFolder = (stack: string, env: NodeJS.ProcessEnv = process.env): string => join(root(env), stack);

/** Every lab that this user has VMs of, whichever checkout made it. */
export function vmLabs(env: NodeJS.ProcessEnv = process.env): VmLab[] {
  if (!existsSync(root(env))) return [];
  return foldersIn(root(env)).map((stack) => {
    const folder = stackFolder(stack, env);
    const [id, , checkout] = read(join(folder, ".lab")).split("\n");
    return {
      stack,
      ...(id && { id }),
      ...(checkout && { checkout }),
      machines: foldersIn(folder).map((name) => ({
        name,
        running: runs(join(folder, name)),
        ...(existsSync(join(folder, name, "frozen")) && { frozen: true }),
      })),
      ...checkpointsIn(join(folder, ".checkpoints")),
    };
  });
}

function checkpointsIn(folder: string): Pick<VmLab, "checkpoints"> {
  if (!existsSync(folder)) return {};
  const checkpoints = foldersIn(folder).map((name) => ({
    name,
    bytes: globSync("*.kib", { cwd: join(folder, name) }).reduce(
      (sum, file) => sum + Number(read(join(folder, name, file))) * 1024,
      0,
    ),
  }));
  return checkpoints.length === 0 ? {} : { checkpoints };
}

/** Removes whatever is there of a stack's VMs, if they are the caller's. @returns whether there was something, and it is gone */
export async function sweepVms(stack: string, owns: (lab: VmLab) => boolean): Promise<boolean> {
  const lab = vmLabs().find((one) => one.stack === stack);
  if (lab?.id === undefined || !owns(lab)) return false;
  const env = { STACK: stack, LAB: lab.id, PATH: pathWith([nodeDir]) };
  await execa(join(import.meta.dirname, "sweep.sh"), { env, stdin: "ignore" });
  return !existsSync(stackFolder(stack));
}

/** As lib.sh tells it: process ids are used again, so the process must name the machine's own pid file. */
function runs(folder: string): boolean {
  const pid = read(join(folder, "pid")).trim();
  return /^\d+$/.test(pid) && read(`/proc/${pid}/cmdline`).split("\0").includes(join(folder, "pid"));
}

const foldersIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    // No node and no checkpoint begins with a dot.
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .map(({ name }) => name)
    .toSorted();

const read = (path: string): string => readOrNothing(path) ?? "";
