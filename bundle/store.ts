import { existsSync, utimesSync } from "node:fs";
import { chmod, mkdir, mkdtemp, open, readdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { type Artifact, idOf, type Note } from "./artifact.ts";
import { withLock } from "./lock.ts";
import { openLog, type StepLog } from "./log.ts";
import { beginBuild, keepMeasured } from "./measured.ts";
import type { Mirrors } from "./mirrors.ts";

/** Where built things are kept: outside the checkout, shared by every checkout of one user. */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  if (env["PODNET_CACHE"]) return env["PODNET_CACHE"];
  return join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "pod-networking-lab");
}

/** Where artifacts are kept, each under a name that says what decides its content. */
export class Store {
  readonly root: string;
  readonly mirrors: Mirrors;

  constructor(root = cacheRoot(), mirrors: Mirrors = {}) {
    this.root = root;
    this.mirrors = mirrors;
  }

  /** Where the artifact is, or will be. What stands there is complete: it got there by one rename. */
  pathOf(artifact: Artifact): string {
    return join(this.root, "artifacts", idOf(artifact));
  }

  has(artifact: Artifact): boolean {
    return existsSync(this.pathOf(artifact));
  }

  /** The folder's time says when it was last used, by which `./lab cache prune` goes for what only tests use. */
  markUsed(artifact: Artifact): void {
    try {
      const now = new Date();
      utimesSync(this.pathOf(artifact), now, now);
    } catch {
      // Another user's cache, or not there: using it goes without the note.
    }
  }

  /**
   * Makes the artifact unless it stands. What it needs must stand already.
   * @param stop ends the programs that make it
   */
  async ensure(artifact: Artifact, note: Note = () => {}, stop?: AbortSignal): Promise<string> {
    const path = this.pathOf(artifact);
    if (existsSync(path)) {
      this.markUsed(artifact);
      return path;
    }
    const log = openLog(this.root, idOf(artifact), stop);
    await this.publish(
      path,
      async (temp) => {
        const taken = beginBuild(); // waiting for another build is none
        await this.#make(artifact, temp, note, log).finally(taken);
        keepMeasured(this.root, artifact, taken() / 1000);
      },
      () => note("another build has it; waiting"),
    );
    return path;
  }

  /**
   * Fills a directory and moves it to `path` in one step. Two processes never fill the same path at once, and one that is killed
   * leaves only a temporary directory, which the next one removes.
   */
  async publish(path: string, fill: (temp: string) => Promise<void>, onWait?: () => void): Promise<void> {
    const parent = join(path, "..");
    const name = path.slice(parent.length + 1);
    await withLock(
      join(this.root, "locks", name),
      async () => {
        if (existsSync(path)) return;
        await mkdir(parent, { recursive: true });
        for (const entry of await readdir(parent)) {
          if (entry.startsWith(`.${name}.`)) await rm(join(parent, entry), { recursive: true, force: true });
        }
        const temp = await mkdtemp(join(parent, `.${name}.`));
        try {
          await fill(temp);
          await chmod(temp, 0o755); // mkdtemp makes it for one user only
          await syncTree(temp);
          await rename(temp, path);
        } finally {
          await rm(temp, { recursive: true, force: true });
        }
      },
      onWait,
    );
  }

  async #make(artifact: Artifact, temp: string, note: Note, log: StepLog): Promise<void> {
    const scratch = await mkdtemp(`${temp}.scratch-`); // beside `temp`, so that a later clean-up finds both
    try {
      await artifact.build({
        out: temp,
        scratch,
        note,
        run: log.run,
        mirrors: this.mirrors,
        dirOf: (needed) => {
          if (!artifact.needs.includes(needed))
            throw new Error(`${artifact.name} uses ${needed.name} without saying it needs it`);
          return this.pathOf(needed);
        },
      });
    } catch (error) {
      throw await log.explain(artifact.name, error);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }
}

/** Content must be on disk before the name is: after a power cut a complete name may not stand over empty files. */
async function syncTree(dir: string): Promise<void> {
  for (const entry of await readdir(dir, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const file = await open(join(entry.parentPath, entry.name));
    await file.sync().finally(() => file.close());
  }
}
