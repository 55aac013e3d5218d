import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { isHeld, withLock } from "../../bundle/lock.ts";

/** What became of one thing that was to go. */
export type Outcome = "removed" | "in use";

/**
 * Removes one thing under the lock that its builders take. Its name goes first, so that what stands under a name stays complete
 * however this ends; the rest of an interrupted removal looks like that of an interrupted build, and the next prune removes it.
 */
export async function remove(place: string, root: string): Promise<Outcome> {
  const [kind = "", ...rest] = place.split("/");
  const name = rest.join("/");
  if (kind === "image") return await underLock(join(root, "locks", `node-image-${name}`), () => removeImages(name));
  const path = kind === "left" ? join(root, name) : join(root, place);
  const lock =
    kind === "left" ? (/^\.(.+?)\.[^.]*(\.scratch-[^.]*)?$/.exec(basename(name))?.[1] ?? name) : basename(name);
  return await underLock(join(root, "locks", lock), async () => {
    if (!existsSync(path)) return "removed";
    const aside = kind === "left" ? path : join(path, "..", `.${basename(path)}.pruned`);
    if (aside !== path) {
      await rm(aside, { recursive: true, force: true });
      await rename(path, aside);
    }
    await rm(aside, { recursive: true, force: true });
    if (kind === "artifacts") await rm(join(root, "logs", `${name}.log`), { force: true });
    return "removed";
  });
}

/** A lock that is held is not waited for: a build may hold it for half an hour, and it makes what is to go. */
async function underLock(lock: string, work: () => Promise<Outcome>): Promise<Outcome> {
  // The program that held it for the removal before this one may take a moment to end.
  for (let tries = 0; isHeld(lock); tries++) {
    if (tries === 10) return "in use";
    await sleep(100);
  }
  return await withLock(lock, work);
}

/** Asked beforehand, for docker takes a name away while a machine uses the image by another one; and then without force. */
async function removeImages(key: string): Promise<Outcome> {
  const ask = (...args: string[]) => execa("docker", args, { reject: false, stdin: "ignore" });
  const refs: string[] = [];
  for (const name of ["worker", "control-plane", "common", "base"]) {
    const ref = `pod-networking-lab/node:${key}-${name}`;
    if ((await ask("image", "inspect", ref)).exitCode !== 0) continue;
    const machines = await ask("container", "ls", "--all", "--quiet", "--filter", `ancestor=${ref}`);
    if (machines.exitCode !== 0 || machines.stdout !== "") return "in use";
    refs.push(ref);
  }
  for (const ref of refs) if ((await ask("image", "rm", ref)).exitCode !== 0) return "in use";
  return "removed";
}
