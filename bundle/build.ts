/**
 * The bundle: everything a machine of the lab is made of, in one directory.
 *
 *   node bundle/build.ts            builds what is missing; the bundle's directory is the last line of stdout
 *   node bundle/build.ts --plan     only says what is missing and about how long it takes
 *   node bundle/build.ts --verify   also reads every file and compares its sum
 *   --arch amd64|arm64              for other machines than this one
 *   --artifacts release|source      as its makers publish its parts, or built here; else whichever can be had
 *   --kubernetes VERSION            another one than the lab's own
 *   --hosts                         without a root file system: for machines that have one
 */
import { readdirSync, statSync } from "node:fs";
import { link, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import type { Artifact } from "./artifact.ts";
import { bundleKey } from "./bundle-key.ts";
import {
  bundleDir,
  bundlesOf,
  type Choice,
  decideWay,
  defaultChoice,
  keepAnswer,
  knownWay,
  recipeFor,
  type Way,
  ways,
} from "./choice.ts";
import { describeFiles, type Manifest, problems, readManifest, unpackedBytes } from "./manifest.ts";
import { canBeBuilt, kubernetesProblem } from "./kubernetes.ts";
import type { Origin } from "./origin.ts";
import { bytes, planText } from "./plan.ts";
import { main } from "./program.ts";
import { ensureAll, missing } from "./progress.ts";
import { artifactsOf, type BundleRecipe, forHosts } from "./recipes/index.ts";
import { Store } from "./store.ts";
import { type Arch, hostArch, versions } from "./versions.ts";

export type Bundle = { readonly dir: string; readonly key: string; readonly manifest: Manifest };

export type BundleOptions = {
  /** Also read every file and compare its sum. */
  readonly verify?: boolean;
  /** Which way it is made. @default whichever can be had */
  readonly choice?: Choice;
  /** Only what hosts are given, which have a root file system. @default false */
  readonly forHosts?: boolean;
};

/** The bundle for an architecture, made where it is not there yet. Nothing is read but sizes when it is. */
export async function ensureBundle(arch: Arch = hostArch(), options: BundleOptions = {}): Promise<Bundle> {
  const { choice = defaultChoice } = options;
  const way = await decideWay(choice, arch);
  try {
    return await make(way, arch, choice, options);
  } catch (error) {
    if (way !== "release" || !unavailable(error)) throw error;
    if (choice.artifacts !== "auto" || !canBeBuilt(choice.kubernetes)) {
      const other = canBeBuilt(choice.kubernetes) ? "; artifacts: source builds it here" : "";
      throw new Error(`${words(error)}\nmirrors names other places to take it from${other}.`, { cause: error });
    }
    process.stderr.write(`Artifacts: built from source after all: ${reason(error)}\n`);
    keepAnswer(choice, arch, "source");
    return await make("source", arch, choice, options);
  }
}

async function make(way: Way, arch: Arch, origin: Origin, options: BundleOptions): Promise<Bundle> {
  const store = new Store(undefined, origin.mirrors);
  const recipe = recipeWith(way, arch, origin, options);
  const key = bundleKey(recipe);
  const dir = bundleDir(key);
  const standing = sound(dir, options.verify ?? false);
  if (standing) return { dir, key, manifest: standing };

  await ensureAll(
    store,
    `the bundle for ${arch}, ${way === "source" ? "from source" : "as released"}`,
    artifactsOf(recipe),
  );
  await store.publish(dir, (temp) => assemble(store, recipe, key, temp));
  const manifest = readManifest(dir);
  if (!manifest) throw new Error(`${dir} has no manifest.json`);
  return { dir, key, manifest };
}

function recipeWith(way: Way, arch: Arch, origin: Origin, options: Pick<BundleOptions, "forHosts">): BundleRecipe {
  const whole = recipeFor(way, arch, origin);
  return options.forHosts ? forHosts(whole) : whole;
}

/** What nodes/host/fetch.sh and its like say when something cannot be had, as against: is not what it should be. */
function unavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ("exitCode" in error && error.exitCode === 3) || unavailable(error.cause);
}

const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The one line of the step's log that says what could not be had; the log has the rest. */
function reason(error: unknown): string {
  const lines = words(error)
    .split("\n")
    .map((line) => line.replace(/^ +\| /, ""));
  return (
    lines.findLast((line) => /^cannot (fetch|pull) |names no SHA-256 sum|could not be had/.test(line)) ?? lines[0] ?? ""
  );
}

/** What making the bundle would take, that way. */
export function missingForBundle(
  way: Way,
  arch: Arch,
  origin: Origin,
  options: Pick<BundleOptions, "forHosts"> = {},
): Artifact[] {
  const recipe = recipeWith(way, arch, origin, options);
  return readManifest(bundleDir(bundleKey(recipe))) ? [] : missing(new Store(), artifactsOf(recipe));
}

/** The directory of the bundle that this choice means, if it stands. Asks nobody. */
export function standingBundle(choice: Choice = defaultChoice, arch: Arch = hostArch()): string | undefined {
  const way = knownWay(choice, arch);
  return way && bundlesOf(way, arch, choice).find((dir) => readManifest(dir));
}

/** The manifest of a bundle whose files are all there; damage is an error, for hard links make it the artifacts' too. */
function sound(dir: string, verify: boolean): Manifest | undefined {
  const manifest = readManifest(dir);
  if (!manifest) return undefined;
  const wrong = problems(dir, manifest, verify);
  if (wrong.length === 0) return manifest;
  throw new Error(
    [
      `${dir} is damaged:`,
      ...wrong.map((text) => `  ${text}`),
      `Remove ${dirname(dirname(dir))}/{bundle,artifacts} and build again.`,
    ].join("\n"),
  );
}

async function assemble(store: Store, recipe: BundleRecipe, key: string, dir: string): Promise<void> {
  const paths: string[] = [];
  const place = async (path: string, from: string): Promise<void> => {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await link(from, join(dir, path));
    paths.push(path);
  };
  for (const { path, artifact, file } of [...recipe.programs, ...recipe.images]) {
    await place(path, join(store.pathOf(artifact), file));
  }
  if (recipe.machine) {
    const machine = store.pathOf(recipe.machine);
    await place("rootfs.tar", join(machine, "rootfs.tar"));
    for (const name of readdirSync(join(machine, "debs"))) await place(`debs/${name}`, join(machine, "debs", name));
  }

  const manifest: Manifest = {
    key,
    arch: recipe.arch,
    versions: recipe.versions,
    files: await describeFiles(dir, paths),
    images: recipe.images.map(({ path, ref, roles }) => ({
      file: path,
      ref,
      roles,
      // The layers in the tar are not compressed, so it is as large as what comes out of it.
      unpackedBytes: statSync(join(dir, path)).size,
    })),
  };
  await writeFile(join(dir, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

function summary({ manifest }: Bundle): string {
  const lines = manifest.images.map(
    ({ ref, roles, unpackedBytes: size }) =>
      `  ${bytes(size).padStart(7)}  ${ref}${roles === "all" ? "" : ` (${roles})`}`,
  );
  const [worker, controlPlane] = [unpackedBytes(manifest, "worker"), unpackedBytes(manifest, "control-plane")];
  return [`images, unpacked: ${bytes(worker)} on a worker, ${bytes(controlPlane)} on the control plane`, ...lines].join(
    "\n",
  );
}

async function build(): Promise<void> {
  const { values } = parseArgs({
    options: {
      plan: { type: "boolean" },
      verify: { type: "boolean" },
      arch: { type: "string", default: hostArch() },
      artifacts: { type: "string", default: "auto" },
      kubernetes: { type: "string", default: versions.kubernetes },
      hosts: { type: "boolean" },
    },
  });
  const { arch } = values;
  const artifacts = ([...ways, "auto"] as const).find((known) => known === values.artifacts);
  if (artifacts === undefined)
    throw new Error(`--artifacts "${values.artifacts}" is unknown; write release, source or auto`);
  const problem = kubernetesProblem(values.kubernetes, artifacts);
  if (problem !== undefined) throw new Error(`--kubernetes "${values.kubernetes}" ${problem}`);
  const choice: Choice = { artifacts, mirrors: {}, kubernetes: values.kubernetes };
  if (arch !== "amd64" && arch !== "arm64") throw new Error(`--arch "${arch}" is unknown; write amd64 or arm64`);
  const options = { verify: values.verify ?? false, forHosts: values.hosts ?? false, choice };
  if (values.plan) {
    console.log(
      planText(`the bundle for ${arch}`, missingForBundle(await decideWay(choice, arch), arch, choice, options)),
    );
    return;
  }
  const bundle = await ensureBundle(arch, options);
  process.stderr.write(`${summary(bundle)}\n`);
  console.log(bundle.dir);
}

await main(import.meta, build);
