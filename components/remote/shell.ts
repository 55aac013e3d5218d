import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The scripts that run on a machine: nodes/NAME.sh. */
export type ScriptFile =
  | "prepare"
  | "packages"
  | "init"
  | "token"
  | "join"
  | "ready"
  | "observe-cluster"
  | "observe-containers"
  | "observe-bridge"
  | "observe-overlay"
  | "observe-reach"
  | "serve-echo"
  | "capture"
  | "probe"
  | "captured";

const nodes = join(import.meta.dirname, "..", "..", "nodes");

/** What stands before a script's own text, besides nodes/lib.sh. */
const libraries: Partial<Record<ScriptFile, readonly string[]>> = {
  init: ["kubeadm"],
  join: ["kubeadm"],
  "observe-bridge": ["pods"],
  "observe-overlay": ["pods"],
  "observe-reach": ["pods"],
  "serve-echo": ["pods"],
  probe: ["pods"],
};

/** Text of a script, with the functions that it uses before it. */
export function readScript(script: ScriptFile): string {
  return ["lib", ...(libraries[script] ?? []), script]
    .map((name) => readFileSync(join(nodes, `${name}.sh`), "utf8"))
    .join("\n");
}

/** One word of a POSIX shell, whatever the text holds. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * The command line for sshd: bash, as root, with the parameters as assignments before the script.
 * @throws Error when a parameter is not a shell variable's name
 */
export function commandLine(script: string, params: Readonly<Record<string, string | number>>, user: string): string {
  const assignments = Object.entries(params).map(([name, value]) => {
    if (!/^[A-Z][A-Z0-9_]*$/.test(name)) {
      throw new Error(`parameter "${name}" cannot be a shell variable; write capitals, digits and _`);
    }
    return `${name}=${quote(String(value))}`;
  });
  const text = ["set -euo pipefail", ...assignments, script].join("\n");
  const become = user === "root" ? "" : "sudo -n ";
  return `exec ${become}bash -c ${quote(text)}`;
}
