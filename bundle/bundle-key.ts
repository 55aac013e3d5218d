import { digest, idOf } from "./artifact.ts";
import type { BundleRecipe } from "./recipes/index.ts";

/** Layout of the directory itself; a change to it must give another key. */
const layout = 1;

/** Names one content; of a bundle that is not built here it says so, so that both can stand side by side. One for hosts has another name too. */
export function bundleKey({ way, versions, programs, images, machine }: BundleRecipe): string {
  const parts = [...programs, ...images].map(({ path, artifact }) => [path, idOf(artifact)]);
  const key = digest({ layout, versions, parts, machine: machine && idOf(machine) });
  return way === "source" ? key : `${way}-${key}`;
}
