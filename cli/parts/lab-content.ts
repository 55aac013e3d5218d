import type { Artifact } from "../../bundle/artifact.ts";
import { ensureBundle, missingForBundle } from "../../bundle/build.ts";
import type { Choice, Way } from "../../bundle/choice.ts";
import { hostArch } from "../../bundle/versions.ts";
import { hasRoot } from "../../platforms/vm/disk-key.ts";
import { ensureKubectl, missingKubectl } from "./own-kubectl.ts";
import { isElsewhere } from "../stack/platform.ts";
import type { Step } from "../view/step.ts";

/** Machines elsewhere that fetch by themselves leave this one with nothing to make but a kubectl of its own. */
const fetchThemselves = (platform: string, way: Way): boolean => isElsewhere(platform) && way === "release";

/** Machines that have a root file system, or will be given one that no bundle holds. */
const haveRoot = (platform: string, way: Way): boolean => isElsewhere(platform) || (platform === "vm" && hasRoot(way));

/** What is still to be made here of what a lab's machines are given. */
export function missingForLab(platform: string, way: Way, choice: Choice): Artifact[] {
  if (fetchThemselves(platform, way)) return missingKubectl(choice);
  return missingForBundle(way, hostArch(), choice, { forHosts: haveRoot(platform, way) });
}

/** The step that makes it. */
export function contentStep(platform: string, way: Way, choice: Choice): Step {
  if (fetchThemselves(platform, way)) return { title: "kubectl", run: () => ensureKubectl(choice) };
  return {
    title: "Kubernetes, its images and programs",
    run: async () => `bundle ${(await ensureBundle(hostArch(), { choice, forHosts: haveRoot(platform, way) })).key}`,
  };
}
