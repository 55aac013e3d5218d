import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

/** What this machine knows of a process that is there. */
export interface ProcessFacts {
  readonly command: string;
  readonly startedAt: Date;
}

/** "hidden": it is there, and nothing more can be said of it. */
export type Seen = ProcessFacts | "hidden" | "gone";

/**
 * Linux tells by /proc; a Mac, which has none, by ps. A process of which neither tells anything is there all the same when it can be
 * signalled: to take a living one for gone would give its lock away.
 * @param proc another folder than /proc, for a test
 */
export function lookAtProcess(pid: number, proc = "/proc"): Seen {
  if (!isThere(pid)) return "gone";
  return fromProc(pid, proc) ?? fromPs(pid) ?? "hidden";
}

/** Signal 0 asks only. Another user's may not be signalled, and is there. */
export function isThere(pid: number): boolean {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function fromProc(pid: number, proc: string): Seen | undefined {
  try {
    const { command, fields } = statOf(pid, proc);
    if (fields[0] === "Z") return "gone";
    const bootTime = Number(/^btime (\d+)$/m.exec(readFileSync(`${proc}/stat`, "utf8"))?.[1]);
    const ticksSinceBoot = Number(fields[19]); // in hundredths of a second, whatever the kernel's own clock
    return { command, startedAt: new Date((bootTime + ticksSinceBoot / 100) * 1000) };
  } catch {
    return undefined;
  }
}

/** The name stands in parentheses and may hold anything; fields are counted after the last one. */
function statOf(pid: number, proc: string): { readonly command: string; readonly fields: readonly string[] } {
  const stat = readFileSync(`${proc}/${pid}/stat`, "utf8");
  const end = stat.lastIndexOf(")");
  return { command: stat.slice(stat.indexOf("(") + 1, end), fields: stat.slice(end + 2).split(" ") };
}

function fromPs(pid: number): Seen | undefined {
  try {
    const args = ["-o", "stat=", "-o", "lstart=", "-o", "comm=", "-p", String(pid)];
    // English names of months, which Date reads.
    const env = { ...process.env, LC_ALL: "C" };
    return parsePs(execFileSync("ps", args, { encoding: "utf8", env, stdio: ["ignore", "pipe", "ignore"] }));
  } catch {
    return undefined;
  }
}

/** "Ss   Sat Nov 28 01:45:57 2026 /usr/local/bin/pulumi"; a Mac tells the command's whole path. Pure. */
export function parsePs(line: string): Seen | undefined {
  const [, state = "", started = "", command = ""] =
    /^\s*(\S+)\s+(\S+\s+\S+\s+\S+\s+\S+\s+\d+)\s+(.+)$/m.exec(line) ?? [];
  const startedAt = new Date(started);
  if (Number.isNaN(startedAt.getTime())) return undefined;
  return state.startsWith("Z") ? "gone" : { command: basename(command.trim()), startedAt };
}

export interface Listed {
  readonly pid: number;
  /** Its command line, the program first; empty for one that is ending. */
  readonly args: readonly string[];
}

/** A process, what it started, and what they did; none where it has ended. */
export function listTree(pid: number, proc = "/proc"): readonly Listed[] {
  const all = listProcesses(proc);
  const children = Map.groupBy(all, (one) => parentOf(one.pid, proc));
  const below = (one: Listed): readonly Listed[] => [one, ...(children.get(one.pid) ?? []).flatMap(below)];
  return all.filter((one) => one.pid === pid).flatMap(below);
}

function parentOf(pid: number, proc: string): number | undefined {
  try {
    return Number(statOf(pid, proc).fields[1]);
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}

/** All processes, by /proc; a system without it tells of none. */
export function listProcesses(proc = "/proc"): readonly Listed[] {
  return namesIn(proc)
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), args: wordsOf(join(proc, name, "cmdline")) }));
}

/** A process's environment as it began, "NAME=VALUE" each; none where it has ended, or is another user's. */
export const environmentOf = (pid: number, proc = "/proc"): readonly string[] =>
  wordsOf(join(proc, String(pid), "environ"));

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function wordsOf(file: string): readonly string[] {
  try {
    return readFileSync(file, "utf8").split("\0").slice(0, -1);
  } catch {
    return [];
  }
}
