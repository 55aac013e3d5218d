import { z } from "zod";
import { digest } from "../../bundle/artifact.ts";
import { bundleKey, recipeFor } from "../../bundle/bundle.ts";
import type { Choice, Way } from "../../bundle/choice.ts";
import { canBeBuilt } from "../../bundle/kubernetes.ts";
import { forHosts } from "../../bundle/recipes/index.ts";
import { fetchedKey } from "../../bundle/release/plan.ts";
import type { Arch } from "../../bundle/versions.ts";

/** What platforms/hosts/supply.ts says of the content that a host has got. */
export const supplied = z.object({
  /** Another one for another content. */
  key: z.string(),
  /** The folder on the host, for nodes/host/install.sh. */
  stage: z.string(),
  /** Whether the host is still to pull its images; else they are in the stage. */
  pulls: z.boolean(),
});
export type Supplied = z.output<typeof supplied>;

/** Keys of the contents that do for a host, the one to prefer first; known without asking anyone. Pure. */
export function contentKeys(choice: Choice, arch: Arch): readonly string[] {
  const sent = (way: Way): string => bundleKey(forHosts(recipeFor(way, arch, choice)));
  switch (choice.way) {
    case "release":
      return [fetchedKey(arch, choice)];
    case "source":
      return [sent("source")];
    case "auto":
      return [fetchedKey(arch, choice), sent("release"), ...(canBeBuilt(choice.kubernetes) ? [sent("source")] : [])];
    default: {
      const unknown: never = choice.way;
      throw new Error(`artifacts "${String(unknown)}" gives a host nothing`);
    }
  }
}

/** Changes when a host would be given something else. Pure. */
export function contentKey(choice: Choice, arch: Arch): string {
  const keys = contentKeys(choice, arch);
  return choice.way === "auto" ? digest(keys) : keys.join();
}
