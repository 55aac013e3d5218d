import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { idOf, inOrder } from "../../bundle/artifact.ts";
import { bundleKey, recipeFor } from "../../bundle/bundle.ts";
import { type Choice, type Decided, defaultOrigin, type Origin, settled, type Way, ways } from "../../bundle/choice.ts";
import { goToolchain } from "../../bundle/go-toolchain.ts";
import { canBeBuilt, kubernetesGraphs } from "../../bundle/kubernetes.ts";
import { lessonImage } from "../../bundle/lesson-image.ts";
import { artifactsOf, forHosts } from "../../bundle/recipes/index.ts";
import { cacheRoot } from "../../bundle/store.ts";
import { writeWhole } from "../../bundle/tools.ts";
import { lessonImages } from "../../bundle/versions.ts";
import { imageKey } from "../../platforms/local/image.ts";
import { vmDisk } from "../../platforms/vm/disk.ts";
import { pulumiArtifacts } from "../parts/binaries.ts";
import { kubectl } from "../parts/own-kubectl.ts";
import { checkout } from "../paths.ts";

/** What one way to a lab takes, as places: "artifacts/ID", "bundle/KEY", "image/KEY" for the engine's images. */
function needsOf(decided: Decided): string[] {
  const artifacts = [vmDisk(decided), kubectl(decided), goToolchain, ...pulumiArtifacts(decided.way, decided.mirrors)];
  const bundles: string[] = [];
  for (const arch of ["amd64", "arm64"] as const) {
    const recipe = recipeFor(decided.way, arch, decided);
    artifacts.push(...artifactsOf(recipe));
    // A lab has them as soon as its lessons do.
    artifacts.push(...lessonImages.map((name) => lessonImage(name, decided.way, arch, decided)));
    bundles.push(bundleKey(recipe), bundleKey(forHosts(recipe)));
  }
  return [
    ...inOrder(artifacts).map((artifact) => `artifacts/${idOf(artifact)}`),
    ...bundles.map((key) => `bundle/${key}`),
    `image/${imageKey(decided)}`,
  ];
}

/** What a lab takes by a decision; both ways where the config has left it open, for what is not published is built after all. */
export function needsOfLab(decided: Decided, pulumiWay: Way): string[] {
  const possible = decided.open
    ? ways.filter((way) => way === "release" || canBeBuilt(decided.kubernetes))
    : [decided.way];
  const pulumi = pulumiArtifacts(pulumiWay, decided.mirrors).map((artifact) => `artifacts/${idOf(artifact)}`);
  return [...new Set([...possible.flatMap((way) => needsOf({ ...decided, way })), ...pulumi])];
}

/** What this checkout's version may need: for each stack's config and for the default, either way, machines of either architecture. */
export function needsOfVersion(choices: readonly Choice[]): string[] {
  const pinned = Object.keys(kubernetesGraphs).map((kubernetes): Origin => ({ ...defaultOrigin, kubernetes }));
  const needs = [...pinned, ...choices].flatMap((origin) =>
    ways
      .filter((way: Way) => way === "release" || canBeBuilt(origin.kubernetes))
      .flatMap((way) => needsOf(settled(way, origin))),
  );
  return [...new Set(needs)];
}

/** What a lab of a checkout was brought up with: another checkout's version alone could compute it. */
export interface NeedsList {
  readonly checkout: string;
  readonly stack: string;
  readonly needs: readonly string[];
}

const needsList = z.object({ checkout: z.string(), stack: z.string(), needs: z.array(z.string()) });

const folder = (root: string): string => join(root, "needs");
const fileOf = (stack: string, root: string, of = checkout): string =>
  join(folder(root), `${createHash("sha256").update(`${of}\0${stack}`).digest("hex").slice(0, 16)}.json`);

/** Before anything is made: a prune that runs meanwhile finds it. */
export function keepNeeds(stack: string, needs: readonly string[], root = cacheRoot()): void {
  writeWhole(fileOf(stack, root), `${JSON.stringify({ checkout, stack, needs } satisfies NeedsList)}\n`);
}

export function forgetNeeds(stack: string, root = cacheRoot()): void {
  rmSync(fileOf(stack, root), { force: true });
}

/** The lists of every checkout that still exists. */
export function readNeeds(root = cacheRoot()): NeedsList[] {
  return globSync("*.json", { cwd: folder(root) })
    .map((name) => needsList.parse(JSON.parse(readFileSync(join(folder(root), name), "utf8"))))
    .filter((list) => existsSync(list.checkout));
}
