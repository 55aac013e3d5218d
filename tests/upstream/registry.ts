// A registry of our own: `crane registry serve`.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createInterface } from "node:readline";

export interface Registry {
  /** Address and port. */
  readonly host: string;
  readonly close: () => Promise<void>;
}

/** @param address of this machine, for whoever else is to reach it */
export async function openRegistry(crane: string, dir: string, address = "127.0.0.1"): Promise<Registry> {
  mkdirSync(dir, { recursive: true });
  const program = spawn(crane, ["registry", "serve", "--address", `${address}:0`, "--disk", dir], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  // Also when what comes before the tests fails, and nobody closes it.
  process.once("exit", () => void program.kill());
  const lines = createInterface({ input: program.stderr });
  const port = await new Promise<string>((resolve, reject) => {
    // It goes on reading: a full pipe would stop the registry.
    lines.on("line", (line) => {
      const found = /serving on port (\d+)/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
    program.once("exit", (code) => reject(new Error(`crane registry serve ended early, with ${String(code)}`)));
  });
  return {
    host: `${address}:${port}`,
    close: async () => {
      if (program.exitCode !== null) return;
      program.kill();
      await once(program, "exit");
    },
  };
}
