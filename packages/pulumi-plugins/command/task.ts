// One command or copy in flight: how it is stopped, where its lines go, and what may not be said about it.
import { engineLog, type Log } from "../rpc/engine-log.ts";
import { redactor } from "./redact.ts";

export interface Task {
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Takes this resource's secrets out of a text that people will read. */
  readonly redact: (text: string) => string;
}

/** All tasks of this process, so that they can be stopped together. */
export class Tasks {
  readonly #engineAddress: string | undefined;
  readonly #running = new Map<AbortController, Promise<unknown>>();
  #stopped: string | undefined;

  constructor(engineAddress: string | undefined) {
    this.#engineAddress = engineAddress;
  }

  get count(): number {
    return this.#running.size;
  }

  /** @param seconds the time limit that the user set with customTimeouts; 0 means none */
  async run<T>(urn: string, secrets: readonly string[], seconds: number, work: (task: Task) => Promise<T>): Promise<T> {
    if (this.#stopped) throw new Error(this.#stopped);
    const controller = new AbortController();
    const limit =
      seconds > 0
        ? setTimeout(() => controller.abort(new Error(`timed out after ${seconds} s`)), seconds * 1000)
        : undefined;
    const log = engineLog(this.#engineAddress, urn);
    const running = work({ signal: controller.signal, log, redact: redactor(secrets) });
    this.#running.set(controller, running);
    try {
      return await running;
    } finally {
      clearTimeout(limit);
      this.#running.delete(controller);
      await log.flush();
    }
  }

  /** Stops what runs, and refuses what comes after. */
  stop(reason: string): void {
    this.#stopped ??= reason;
    for (const controller of this.#running.keys()) controller.abort(new Error(reason));
  }

  async settled(withinMs: number): Promise<void> {
    const all = Promise.allSettled(this.#running.values());
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([
      all,
      new Promise((resolve) => {
        timer = setTimeout(resolve, withinMs);
      }),
    ]);
    clearTimeout(timer);
  }
}
