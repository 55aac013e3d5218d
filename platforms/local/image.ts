/**
 * The images that local machines boot from, made from the bundle.
 *
 *   node platforms/local/image.ts     builds what is missing; the reference, without "-worker" or "-control-plane", is the
 *                                     last line of stdout. ARTIFACTS, MIRRORS (JSON) and KUBERNETES say what the bundle is made of,
 *                                     as the config keys do; WAY says which way that is, where it is decided already
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bundleKey, recipeFor } from "../../bundle/bundle.ts";
import { choiceOfEnvironment, type Decided, decidedOfEnvironment } from "../../bundle/choice.ts";
import { bundleSubject, decide } from "../../bundle/decide.ts";
import { withLock } from "../../bundle/lock.ts";
import { main, toStderr } from "../../bundle/program.ts";
import { tooLittleInDocker } from "../../bundle/room.ts";
import { cacheRoot } from "../../bundle/store.ts";
import { answer } from "../../bundle/tools.ts";
import { hostArch } from "../../bundle/versions.ts";
import type { Role } from "../../nodes/role.ts";

/** What the machine image is built from besides the bundle. */
const imageFiles = join(import.meta.dirname, "..", "..", "nodes", "image");

const roles = ["control-plane", "worker"] as const satisfies readonly Role[];

const repository = "pod-networking-lab/node";

/** Changes with whatever is in a machine image; known without building or asking anything. */
export function imageKey(decided: Decided): string {
  const sum = createHash("sha256").update(bundleKey(recipeFor(decided.way, hostArch(), decided)));
  for (const entry of readdirSync(imageFiles, { recursive: true, withFileTypes: true }).toSorted(byPath)) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    sum.update(`\0${path.slice(imageFiles.length)}\0`).update(readFileSync(path));
  }
  return sum.digest("hex").slice(0, 16);
}

interface Entry {
  readonly parentPath: string;
  readonly name: string;
}

function byPath(one: Entry, other: Entry): number {
  const [a, b] = [join(one.parentPath, one.name), join(other.parentPath, other.name)];
  return a < b ? -1 : 1;
}

/** Reference of the image that machines of a role boot from; below both are `base` and, on it, `common`. */
export function imageRef(key: string, role?: Role | "base" | "common"): string {
  return [`${repository}:${key}`, ...(role ? [role] : [])].join("-");
}

/** Builds the images unless the engine has them. @returns their reference, to which "-worker" or "-control-plane" is added */
export async function ensureImage(decided: Decided, say = toStderr): Promise<string> {
  const key = imageKey(decided);
  if (engineHas(key)) return imageRef(key);
  const wait = (): void => say("another process builds the machine images; waiting");
  const lock = join(cacheRoot(), "locks", `node-image-${key}`);
  return await withLock(lock, async () => (engineHas(key) ? imageRef(key) : await build(decided, say)), wait);
}

async function build(decided: Decided, say: (line: string) => void): Promise<string> {
  refuseFullDocker(decided);
  // Only a build pays for loading what it takes.
  const { ensureBundle } = await import("../../bundle/build.ts");
  const { buildImages } = await import("./image-build.ts");
  // Seconds beside the half minute that images take, and what has changed in the cache does not go into every machine.
  const bundle = await ensureBundle(decided, { verify: true });
  // Where the release could not be had after all, it is built from source, and the images are others.
  const key = imageKey(bundle.decided);
  if (!engineHas(key)) await buildImages(bundle, imageFiles, (name) => imageRef(key, name), say);
  return imageRef(key);
}

/** To be asked before the bundle is made, which takes longest. @throws Error in one sentence where the images are not there and have no room */
export function refuseFullDocker(decided: Decided): void {
  if (engineHas(imageKey(decided))) return;
  const folder = answer("docker", ["info", "--format", "{{.DockerRootDir}}"]);
  // An engine in a virtual machine of its own keeps it where nothing is seen from here.
  if (folder === undefined || !existsSync(folder)) return;
  const why = tooLittleInDocker(folder);
  if (why !== undefined) throw new Error(why);
}

function engineHas(key: string): boolean {
  const refs = roles.map((role) => imageRef(key, role));
  return spawnSync("docker", ["image", "inspect", ...refs], { stdio: "ignore" }).status === 0;
}

await main(import.meta, async () => {
  const choice = choiceOfEnvironment();
  console.log(await ensureImage(decidedOfEnvironment() ?? (await decide(bundleSubject(choice), choice))));
});
