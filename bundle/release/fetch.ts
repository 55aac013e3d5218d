import { join } from "node:path";
import type { Artifact, BuildContext } from "../artifact.ts";
import { ensureTools } from "../tools.ts";
import type { Arch } from "../versions.ts";
import { type Package, planLines } from "./plan.ts";
import { Unavailable } from "./unavailable.ts";

const nodes = join(import.meta.dirname, "..", "..", "nodes");

/** Seconds for so many megabytes over a home connection. */
export const secondsFor = (megabytes: number): number => Math.ceil(megabytes / 5);

/** What its makers publish, downloaded and checked by nodes/host/fetch.sh: the same that a node of another platform does for itself. */
export function downloaded({ name, megabytes, downloads }: Package, arch: Arch): Artifact {
  return {
    name: `release-${name}`,
    arch,
    about: secondsFor(megabytes),
    inputs: { downloads },
    needs: [],
    async build(context) {
      await ensureTools(["curl"], context.run);
      await runScript(context, join(nodes, "host/fetch.sh"), { PLAN: planLines(downloads), TO: context.out });
    },
  };
}

/** Runs a script of the nodes' kind here; what it says is shown as progress. */
export async function runScript(
  context: BuildContext,
  script: string,
  params: Readonly<Record<string, string>>,
): Promise<void> {
  await obtain(context, "bash", argsFor(script), params);
}

/**
 * Runs a program that takes something from elsewhere.
 * @throws Unavailable where it ends with 3, with the last line that it said on standard error
 */
export async function obtain(
  context: BuildContext,
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  let last = "";
  const onLine = (line: string): void => {
    last = line;
    context.note(line);
  };
  try {
    await context.run(file, args, { env, onLine });
  } catch (error) {
    if (error instanceof Error && "exitCode" in error && error.exitCode === 3) {
      throw new Unavailable(last, { cause: error });
    }
    throw error;
  }
}

/** Arguments of the bash that runs a script of nodes/ here; its parameters go by the environment. */
export function scriptArgs(name: "host/reach"): string[] {
  return argsFor(join(nodes, `${name}.sh`));
}

/** Of the nodes' library such a script may use `say` alone: this machine may have no systemd, and is no node. */
function argsFor(file: string): string[] {
  return ["-c", 'set -euo pipefail; . "$1"; . "$2"', "bash", join(nodes, "lib/say.sh"), file];
}
