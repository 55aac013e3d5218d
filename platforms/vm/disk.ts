/**
 * The disk that VMs start from, made from Debian's image for clouds or its packages, and the bundle.
 *
 *   node platforms/vm/disk.ts     builds what is missing; the disk's name in the store is the last line of stdout. ARTIFACTS,
 *                                 MIRRORS (JSON) and KUBERNETES say what the bundle is made of, as the config keys do; WAY says
 *                                 which way that is, where it is decided already
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Artifact, digest, idOf } from "../../bundle/artifact.ts";
import { bundleKey, recipeFor } from "../../bundle/bundle.ts";
import {
  choiceOfEnvironment,
  type Decided,
  decidedOfEnvironment,
  type Origin,
  settled,
  type Way,
} from "../../bundle/choice.ts";
import { bundleSubject, decide, makeEitherWay, type Subject } from "../../bundle/decide.ts";
import { main, toStderr } from "../../bundle/program.ts";
import { ensureAll, missing } from "../../bundle/progress.ts";
import { forHosts } from "../../bundle/recipes/index.ts";
import { vmRoot } from "../../bundle/recipes/vm-root.ts";
import { cloudImagePackage, releaseVmRoot } from "../../bundle/release/vm-root.ts";
import { Store } from "../../bundle/store.ts";
import { type Arch, hostArch } from "../../bundle/versions.ts";

const nodes = join(import.meta.dirname, "..", "..", "nodes");

/** What of nodes/ goes onto the disk: what containers are made of alone does not. */
const containersOnly = new Set([
  "Dockerfile",
  "store.Dockerfile",
  "container.sh",
  "podnet-entrypoint",
  "fill-store.sh",
]);

/**
 * The disk that VMs start from: `disk.raw` with its `uuid`, and the `vmlinuz` and `initrd.img` that it is booted by; of Debian's image for clouds, or of
 * Debian's packages. The machines do not know the difference.
 */
export function vmDisk(decided: Decided, arch: Arch = hostArch()): Artifact {
  const root = hasRoot(decided.way) ? releaseVmRoot(arch, decided.mirrors) : vmRoot(arch);
  const recipe = recipeFor(decided.way, arch, decided);
  return {
    name: "vm-disk",
    arch,
    about: 90,
    inputs: { bundle: bundleKey(hasRoot(decided.way) ? forHosts(recipe) : recipe), files: filesDigest() },
    needs: [root],
    build: async (context) => {
      // Only a build pays for loading what it takes.
      const { buildDisk } = await import("./disk-build.ts");
      await buildDisk(context, { ...decided, open: false }, arch, root, hasRoot(decided.way));
    },
  };
}

/** A disk of Debian's own image needs no root file system in the bundle, and so no container engine to make one. */
export const hasRoot = (way: Way): boolean => way === "release";

/** Name of the disk in the store; changes with whatever is on it, and is known without building anything. */
export const diskKey = (decided: Decided): string => idOf(vmDisk(decided));

function filesDigest(): string {
  const sum = createHash("sha256").update(readFileSync(join(import.meta.dirname, "disk.sh")));
  const files = [
    ...filesBelow("image").filter((path) => !containersOnly.has(path.slice("image/".length))),
    ...filesBelow("disk"),
  ];
  for (const path of files) sum.update(`\0${path}\0`).update(readFileSync(join(nodes, path)));
  return sum.digest("hex").slice(0, 16);
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(nodes, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(nodes.length + 1))
    .toSorted();
}

/** A release of the disk takes Debian's image for clouds as well, which comes from a site of its own: it is a question of its own. */
export function diskSubject(origin: Origin): Subject {
  const bundle = bundleSubject(origin);
  return {
    ...bundle,
    id: digest(["vm-disk", bundle.id]),
    stands: (way) =>
      (way === "release" || bundle.canBeBuilt !== false) && new Store().has(vmDisk(settled(way, origin))),
    packages: [...bundle.packages, cloudImagePackage(hostArch(), origin.mirrors)],
  };
}

/** Builds the disk unless it is there. @returns its name in the store */
export async function ensureDisk(decided: Decided, say = toStderr): Promise<string> {
  const store = new Store(undefined, decided.mirrors);
  const make = async (way: Decided): Promise<string> => {
    const disk = vmDisk(way);
    if (store.has(disk)) return idOf(disk);
    const { ensureBundle } = await import("../../bundle/build.ts");
    await ensureBundle({ ...way, open: false }, { forHosts: hasRoot(way.way) });
    await ensureAll(store, "the VMs' disk", [disk]);
    return idOf(disk);
  };
  return await makeEitherWay(diskSubject(decided), decided, make, say);
}

/** What building it would take. */
export const missingForDisk = (decided: Decided): Artifact[] => missing(new Store(), [vmDisk(decided)]);

await main(import.meta, async () => {
  const choice = choiceOfEnvironment();
  console.log(await ensureDisk(decidedOfEnvironment() ?? (await decide(diskSubject(choice), choice))));
});
