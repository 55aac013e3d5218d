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
import { bundleDir, bundleKey, recipeFor } from "./bundle.ts";
import { type Choice, type Decided, ways } from "./choice.ts";
import { bundleSubject, decide, makeEitherWay } from "./decide.ts";
import { describeFiles, type Manifest, problems, readManifest, unpackedBytes } from "./manifest.ts";
import { kubernetesProblem } from "./kubernetes.ts";
import { bytes, planText } from "./estimate.ts";
import { main } from "./program.ts";
import { ensureAll, missing, planned } from "./progress.ts";
import { artifactsOf, type BundleRecipe, forHosts } from "./recipes/index.ts";
import { Store } from "./store.ts";
import { type Arch, hostArch, versions } from "./versions.ts";

export interface Bundle {
  readonly dir: string;
  readonly key: string;
  readonly manifest: Manifest;
  /** The way in which it was made: another one than was decided, where a release could not be had after all. */
  readonly decided: Decided;
}

export interface BundleOptions {
  /** @default that of this machine */
  readonly arch?: Arch;
  /** Also read every file and compare its sum. */
  readonly verify?: boolean;
  /** Only what hosts are given, which have a root file system. @default false */
  readonly forHosts?: boolean;
}

/** The bundle, made where it is not there yet. Nothing is read but sizes when it is. */
export async function ensureBundle(decided: Decided, options: BundleOptions = {}): Promise<Bundle> {
  const { arch = hostArch() } = options;
  return await makeEitherWay(bundleSubject(decided, arch), decided, (way) => make(way, arch, options));
}

async function make(decided: Decided, arch: Arch, options: BundleOptions): Promise<Bundle> {
  const store = new Store(undefined, decided.mirrors);
  const recipe = recipeWith(decided, arch, options);
  const key = bundleKey(recipe);
  const dir = bundleDir(key);
  const standing = sound(dir, options.verify ?? false);
  if (standing) return { dir, key, manifest: standing, decided };

  await ensureAll(
    store,
    `the bundle for ${arch}, ${decided.way === "source" ? "from source" : "as released"}`,
    artifactsOf(recipe),
  );
  await store.publish(dir, (temp) => assemble(store, recipe, key, temp));
  const manifest = readManifest(dir);
  if (!manifest) throw new Error(`${dir} has no manifest.json`);
  return { dir, key, manifest, decided };
}

function recipeWith(decided: Decided, arch: Arch, options: BundleOptions): BundleRecipe {
  const whole = recipeFor(decided.way, arch, decided);
  return options.forHosts ? forHosts(whole) : whole;
}

/** What making the bundle would take. */
export function missingForBundle(decided: Decided, options: BundleOptions = {}): Artifact[] {
  const recipe = recipeWith(decided, options.arch ?? hostArch(), options);
  return readManifest(bundleDir(bundleKey(recipe))) ? [] : missing(new Store(), artifactsOf(recipe));
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
  const way = ([...ways, "auto"] as const).find((known) => known === values.artifacts);
  if (way === undefined) throw new Error(`--artifacts "${values.artifacts}" is unknown; write release, source or auto`);
  const problem = kubernetesProblem(values.kubernetes, way);
  if (problem !== undefined) throw new Error(`--kubernetes "${values.kubernetes}" ${problem}`);
  const choice: Choice = { way, mirrors: {}, kubernetes: values.kubernetes };
  if (arch !== "amd64" && arch !== "arm64") throw new Error(`--arch "${arch}" is unknown; write amd64 or arm64`);
  const options: BundleOptions = { arch, verify: values.verify ?? false, forHosts: values.hosts ?? false };
  const decided = await decide(bundleSubject(choice, arch), choice);
  if (values.plan) {
    console.log(planText(`the bundle for ${arch}`, planned(missingForBundle(decided, options))));
    return;
  }
  const bundle = await ensureBundle(decided, options);
  process.stderr.write(`${summary(bundle)}\n`);
  console.log(bundle.dir);
}

await main(import.meta, build);
