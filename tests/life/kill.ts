import { spawnSync } from "node:child_process";
import { type Listed, listTree } from "../../bundle/process.ts";
import { container } from "./clone.ts";

/** What is killed: the verb with everything that it started, or one piece of it. */
export const pieces = ["the whole tree", "the engine", "a plugin", "an SSH connection"] as const;
export type Piece = (typeof pieces)[number];

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}

/** @returns whether there was such a piece */
export function kill(pid: number, piece: Piece): boolean {
  const tree = listTree(pid);
  switch (piece) {
    case "the whole tree":
      // Held first, or a shell would go on with its next command when its child is gone.
      for (const one of tree) spawnSync("kill", ["-STOP", String(one.pid)]);
      for (const one of listTree(pid)) end(one.pid);
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

function endFirst(tree: readonly Listed[], which: RegExp): boolean {
  const found = tree.find(({ args }) => which.test(args.join(" ")));
  if (found !== undefined) end(found.pid);
  return found !== undefined;
}
