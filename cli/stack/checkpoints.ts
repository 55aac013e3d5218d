import { join } from "node:path";
import { execa } from "execa";
import { nodeDir, pathWith } from "../../bundle/tools.ts";
import { checkout } from "../paths.ts";
import { Problem } from "../view/problem.ts";
import { say } from "../view/say.ts";
import type { Held } from "./in-engine.ts";
import type { OwnMachines } from "./own-machines.ts";

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
export function checkpointsOf({ platform, id }: OwnMachines): Checkpoints {
  const ask = async (verb: string, name = "", input = ""): Promise<string> => {
    const { exitCode, stdout, stderr } = await execa(join(checkout, "platforms", platform, "checkpoint.sh"), [verb], {
      env: { STACK: id.slice(0, id.lastIndexOf("-")), LAB: id, NAME: name, PATH: pathWith([nodeDir]) },
      input,
      reject: false,
      stripFinalNewline: false,
    });
    if (exitCode === 0) {
      if (stderr.trim() !== "") say(stderr.trim());
      return stdout;
    }
    throw new Problem(stderr.trim() || `checkpoint.sh ${verb} failed (exit code ${String(exitCode)})`);
  };
  return {
    list: async () => parseCheckpoints(await ask("list")),
    save: async (name, state) => void (await ask("save", name, state)),
    restore: async (name) => await ask("restore", name),
    remove: async (name) => void (await ask("remove", name)),
  };
}

export const isCheckpoint = ({ kind, name, stack }: Held): boolean =>
  kind === "volume" && name.startsWith(`podnet-${stack}-checkpoint-`);

/** Bytes of the volumes that hold checkpoints, by name, asked of each lab that has one; without those that nothing can look into, for want of a machine's image. */
export async function sizesOfCheckpoints(held: readonly Held[]): Promise<ReadonlyMap<string, number>> {
  const labs = new Map(held.filter(isCheckpoint).map(({ lab, stack }) => [lab, stack]));
  const found = await Promise.all(
    [...labs].map(async ([lab, stack]): Promise<(readonly [string, number])[]> => {
      if (lab === "") return [];
      try {
        const all = await checkpointsOf({ platform: "local", id: lab }).list();
        return all.map(({ name, bytes }) => [`podnet-${stack}-checkpoint-${name}`, bytes]);
      } catch (error) {
        if (error instanceof Problem) return [];
        throw error;
      }
    }),
  );
  return new Map(found.flat());
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
