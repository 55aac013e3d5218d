// Collects a command's two streams, apart and together, and passes complete lines on to the log as they come.
import { StringDecoder } from "node:string_decoder";
import type { Readable } from "node:stream";
import { visible } from "./redact.ts";
import type { Task } from "./task.ts";

export type Logging = "stdout" | "stderr" | "stdoutAndStderr" | "none";
type StreamName = "stdout" | "stderr";

export class Output {
  readonly #task: Task;
  readonly #logging: Logging;
  readonly #texts: Record<StreamName, string[]> = { stdout: [], stderr: [] };
  readonly #both: string[] = [];

  constructor(task: Task, logging: Logging | undefined) {
    this.#task = task;
    this.#logging = logging ?? "stdoutAndStderr";
  }

  /** Reads a stream to its end. */
  collect(name: StreamName, stream: Readable): void {
    const logged = this.#logging === name || this.#logging === "stdoutAndStderr";
    const decoder = new StringDecoder("utf8");
    let line = "";
    const take = (text: string): void => {
      if (text === "") return;
      this.#texts[name].push(text);
      this.#both.push(text);
      if (!logged) return;
      const lines = (line + text).split("\n");
      line = lines.pop()!;
      for (const complete of lines) this.#write(complete);
    };
    stream.on("data", (chunk: Buffer) => take(decoder.write(chunk)));
    stream.on("end", () => {
      take(decoder.end());
      if (logged && line !== "") this.#write(line);
      line = "";
    });
    stream.on("error", () => {});
  }

  #write(line: string): void {
    this.#task.log.write("info", this.#task.redact(visible(line.replace(/\r$/, ""))));
  }

  /** Both streams in the order they came, for a failure. */
  get together(): string {
    return this.#both.join("");
  }

  /** The two outputs, without the one newline that ends them. */
  get result(): { stdout: string; stderr: string } {
    return { stdout: withoutLastNewline(this.#texts.stdout), stderr: withoutLastNewline(this.#texts.stderr) };
  }
}

const withoutLastNewline = (chunks: string[]): string => chunks.join("").replace(/\n$/, "");
