import type { Manifest } from "../../bundle/manifest.ts";
import type { HostAccess } from "./access.ts";

export type Part = Manifest["files"][number];

/** What of a bundle a host needs: programs, and the images of its role. Not the machine's root file system: a host has one. Pure. */
export function partsFor(manifest: Manifest, role: HostAccess["role"]): readonly Part[] {
  const images = new Set(
    manifest.images.filter(({ roles }) => roles === "all" || role === "control-plane").map(({ file }) => file),
  );
  return manifest.files.filter(({ path }) => /^(bin|cni)\//.test(path) || images.has(path));
}

/** As sha256sum reads it. Pure. */
export function sumsText(parts: readonly Part[]): string {
  return parts.map(({ sha256, path }) => `${sha256}  ${path}\n`).join("");
}
