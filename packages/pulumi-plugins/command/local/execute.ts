// Runs a command on this machine, in a process group of its own, so that stopping it stops all that it started.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { Output, type Logging } from "../output.ts";
import { failure } from "../redact.ts";
import type { Task } from "../task.ts";

export interface LocalCommand {
  readonly text: string;
  readonly secret: boolean;
  readonly interpreter?: readonly string[];
  readonly dir?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly logging?: Logging;
}

const graceMs = 2_000;

export async function execute(command: LocalCommand, task: Task): Promise<{ stdout: string; stderr: string }> {
  const fail = (why: string, output = ""): Error => new Error(task.redact(failure(why, command, output)));
  task.signal.throwIfAborted();

  const [program, ...args] = command.interpreter?.length ? command.interpreter : ["/bin/sh", "-c"];
  const dir = command.dir ?? process.cwd();
  // spawn reports a missing directory as a missing program.
  if (!statSync(dir, { throwIfNoEntry: false })?.isDirectory()) throw fail(`chdir ${dir}: no such directory`);

  const start = (): ChildProcess => {
    try {
      return spawn(program!, [...args, command.text], {
        cwd: resolve(dir),
        env: { ...process.env, ...command.environment },
        stdio: [command.stdin ? "pipe" : "ignore", "pipe", "pipe"],
        detached: true,
      });
    } catch (error) {
      // Command and environment too long for the system, among others.
      throw fail(`exec ${program}: ${(error as Error).message}`);
    }
  };
  const child = start();
  const output = new Output(task, command.logging);
  output.collect("stdout", child.stdout!);
  output.collect("stderr", child.stderr!);
  // A command need not read what it is given.
  child.stdin?.on("error", () => {});
  child.stdin?.end(command.stdin);

  const stop = (): void => stopGroup(child);
  task.signal.addEventListener("abort", stop, { once: true });
  try {
    // "close" and not "exit": what a background child still writes belongs to the output.
    const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    if (task.signal.aborted) throw fail((task.signal.reason as Error).message, output.together);
    if (signal) throw fail(`signal: ${signal}`, output.together);
    if (code !== 0) throw fail(`exit status ${code}`, output.together);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall?.startsWith("spawn")) {
      throw fail(
        `exec ${program}: ${(error as NodeJS.ErrnoException).code === "ENOENT" ? "not found" : String(error)}`,
      );
    }
    throw error;
  } finally {
    task.signal.removeEventListener("abort", stop);
  }
  return output.result;
}

function stopGroup(child: ChildProcess): void {
  const signalGroup = (signal: NodeJS.Signals): void => {
    try {
      process.kill(-child.pid!, signal);
    } catch {
      // Already gone.
    }
  };
  if (child.pid === undefined) return;
  signalGroup("SIGTERM");
  setTimeout(() => signalGroup("SIGKILL"), graceMs).unref();
  // A descendant that left the group may hold the output open; nobody waits for it any longer.
  setTimeout(() => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, graceMs + 500).unref();
}
