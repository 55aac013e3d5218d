import { join } from "node:path";
import type { Artifact } from "../../bundle/artifact.ts";
import type { Origin } from "../../bundle/choice.ts";
import { ensureAll, missing } from "../../bundle/progress.ts";
import { downloaded } from "../../bundle/release/fetch.ts";
import { programPackages } from "../../bundle/release/plan.ts";
import { Store } from "../../bundle/store.ts";
import { hostArch } from "../../bundle/versions.ts";

/** kubectl as it is published, for this machine: where the lab's machines fetch all the rest by themselves, there is no bundle here. */
export function kubectl(origin: Origin): Artifact {
  const downloads = programPackages(hostArch(), origin)
    .flatMap((entry) => entry.downloads)
    .filter(({ to }) => to === "bin/kubectl");
  return downloaded({ name: "kubectl", megabytes: 60, downloads }, hostArch());
}

export function missingKubectl(origin: Origin): Artifact[] {
  return missing(new Store(), [kubectl(origin)]);
}

/** The program's file, if it is here. */
export function ownKubectl(origin: Origin): string | undefined {
  const [store, artifact] = [new Store(), kubectl(origin)];
  return store.has(artifact) ? join(store.pathOf(artifact), "bin/kubectl") : undefined;
}

/** @returns what is there now, in a few words */
export async function ensureKubectl(origin: Origin): Promise<string> {
  await ensureAll(new Store(undefined, origin.mirrors), "kubectl", [kubectl(origin)]);
  return "as released; the machines fetch the rest by themselves";
}
