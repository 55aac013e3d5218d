// The processes that this host started. None may outlive it: a program without an engine waits for ever.
import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";

const patienceMs = 1_000;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class Children {
  readonly #running = new Set<ChildProcess>();
  #cancelled = false;

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

  get cancelled(): boolean {
    return this.#cancelled;
  }

  /** Ends what runs, after a moment to end by itself: a program sees its engine refuse it, and stops. */
  cancel(): void {
    this.#cancelled = true;
    setTimeout(() => {
      for (const child of this.#running) child.kill("SIGINT");
    }, patienceMs).unref();
  }

  stop(): void {
    for (const child of this.#running) child.kill("SIGKILL");
  }
}
