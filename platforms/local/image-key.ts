import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bundleKey } from "../../bundle/bundle-key.ts";
import { recipeFor, type Way } from "../../bundle/choice.ts";
import type { Origin } from "../../bundle/origin.ts";
import { hostArch } from "../../bundle/versions.ts";
import type { Role } from "../../nodes/role.ts";

/** What the machine image is built from besides the bundle. */
export const imageFiles = join(import.meta.dirname, "..", "..", "nodes", "image");

export const roles = ["control-plane", "worker"] as const satisfies readonly Role[];

const repository = "pod-networking-lab/node";

/** Changes with whatever is in a machine image; known without building or asking anything. */
export function imageKey(way: Way, origin: Origin): string {
  const sum = createHash("sha256").update(bundleKey(recipeFor(way, hostArch(), origin)));
  for (const entry of readdirSync(imageFiles, { recursive: true, withFileTypes: true }).toSorted(byPath)) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    sum.update(`\0${path.slice(imageFiles.length)}\0`).update(readFileSync(path));
  }
  return sum.digest("hex").slice(0, 16);
}

/** Reference of the image that machines of a role boot from; below both are `base` and, on it, `common`. */
export function imageRef(key: string, role?: Role | "base" | "common"): string {
  return [`${repository}:${key}`, ...(role ? [role] : [])].join("-");
}

type Entry = { readonly parentPath: string; readonly name: string };

function byPath(one: Entry, other: Entry): number {
  const [a, b] = [join(one.parentPath, one.name), join(other.parentPath, other.name)];
  return a < b ? -1 : 1;
}
