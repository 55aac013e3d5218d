import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { once } from "node:events";

/**
 * Runs `work` while holding an exclusive lock on `file`; a second process waits (`onWait` says so once).
 *
 * The lock is the kernel's, held by a `flock` child that lives as long as its stdin does: however this process ends, also by
 * kill -9, the pipe closes and the lock is free. There is no stale lock to recognise.
 */
export async function withLock<T>(file: string, work: () => Promise<T>, onWait?: () => void): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const holder = spawn("flock", ["--exclusive", file, "sh", "-c", "echo held; exec cat"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const waiting = setTimeout(() => onWait?.(), 300);
  try {
    const held = once(holder.stdout, "data");
    const ended = once(holder, "exit").then(() => {
      throw new Error(`cannot lock ${file}: flock (package util-linux) ended early`);
    });
    ended.catch(() => {}); // it always ends early or late; only the first of the two counts
    await Promise.race([held, ended]);
    clearTimeout(waiting);
    return await work();
  } finally {
    clearTimeout(waiting);
    holder.stdin.end();
    holder.stdout.destroy();
  }
}
