import { join } from "node:path";
import type { Artifact } from "../../bundle/artifact.ts";
import type { Choice } from "../../bundle/choice.ts";
import { ensureAll, missing } from "../../bundle/progress.ts";
import { downloaded } from "../../bundle/release/fetch.ts";
import { programPackages } from "../../bundle/release/plan.ts";
import { Store } from "../../bundle/store.ts";
import { hostArch } from "../../bundle/versions.ts";

/** kubectl as it is published, for this machine: where the lab's machines fetch all the rest by themselves, there is no bundle here. */
function kubectl(choice: Choice): Artifact {
  const downloads = programPackages(hostArch(), choice)
    .flatMap((entry) => entry.downloads)
    .filter(({ to }) => to === "bin/kubectl");
  return downloaded({ name: "kubectl", megabytes: 60, downloads }, hostArch());
}

export function missingKubectl(choice: Choice): Artifact[] {
  return missing(new Store(), [kubectl(choice)]);
}

/** The program's file, if it is here. */
export function ownKubectl(choice: Choice): string | undefined {
  const [store, artifact] = [new Store(), kubectl(choice)];
  return store.has(artifact) ? join(store.pathOf(artifact), "bin/kubectl") : undefined;
}

/** @returns what is there now, in a few words */
export async function ensureKubectl(choice: Choice): Promise<string> {
  await ensureAll(new Store(undefined, choice.mirrors), "kubectl", [kubectl(choice)]);
  return "as released; the machines fetch the rest by themselves";
}
