/**
 * The bundle: everything a machine of the lab is made of, in one directory.
 *
 *   node bundle/build.ts            builds what is missing; the bundle's directory is the last line of stdout
 *   node bundle/build.ts --plan     only says what is missing and about how long it takes
 *   node bundle/build.ts --verify   also reads every file and compares its sum
 *   --arch amd64|arm64              for other machines than this one
 */
import { readdirSync, statSync } from "node:fs";
import { link, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { type Artifact, digest, idOf } from "./artifact.ts";
import { describeFiles, type Manifest, problems, readManifest, unpackedBytes } from "./manifest.ts";
import { bytes, planText } from "./plan.ts";
import { ensureAll, missing } from "./progress.ts";
import { artifactsOf, bundleRecipe, type BundleRecipe } from "./recipes/index.ts";
import { Store } from "./store.ts";
import { type Arch, hostArch, imageRefs, versions } from "./versions.ts";

export type Bundle = { readonly dir: string; readonly key: string; readonly manifest: Manifest };

/** The bundle for an architecture, built where it is not there yet. Nothing is read but sizes when it is. */
export async function ensureBundle(arch: Arch = hostArch(), options: { readonly verify?: boolean } = {}): Promise<Bundle> {
  const store = new Store();
  const recipe = bundleRecipe(arch);
  const key = bundleKey(recipe);
  const dir = join(store.root, "bundle", key);
  const standing = sound(dir, options.verify ?? false);
  if (standing) return { dir, key, manifest: standing };

  await ensureAll(store, `the bundle for ${arch}`, artifactsOf(recipe));
  await store.publish(dir, (temp) => assemble(store, recipe, key, temp));
  const manifest = readManifest(dir);
  if (!manifest) throw new Error(`${dir} has no manifest.json`);
  return { dir, key, manifest };
}

/** What building the bundle would take. */
export function missingForBundle(arch: Arch = hostArch()): Artifact[] {
  const store = new Store();
  const recipe = bundleRecipe(arch);
  return readManifest(join(store.root, "bundle", bundleKey(recipe))) ? [] : missing(store, artifactsOf(recipe));
}

/** The manifest of a bundle whose files are all there; damage is an error, for hard links make it the artifacts' too. */
function sound(dir: string, verify: boolean): Manifest | undefined {
  const manifest = readManifest(dir);
  if (!manifest) return undefined;
  const wrong = problems(dir, manifest, verify);
  if (wrong.length === 0) return manifest;
  throw new Error(
    [`${dir} is damaged:`, ...wrong.map((text) => `  ${text}`), `Remove ${dirname(dirname(dir))}/{bundle,artifacts} and build again.`].join("\n"),
  );
}

/** Layout of the directory itself; a change to it must give another key. */
const layout = 1;

export function bundleKey(recipe: BundleRecipe): string {
  const parts = [...recipe.programs, ...recipe.images].map(({ path, artifact }) => [path, idOf(artifact)]);
  return digest({ layout, versions, parts, machine: idOf(recipe.machine) });
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
  const machine = store.pathOf(recipe.machine);
  await place("rootfs.tar", join(machine, "rootfs.tar"));
  for (const name of readdirSync(join(machine, "debs"))) await place(`debs/${name}`, join(machine, "debs", name));

  const manifest: Manifest = {
    key,
    arch: recipe.arch,
    versions,
    files: await describeFiles(dir, paths),
    images: recipe.images.map(({ path, name, roles }) => ({
      file: path,
      ref: imageRefs[name],
      roles,
      // The layers in the tar are not compressed, so it is as large as what comes out of it.
      unpackedBytes: statSync(join(dir, path)).size,
    })),
  };
  await writeFile(join(dir, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

function summary({ manifest }: Bundle): string {
  const lines = manifest.images.map(
    ({ ref, roles, unpackedBytes: size }) => `  ${bytes(size).padStart(7)}  ${ref}${roles === "all" ? "" : ` (${roles})`}`,
  );
  const [worker, controlPlane] = [unpackedBytes(manifest, "worker"), unpackedBytes(manifest, "control-plane")];
  return [`images, unpacked: ${bytes(worker)} on a worker, ${bytes(controlPlane)} on the control plane`, ...lines].join("\n");
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { plan: { type: "boolean" }, verify: { type: "boolean" }, arch: { type: "string", default: hostArch() } },
  });
  const { arch } = values;
  if (arch !== "amd64" && arch !== "arm64") throw new Error(`--arch "${arch}" is unknown; write amd64 or arm64`);
  if (values.plan) {
    console.log(planText(`the bundle for ${arch}`, missingForBundle(arch)));
    return;
  }
  const bundle = await ensureBundle(arch, { verify: values.verify ?? false });
  process.stderr.write(`${summary(bundle)}\n`);
  console.log(bundle.dir);
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
