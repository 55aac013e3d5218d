import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Artifact, idOf } from "../../bundle/artifact.ts";
import { bundleKey } from "../../bundle/bundle-key.ts";
import { recipeFor, type Way } from "../../bundle/choice.ts";
import { defaultOrigin, type Origin } from "../../bundle/origin.ts";
import { forHosts } from "../../bundle/recipes/index.ts";
import { vmRoot } from "../../bundle/recipes/vm-root.ts";
import { releaseVmRoot } from "../../bundle/release/vm-root.ts";
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
export function vmDisk(way: Way, origin: Origin = defaultOrigin, arch: Arch = hostArch()): Artifact {
  const root = hasRoot(way) ? releaseVmRoot(arch, origin.mirrors) : vmRoot(arch);
  const recipe = recipeFor(way, arch, origin);
  return {
    name: "vm-disk",
    arch,
    about: 90,
    inputs: { bundle: bundleKey(hasRoot(way) ? forHosts(recipe) : recipe), files: filesDigest() },
    needs: [root],
    // Only a build pays for loading what it takes.
    build: async (context) =>
      (await import("./disk-build.ts")).buildDisk(context, { ...origin, artifacts: way }, arch, root, hasRoot(way)),
  };
}

/** A disk of Debian's own image needs no root file system in the bundle, and so no container engine to make one. */
export const hasRoot = (way: Way): boolean => way === "release";

/** Name of the disk in the store; changes with whatever is on it, and is known without building anything. */
export const diskKey = (way: Way, origin?: Origin): string => idOf(vmDisk(way, origin));

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
