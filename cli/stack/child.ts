import { spawn, spawnSync } from "node:child_process";
import { constants } from "node:os";

export interface ChildOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** A file descriptor for what it prints. @default this terminal */
  readonly output?: number;
}

/**
 * Runs a program on this terminal to its end, whatever signal arrives meanwhile, and returns its exit code as a shell would.
 *
 * Ctrl-C: the terminal itself gives it to the whole process group, so the child has it already, and a second one would make pulumi stop
 * at once and lose track of what it was doing. Without a terminal the child gets a group of its own and every signal exactly once,
 * from here. Should this process be killed, the child is asked to end.
 */
export async function runChild(file: string, args: readonly string[], options: ChildOptions = {}): Promise<number> {
  const { output = "inherit", ...where } = options;
  const terminal = process.stdin.isTTY;
  const [command, ...rest] = [...deathSignal(), file, ...args];
  const child = spawn(command ?? file, rest, { stdio: ["inherit", output, output], detached: !terminal, ...where });
  const pass = (signal: NodeJS.Signals): void => {
    if (!(terminal && signal === "SIGINT")) child.kill(signal);
  };
  const signals: NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, pass);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code, signal) => {
        resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
      });
    });
  } finally {
    for (const signal of signals) process.off(signal, pass);
  }
}

let setpriv: boolean | undefined;

/** Linux tells a child of its parent's death when asked to; util-linux's setpriv does the asking. */
function deathSignal(): string[] {
  setpriv ??= process.platform === "linux" && spawnSync("setpriv", ["--pdeathsig", "TERM", "true"]).status === 0;
  return setpriv ? ["setpriv", "--pdeathsig", "TERM"] : [];
}
