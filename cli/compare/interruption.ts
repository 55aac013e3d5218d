import type { BackendName } from "../../evidence/backends.ts";
import { flag } from "../stack/results.ts";
import { say } from "../view/say.ts";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** What becomes of Ctrl-C. While pulumi works, pulumi gets it and ends in order; at any other moment there is nothing to tidy up that could not wait. */
export class Interruption {
  /** pulumi is at work. */
  switching = false;
  /** The lab was switched, or is being switched, and is not back. */
  away = false;
  /** It has come. */
  seen = false;
  readonly #stack: string;
  readonly #own: BackendName;
  readonly #hear = (): void => {
    this.seen = true;
    if (this.switching) return;
    say(`\n${this.goOn()}`);
    process.exit(130);
  };

  constructor(stack: string, own: BackendName) {
    this.#stack = stack;
    this.#own = own;
    for (const signal of signals) process.on(signal, this.#hear);
  }

  goOn(): string {
    return this.away
      ? `Stopped. The lab may have another backend now; its config says ${this.#own} as before, and ./lab up${flag(this.#stack)} puts it back.`
      : "Stopped. The lab is as it was.";
  }

  end(): void {
    for (const signal of signals) process.off(signal, this.#hear);
  }
}
