// A stand-in for a machine: a folder that scripts of nodes/ take for the root of the file system, and programs that are not the real ones.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import type { ExecutionContext } from "ava";
import { execa } from "execa";
import { compose } from "../../../nodes/script.ts";

export interface Root {
  readonly path: (name: string) => string;
  readonly write: (name: string, text?: string) => void;
  readonly read: (name: string) => string;
  readonly has: (name: string) => boolean;
  /** Runs the text of a script, with every absolute path of a machine below the folder. */
  readonly run: (
    text: string,
    params?: Readonly<Record<string, string>>,
    options?: { readonly stdin?: string; readonly env?: Readonly<Record<string, string>> },
  ) => Promise<{ readonly code: number | undefined; readonly stdout: string; readonly stderr: string }>;
}

/** @param programs bodies of shell scripts by name */
export function newRoot(t: ExecutionContext, programs: Readonly<Record<string, string>>): Root {
  const folder = mkdtempSync(join(tmpdir(), "podnet-root-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const path = (name: string): string => join(folder, name);
  const write = (name: string, text = ""): void => {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), text);
  };
  for (const [name, body] of Object.entries(programs)) {
    write(`fakes/${name}`, `#!/usr/bin/env bash\n${body}\n`);
    chmodSync(path(`fakes/${name}`), 0o755);
  }
  for (const place of ["etc", "proc/self", "run/lock", "var/lib", "var/log", "tmp"])
    mkdirSync(path(place), { recursive: true });
  return {
    path,
    write,
    read: (name) => readFileSync(path(name), "utf8"),
    has: (name) => existsSync(path(name)),
    async run(text, params = {}, { stdin = "", env = {} } = {}) {
      const placed = text.replace(/(?<![\w.$}*/])\/(?=(etc|var|run|proc|sys|usr|opt|root|lib)\b)/g, `${folder}/`);
      const { command, stdin: input } = compose(placed, params, "root", "script", stdin);
      const { exitCode, stdout, stderr } = await execa("sh", ["-c", command], {
        input,
        reject: false,
        env: { ...env, HOME: path("root"), PATH: `${path("fakes")}${delimiter}${process.env["PATH"]}` },
      });
      return { code: exitCode, stdout, stderr };
    },
  };
}
