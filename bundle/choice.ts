import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { digest } from "./artifact.ts";
import { bundleKey } from "./bundle-key.ts";
import { cacheRoot } from "./cache.ts";
import { canBeBuilt } from "./kubernetes.ts";
import { defaultOrigin, type Origin } from "./origin.ts";
import { type BundleRecipe, bundleRecipe, forHosts } from "./recipes/index.ts";
import { releaseRecipe } from "./release/recipe.ts";
import { type Arch, hostArch } from "./versions.ts";

/** How a bundle comes to be: as its makers publish its parts, or built here. */
export type Way = "release" | "source";
export const ways = ["release", "source"] as const satisfies readonly Way[];

/** What the config says of it. */
export type Choice = Origin & { readonly artifacts: Way | "auto" };
export const defaultChoice: Choice = { artifacts: "auto", ...defaultOrigin };

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

/** The bundle's directory, whether it stands or not. */
export function bundleDir(key: string): string {
  return join(cacheRoot(), "bundle", key);
}

/** The directories of the bundle for machines and of that for hosts. */
export function bundlesOf(way: Way, arch: Arch, origin: Origin): string[] {
  const recipe = recipeFor(way, arch, origin);
  return [recipe, forHosts(recipe)].map((one) => bundleDir(bundleKey(one)));
}

/** An answer that "auto" was once given. */
type Answer = { readonly way: Way; readonly at: string };

/** How long an answer holds before its bundle stands: long enough for all that one `up` does, short enough for a train ride. */
const holds = 60 * 60 * 1000;

/**
 * The way, where it is known without asking anyone: chosen by the config, or answered before. An answer holds for as long as its
 * bundle stands, so that a lab that is up never becomes another one because the network has changed.
 */
export function knownWay(choice: Choice = defaultChoice, arch = hostArch(), now = Date.now()): Way | undefined {
  if (choice.artifacts !== "auto") return choice.artifacts;
  if (!canBeBuilt(choice.kubernetes)) return "release";
  const answer = readAnswer(choice, arch);
  const stands = (way: Way): boolean =>
    bundlesOf(way, arch, choice).some((dir) => existsSync(join(dir, "manifest.json")));
  if (answer !== undefined && (stands(answer.way) || now - Date.parse(answer.at) < holds)) return answer.way;
  return (["source", "release"] as const).find(stands);
}

/** The way for good: where nothing is known, the origins are asked, which takes a few seconds, and one line says what came of it. */
export async function decideWay(
  choice: Choice = defaultChoice,
  arch = hostArch(),
  say: (line: string) => void = (line) => process.stderr.write(`${line}\n`),
): Promise<Way> {
  const known = knownWay(choice, arch);
  if (known !== undefined) {
    // What is told by what stands must not change when the other stands beside it one day.
    if (choice.artifacts === "auto" && canBeBuilt(choice.kubernetes) && readAnswer(choice, arch)?.way !== known)
      keepAnswer(choice, arch, known);
    return known;
  }
  const { whyNotRelease } = await import("./release/probe.ts");
  const reason = await whyNotRelease(arch, choice);
  const way = reason === undefined ? "release" : "source";
  keepAnswer(choice, arch, way);
  say(
    reason === undefined
      ? "Artifacts: upstream's own releases, which can be reached"
      : `Artifacts: built from source, for ${reason}`,
  );
  return way;
}

/** Takes the answer back where it proved wrong. */
export function keepAnswer(choice: Choice, arch: Arch, way: Way): void {
  const file = answerFile(choice, arch);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ way, at: new Date().toISOString() } satisfies Answer)}\n`);
}

function readAnswer(choice: Choice, arch: Arch): Answer | undefined {
  const file = answerFile(choice, arch);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Answer) : undefined;
}

/** One question for each pair of bundles between which it chooses. */
function answerFile(choice: Choice, arch: Arch): string {
  return join(cacheRoot(), "auto", `${digest(ways.map((way) => bundleKey(recipeFor(way, arch, choice))))}.json`);
}
