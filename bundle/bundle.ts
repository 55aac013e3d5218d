import { join } from "node:path";
import { digest, idOf } from "./artifact.ts";
import type { Origin, Way } from "./choice.ts";
import { readManifest } from "./manifest.ts";
import { type BundleRecipe, bundleRecipe, forHosts } from "./recipes/index.ts";
import { releaseRecipe } from "./release/recipe.ts";
import { cacheRoot } from "./store.ts";
import type { Arch } from "./versions.ts";

/** Made once: every program that asks for a key asks more than once, and a recipe reads many files. */
const recipes = new Map<string, BundleRecipe>();

export function recipeFor(way: Way, arch: Arch, { mirrors, kubernetes }: Origin): BundleRecipe {
  const question = JSON.stringify([way, arch, kubernetes, way === "release" ? mirrors : {}]);
  const recipe =
    recipes.get(question) ??
    (way === "release" ? releaseRecipe(arch, { mirrors, kubernetes }) : bundleRecipe(arch, kubernetes));
  recipes.set(question, recipe);
  return recipe;
}

/** Layout of the directory itself; a change to it must give another key. */
const layout = 1;

/** Names one content; a bundle that is not built here has a name that says so. A bundle for hosts has another name too. */
export function bundleKey({ way, versions, programs, images, machine }: BundleRecipe): string {
  const parts = [...programs, ...images].map(({ path, artifact }) => [path, idOf(artifact)]);
  const key = digest({ layout, versions, parts, machine: machine && idOf(machine) });
  return way === "source" ? key : `${way}-${key}`;
}

/** The bundle's directory, whether it stands or not. */
export function bundleDir(key: string): string {
  return join(cacheRoot(), "bundle", key);
}

/** The directory of the bundle for machines or of that for hosts, if one of them stands. */
export function standingBundle(way: Way, arch: Arch, origin: Origin): string | undefined {
  const recipe = recipeFor(way, arch, origin);
  return [recipe, forHosts(recipe)].map((one) => bundleDir(bundleKey(one))).find((dir) => readManifest(dir));
}
