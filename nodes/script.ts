import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";

/** The scripts that run on a machine: nodes/NAME.sh. */
export type ScriptFile =
  | "host/fetch"
  | "host/reach"
  | "host/booted"
  | "host/preflight"
  | "host/claim"
  | "host/base"
  | "host/staged"
  | "host/receive"
  | "host/sums"
  | "host/install"
  | "host/reset"
  | "cluster/prepare"
  | "cluster/packages"
  | "cluster/init"
  | "cluster/members"
  | "cluster/token"
  | "cluster/join"
  | "cluster/ready"
  | "observe/list-pods"
  | "observe/pod-facts"
  | "observe/cluster"
  | "observe/containers"
  | "observe/bridge"
  | "observe/overlay"
  | "observe/reach"
  | "observe/serve-echo"
  | "observe/capture"
  | "observe/probe"
  | "observe/captured";

const nodes = import.meta.dirname;

/** What stands before a script's own text, besides nodes/lib/lib.sh. */
const libraries: Partial<Record<ScriptFile, readonly string[]>> = {
  "host/base": ["lib/apt"],
  "host/install": ["lib/pull"],
  "cluster/packages": ["lib/apt"],
  "cluster/init": ["lib/kubeadm"],
  "cluster/join": ["lib/kubeadm"],
  "observe/bridge": ["lib/pods"],
  "observe/overlay": ["lib/pods"],
  "observe/reach": ["lib/pods"],
  "observe/serve-echo": ["lib/pods"],
  "observe/probe": ["lib/pods"],
};

/** Text of a script, with the functions that it uses before it. */
export function readScript(script: ScriptFile): string {
  return ["lib/lib", ...(libraries[script] ?? []), script]
    .map((name) => readFileSync(join(nodes, `${name}.sh`), "utf8"))
    .join("\n");
}

/** Another value when the text of one of the scripts changes: for steps that make sense only together. */
export function digestOf(scripts: readonly ScriptFile[]): string {
  return createHash("sha256").update(scripts.map(readScript).join("\0")).digest("hex").slice(0, 16);
}

/** One word of a POSIX shell, whatever the text holds. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** What goes to sshd: a short command line, and the script on its standard input. */
export interface Invocation {
  readonly command: string;
  readonly stdin: string;
}

/**
 * Bash, as root, reads the script with its parameters as assignments before it, then runs it; what follows on standard input
 * is the script's. The command line stays short, since it is printed whole when the script fails, and names the script.
 * @throws Error when a parameter is not a shell variable's name
 */
export function invoke(
  script: string,
  params: Readonly<Record<string, string | number>>,
  user: string,
  name = "script",
  stdin = "",
): Invocation {
  const assignments = Object.entries(params).map(([name, value]) => {
    if (!/^[A-Z][A-Z0-9_]*$/.test(name)) {
      throw new Error(`parameter "${name}" cannot be a shell variable; write capitals, digits and _`);
    }
    return `${name}=${quote(String(value))}`;
  });
  const text = ["set -euo pipefail", ...assignments, script, ""].join("\n");
  const become = user === "root" ? "" : "sudo -n ";
  // head takes exactly that many bytes, and leaves the rest of standard input to the script.
  return {
    command: `exec ${become}bash -c "$(head -c ${Buffer.byteLength(text)})" ${basename(name)}.sh`,
    stdin: text + stdin,
  };
}
