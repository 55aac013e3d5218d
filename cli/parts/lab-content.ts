import type { Artifact } from "../../bundle/artifact.ts";
import { ensureBundle, missingForBundle } from "../../bundle/build.ts";
import type { Decided, Way } from "../../bundle/choice.ts";
import { hasRoot } from "../../platforms/vm/disk.ts";
import { ensureKubectl, missingKubectl } from "./own-kubectl.ts";
import { isElsewhere } from "../stack/config.ts";
import type { Step } from "../view/step.ts";

/** Machines elsewhere that fetch by themselves leave this one with nothing to make but a kubectl of its own. */
const fetchThemselves = (platform: string, way: Way): boolean => isElsewhere(platform) && way === "release";

/** Machines that have a root file system, or will be given one that no bundle holds. */
const haveRoot = (platform: string, way: Way): boolean => isElsewhere(platform) || (platform === "vm" && hasRoot(way));

/** What is still to be made here of what a lab's machines are given. */
export function missingForLab(platform: string, decided: Decided): Artifact[] {
  if (fetchThemselves(platform, decided.way)) return missingKubectl(decided);
  return missingForBundle(decided, { forHosts: haveRoot(platform, decided.way) });
}

/** The step that makes it. */
export function contentStep(platform: string, decided: Decided): Step {
  if (fetchThemselves(platform, decided.way)) return { title: "kubectl", run: () => ensureKubectl(decided) };
  return {
    title: "Kubernetes, its images and programs",
    run: async () => `bundle ${(await ensureBundle(decided, { forHosts: haveRoot(platform, decided.way) })).key}`,
  };
}
