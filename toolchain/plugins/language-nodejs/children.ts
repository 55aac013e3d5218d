// The processes that this host started. None may outlive it: a program without an engine waits for ever.
import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class Children {
  readonly #running = new Set<ChildProcess>();

  /** Starts a program of this host's own Node, or of PATH; they stay in this host's process group, as the engine signals it. */
  start(command: string, args: readonly string[], options: SpawnOptions): { child: ChildProcess; exit: Promise<Exit> } {
    const child = spawn(command, args, options);
    this.#running.add(child);
    const exit = new Promise<Exit>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => resolve({ code, signal }));
    }).finally(() => this.#running.delete(child));
    return { child, exit };
  }

  stop(): void {
    for (const child of this.#running) child.kill("SIGKILL");
  }
}
