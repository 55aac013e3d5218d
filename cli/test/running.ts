import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join, sep } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { environmentOf, listProcesses } from "../../bundle/process.ts";
import { nodeDir, pathWith } from "../../bundle/tools.ts";
import { checkout } from "../paths.ts";

export interface Limits {
  /** Minutes that all of it may take. */
  readonly minutes: number;
  /** Minutes that it may say nothing: what hangs after its last test costs no more. @default `minutes` */
  readonly silence?: number;
}

export interface Run extends Limits {
  readonly env: NodeJS.ProcessEnv;
  /** Whether what goes to standard error is passed on as it comes, instead of being read too. */
  readonly passErrors: boolean;
  readonly read: (chunk: Buffer) => void;
  readonly signal: AbortSignal;
}

export interface Ended {
  readonly code: number;
  /** Why it was ended before its own end. */
  readonly why?: string;
}

/** Seconds from the polite signal to the other. */
const grace = 5;

/**
 * Runs a tier's command in a group of its own, and leaves no process of that group, and none that runs a file of the tests in another: what it started and
 * forgot would hold up the tiers after it, or the machine.
 */
export async function runCommand([file = "", ...args]: readonly string[], run: Run): Promise<Ended> {
  const mark = randomUUID();
  const child = spawn(file, args, {
    cwd: checkout,
    detached: true,
    // The programs under node_modules/.bin look for `node` on PATH.
    env: { ...run.env, PATH: pathWith([nodeDir], run.env["PATH"]), [runVariable]: mark },
    stdio: ["ignore", "pipe", run.passErrors ? "inherit" : "pipe"],
  });
  let why: string | undefined;
  const end = (reason?: string): void => {
    why ??= reason;
    void endGroup(child);
  };
  const whole = setTimeout(() => end(`it took more than ${run.minutes} min and was ended`), run.minutes * 60_000);
  const silence = run.silence ?? run.minutes;
  const quiet = setTimeout(() => end(`it said nothing for ${silence} min and was ended`), silence * 60_000);
  const stop = (): void => end();
  run.signal.addEventListener("abort", stop);
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => {
      quiet.refresh();
      run.read(chunk);
    });
  if (run.signal.aborted) stop();
  try {
    const code = await ending(child);
    return why === undefined ? { code } : { code, why };
  } finally {
    clearTimeout(whole);
    clearTimeout(quiet);
    run.signal.removeEventListener("abort", stop);
    signalGroup(child, "SIGKILL");
    endStandIns(mark);
  }
}

/** Names the run to all that it starts. */
const runVariable = "PODNET_TEST_RUN";

/** What stands for a program that outlives its caller, such as QEMU, has left the group as that would. A real one, such as a container engine, stays. */
function endStandIns(mark: string): void {
  const tests = join(checkout, "tests") + sep;
  for (const { pid, args } of listProcesses())
    if (args.some((word) => word.startsWith(tests)) && environmentOf(pid).includes(`${runVariable}=${mark}`))
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has ended meanwhile.
      }
}

/** Its exit code once all that it printed was read; what a process of another group keeps open is not waited for. */
async function ending(child: ChildProcess): Promise<number> {
  const closed = new Promise<void>((resolve) => void child.once("close", () => resolve()));
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (exitCode) => resolve(exitCode ?? 1));
  });
  await Promise.race([closed, pause(grace * 1000, undefined, { ref: false })]);
  return code;
}

async function endGroup(child: ChildProcess): Promise<void> {
  signalGroup(child, "SIGTERM");
  await pause(grace * 1000, undefined, { ref: false });
  signalGroup(child, "SIGKILL");
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody is left in it.
  }
}
