import { closeSync, constants, mkdirSync, openSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Run } from "./artifact.ts";

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;

export interface StepLog {
  readonly path: string;
  readonly run: Run;
  /** The error with the end of the log and where the whole log is. */
  readonly explain: (step: string, error: unknown) => Promise<Error>;
}

/**
 * One log file per artifact; a later attempt is appended, so the history of a failure stays together.
 * @param stop ends the program that runs
 */
export function openLog(root: string, name: string, stop?: AbortSignal): StepLog {
  const path = join(root, "logs", `${name}.log`);
  const write = (text: string): void => {
    mkdirSync(join(root, "logs"), { recursive: true });
    // A link there is somebody's who would have this user write elsewhere. Programs append by the name, and only after this has succeeded.
    const file = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW);
    try {
      writeSync(file, text);
    } finally {
      closeSync(file);
    }
  };
  return {
    path,
    async run(file, args, { cwd, env, onLine, toItsEnd = false } = {}) {
      const { execa } = await import("execa"); // only a cold build pays for loading it
      write(`\n== ${new Date().toISOString()} ${cwd ?? ""}\n$ ${[file, ...args].join(" ")}\n`);
      await execa(file, args, {
        ...(cwd ? { cwd } : {}),
        env: { ...env },
        stdin: "ignore",
        ...(stop && !toItsEnd ? { cancelSignal: stop } : {}),
        stdout: { file: path, append: true },
        stderr: [...(onLine ? [tell(onLine)] : []), { file: path, append: true }],
      });
    },
    async explain(step, error) {
      const reason = error instanceof Error && "shortMessage" in error ? String(error.shortMessage) : String(error);
      write(`\n${reason}\n`);
      const end = (await readFile(path, "utf8")).trimEnd().split("\n").slice(-20);
      return new Error(`${step} failed\n${end.map((line) => `  | ${line}`).join("\n")}\nThe whole log: ${path}`, {
        cause: error,
      });
    },
  };
}

/** Passes each line on, and on to the log. */
function tell(onLine: (line: string) => void) {
  return function* (line: unknown): Generator<unknown> {
    onLine(String(line));
    yield line;
  };
}
