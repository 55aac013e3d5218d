import { randomBytes } from "node:crypto";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, lstatSync, readlinkSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { lookAtProcess } from "./process.ts";
import { onPath } from "./tools.ts";

/**
 * Runs `work` while holding an exclusive lock on `file`; a second process waits (`onWait` says so once).
 *
 * Where there is a `flock`, the lock is the kernel's. A Mac has none: there a symbolic link names the process that holds it.
 */
export async function withLock<T>(file: string, work: () => Promise<T>, onWait?: () => void): Promise<T> {
  const release = await holdLock(file, onWait);
  try {
    return await work();
  } finally {
    release();
  }
}

/** The same until what is returned is called, or this process ends, however it does. */
export async function holdLock(file: string, onWait?: () => void): Promise<() => void> {
  await mkdir(dirname(file), { recursive: true });
  const waiting = setTimeout(() => onWait?.(), 300);
  return await (onPath("flock") === undefined ? holdByLink(`${file}.holder`) : holdByKernel(file)).finally(() =>
    clearTimeout(waiting),
  );
}

/** Whether somebody holds the lock now. Waits for nothing, and leaves no file. */
export function isHeld(file: string): boolean {
  if (onPath("flock") === undefined) {
    const holder = read(`${file}.holder`);
    return holder !== undefined && !isLeft(holder);
  }
  return existsSync(file) && spawnSync("flock", ["-n", "-x", file, "true"], { stdio: "ignore" }).status !== 0;
}

/**
 * A child holds it that lives as long as its stdin does: however this process ends, also by kill -9, the pipe closes and the lock is free.
 * There is no stale lock to recognise. The options are those that busybox knows as well. A terminal sends its signals to this child too: they
 * end the wait, but once it has the lock it is deaf to them, for its parent may have something to tidy up first.
 */
const holding = `exec 9>>"$0" && flock -x 9 && trap '' HUP INT TERM && echo held && exec cat`;

async function holdByKernel(file: string): Promise<() => void> {
  const holder = spawn("sh", ["-c", holding, file], { stdio: ["pipe", "pipe", "inherit"] });
  const release = (): void => {
    holder.stdin.end();
    holder.stdout.destroy();
  };
  const held = once(holder.stdout, "data");
  const ended = once(holder, "exit").then(() => {
    throw new Error(`cannot lock ${file}: flock (package util-linux) ended early`);
  });
  ended.catch(() => {}); // it always ends early or late; only the first of the two counts
  await Promise.race([held, ended]).catch((error: unknown) => {
    release();
    throw error;
  });
  return release;
}

/** A link is made with its content at once, and by one process alone: "PROCESS TOKEN". */
export async function holdByLink(link: string): Promise<() => void> {
  const mine = `${process.pid} ${randomBytes(8).toString("hex")}`;
  while (!make(link, mine)) {
    const holder = read(link);
    if (holder !== undefined && isLeft(holder)) takeAway(link, holder.content);
    else await sleep(200);
  }
  return () => {
    if (read(link)?.content === mine) rmSync(link, { force: true });
  };
}

interface Holder {
  readonly content: string;
  readonly since: Date;
}

/** A process that was killed leaves its link behind; its id may be another process's by now, which began later. */
function isLeft({ content, since }: Holder): boolean {
  const seen = lookAtProcess(Number(content.split(" ", 1)[0]));
  if (seen === "gone") return true;
  return seen !== "hidden" && seen.startedAt.getTime() > since.getTime() + 2000;
}

/** Of several that find the same link left, one moves it; a new holder's, moved by one that came late, is put back. */
function takeAway(link: string, content: string): void {
  const aside = `${link}.${process.pid}`;
  try {
    renameSync(link, aside);
  } catch {
    return;
  }
  const moved = read(aside)?.content;
  if (moved !== undefined && moved !== content) make(link, moved);
  rmSync(aside, { force: true });
}

function make(link: string, content: string): boolean {
  try {
    symlinkSync(content, link);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function read(link: string): Holder | undefined {
  try {
    return { content: readlinkSync(link), since: lstatSync(link).mtime };
  } catch {
    return undefined;
  }
}
