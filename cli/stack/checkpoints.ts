import { join } from "node:path";
import { execa } from "execa";
import { checkout } from "../paths.ts";
import { Problem } from "../view/problem.ts";

/** What is kept of a whole lab at a moment. */
export interface Checkpoint {
  readonly name: string;
  readonly at: string;
  readonly bytes: number;
  /** Its making was cut off: it cannot be gone back to. */
  readonly half: boolean;
}

/** Of the lab of this id. */
export interface Checkpoints {
  readonly list: () => Promise<readonly Checkpoint[]>;
  /** The machines stand still meanwhile. */
  readonly save: (name: string, state: string) => Promise<void>;
  /** Puts the machines back and starts them. @returns the state that was kept with them */
  readonly restore: (name: string) => Promise<string>;
  readonly remove: (name: string) => Promise<void>;
}

/** By checkpoint.sh of the platform; what it refuses is a Problem. */
export function checkpointsOf(id: string): Checkpoints {
  const ask = async (verb: string, name = "", input = ""): Promise<string> => {
    const { exitCode, stdout, stderr } = await execa(join(checkout, "platforms", "local", "checkpoint.sh"), [verb], {
      env: { STACK: id.slice(0, id.lastIndexOf("-")), LAB: id, NAME: name },
      input,
      reject: false,
      stripFinalNewline: false,
    });
    if (exitCode === 0) return stdout;
    throw new Problem(stderr.trim() || `checkpoint.sh ${verb} failed (exit code ${String(exitCode)})`);
  };
  return {
    list: async () => parseCheckpoints(await ask("list")),
    save: async (name, state) => void (await ask("save", name, state)),
    restore: async (name) => await ask("restore", name),
    remove: async (name) => void (await ask("remove", name)),
  };
}

/** What checkpoint.sh lists, the oldest first. Pure. */
export function parseCheckpoints(stdout: string): readonly Checkpoint[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [name = "", at = "", kib = "", whole = ""] = line.split(" ");
      return { name, at, bytes: Number(kib) * 1024, half: whole !== "whole" };
    })
    .toSorted((a, b) => a.at.localeCompare(b.at));
}
