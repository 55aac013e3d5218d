import { readdirSync, readFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { container } from "./clone.ts";

/** What is killed: the verb with everything that it started, or one piece of it. */
export const pieces = ["the whole tree", "the engine", "a plugin", "an SSH connection"] as const;
export type Piece = (typeof pieces)[number];

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

function processes(): Process[] {
  return readdirSync("/proc").flatMap((name): Process[] => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const [, parent = "0"] = /^\d+ \(.*\) \S (\d+)/s.exec(readFileSync(`/proc/${name}/stat`, "utf8")) ?? [];
      const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
      return [{ pid: Number(name), parent: Number(parent), command }];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}

/** The process and all that it started, and they. */
export function treeOf(pid: number, all = processes()): Process[] {
  const own = all.filter((one) => one.pid === pid);
  return [...own, ...all.filter(({ parent }) => parent === pid).flatMap((child) => treeOf(child.pid, all))];
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}

/** @returns whether there was such a piece */
export function kill(pid: number, piece: Piece): boolean {
  const tree = treeOf(pid);
  switch (piece) {
    case "the whole tree":
      // Held first, or a shell would go on with its next command when its child is gone.
      for (const one of tree) spawnSync("kill", ["-STOP", String(one.pid)]);
      for (const one of treeOf(pid)) end(one.pid);
      return tree.length > 0;
    case "the engine":
      return endFirst(tree, /(^|\/)pulumi (up|destroy)/);
    case "a plugin":
      return endFirst(tree, /pulumi-plugins\/command\/|pulumi-resource-/);
    case "an SSH connection":
      return (
        spawnSync("docker", [
          "exec",
          container("k8s-master"),
          "pkill",
          "--signal",
          "KILL",
          "--full",
          "^sshd(-session)?: root@notty",
        ]).status === 0
      );
    default: {
      const unknown: never = piece;
      throw new Error(`no such piece: ${String(unknown)}`);
    }
  }
}

function endFirst(tree: readonly Process[], which: RegExp): boolean {
  const found = tree.find(({ command }) => which.test(command));
  if (found !== undefined) end(found.pid);
  return found !== undefined;
}
