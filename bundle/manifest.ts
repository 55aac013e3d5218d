import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { sha256File } from "./image.ts";
import type { Arch, versions } from "./versions.ts";

/** `manifest.json`: what a bundle holds. The order of `files` is that of their paths. */
export interface Manifest {
  readonly key: string;
  readonly arch: Arch;
  readonly versions: Readonly<Record<keyof typeof versions, string>>;
  readonly files: readonly { readonly path: string; readonly sha256: string; readonly size: number }[];
  readonly images: readonly {
    readonly file: string;
    readonly ref: string;
    /** Which machines need it. */
    readonly roles: "all" | "control-plane";
    /** What it takes in a machine's container store, layers shared with other images included. */
    readonly unpackedBytes: number;
  }[];
}

export async function describeFiles(dir: string, paths: readonly string[]): Promise<Manifest["files"]> {
  const files = [];
  for (const path of paths.toSorted()) {
    files.push({ path, sha256: await sha256File(join(dir, path)), size: statSync(join(dir, path)).size });
  }
  return files;
}

/** The manifest of a bundle directory, if one stands there. */
export function readManifest(dir: string): Manifest | undefined {
  const file = join(dir, "manifest.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Manifest) : undefined;
}

/** What is wrong with the files of a bundle, in words; nothing for a sound one. `content` reads every byte, else sizes must do. */
export function problems(dir: string, manifest: Manifest, content: boolean): string[] {
  return manifest.files.flatMap(({ path, sha256, size }) => {
    const found = statSync(join(dir, path), { throwIfNoEntry: false });
    if (!found) return [`${path} is missing`];
    if (found.size !== size) return [`${path} has ${found.size} bytes, not ${size}`];
    if (!content) return [];
    const sum = createHash("sha256")
      .update(readFileSync(join(dir, path)))
      .digest("hex");
    return sum === sha256 ? [] : [`${path} has the sum ${sum}, not ${sha256}`];
  });
}

/** Bytes of image layers that a machine with this role holds. */
export function unpackedBytes(manifest: Manifest, role: "control-plane" | "worker"): number {
  const mine = manifest.images.filter((image) => role === "control-plane" || image.roles === "all");
  return mine.reduce((sum, image) => sum + image.unpackedBytes, 0);
}
