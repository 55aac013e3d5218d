import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { lookAtProcess, type Seen } from "../../bundle/process.ts";
import { project, stackStateFile, stateDir } from "../paths.ts";

const lockSchema = z.object({ pid: z.number(), hostname: z.string(), timestamp: z.string() });
export type Lock = z.infer<typeof lockSchema>;

export type LockState = "stale" | "held" | "elsewhere";

/**
 * A lock is stale when its process is gone: no process has that id, or the one that has it is not pulumi, or began after the lock was taken
 * (ids are used again). Of another host nothing can be known, and of a hidden process only that it exists. Pure.
 */
export function judgeLock(lock: Lock, host: string, process: Seen): LockState {
  if (lock.hostname !== host) return "elsewhere";
  if (process === "hidden") return "held";
  if (process === "gone" || process.command !== "pulumi") return "stale";
  return process.startedAt.getTime() > Date.parse(lock.timestamp) + 1000 ? "stale" : "held";
}

const lockDir = (stack: string): string => join(stateDir, ".pulumi", "locks", "organization", project, stack);

export interface FoundLock {
  readonly file: string;
  readonly lock: Lock;
  readonly state: LockState;
}

export function findLocks(stack: string): FoundLock[] {
  const directory = lockDir(stack);
  if (!existsSync(directory)) return [];
  // The file store keeps a NAME.json.attrs beside each NAME.json.
  return readdirSync(directory)
    .filter((name) => name.endsWith(".json"))
    .flatMap((name) => {
      const file = join(directory, name);
      const lock = readLock(file);
      return lock === undefined ? [] : [{ file, lock, state: judgeLock(lock, hostname(), lookAtProcess(lock.pid)) }];
    });
}

/** Deletes this one file: `pulumi cancel` would delete every lock of the stack, held ones too. */
export function releaseLock({ file }: FoundLock): void {
  rmSync(file, { force: true });
  rmSync(`${file}.attrs`, { force: true });
}

/** A lock that was killed while it was written holds nothing: it counts as one of no process. */
function readLock(file: string): Lock | undefined {
  try {
    return lockSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    return { pid: 0, hostname: hostname(), timestamp: new Date(0).toISOString() };
  }
}

const stacksDir = (): string => join(stateDir, ".pulumi", "stacks", project);

/**
 * Beside each file the file backend keeps its attributes, and writes these in place: a run that was killed just then leaves them empty, and no
 * Pulumi reads the state any more ("failed to load checkpoint: EOF"). Where there are none, it does without. So it is no harm to remove them,
 * even from under a run that is writing them.
 */
export function mendAttributes(directory = stacksDir()): void {
  if (!existsSync(directory)) return;
  for (const name of readdirSync(directory).filter((one) => one.endsWith(".attrs"))) {
    const file = join(directory, name);
    if (!isJson(file)) rmSync(file, { force: true });
  }
}

function isJson(file: string): boolean {
  try {
    JSON.parse(readFileSync(file, "utf8"));
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}

/** Drafts of the stack's state that killed runs have left; no run is at work on it. */
export function removeDrafts(stack: string, directory = stacksDir()): void {
  if (!existsSync(directory)) return;
  for (const name of readdirSync(directory))
    if (name.startsWith(`${stack}.json.`) && name.endsWith(".tmp")) rmSync(join(directory, name), { force: true });
}

const checkpointSchema = z.object({
  checkpoint: z.object({
    latest: z
      .object({
        resources: z.array(z.unknown()).optional(),
        pending_operations: z.array(z.object({ type: z.string(), resource: z.object({ urn: z.string() }) })).optional(),
      })
      .nullish(),
  }),
});

export interface StackState {
  readonly resources: number;
  /** What an interrupted run was in the middle of. */
  readonly pending: readonly { readonly type: string; readonly name: string }[];
}

/** Read from the file backend itself, which costs nothing; undefined when there is no such stack. */
export function readStackState(stack: string): StackState | undefined {
  const file = stackStateFile(stack);
  if (!existsSync(file)) return undefined;
  const { latest } = checkpointSchema.parse(JSON.parse(readFileSync(file, "utf8"))).checkpoint;
  return {
    resources: latest?.resources?.length ?? 0,
    pending: (latest?.pending_operations ?? []).map(({ type, resource }) => ({
      type,
      name: resource.urn.split("::").at(-1) ?? "",
    })),
  };
}
