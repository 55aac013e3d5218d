import { createHash } from "node:crypto";
import type { Arch } from "../versions.ts";

/** As much of an image's configuration as is looked at; the rest is kept as it came. */
export type Config = { readonly rootfs?: unknown; readonly history?: unknown; readonly [key: string]: unknown };

/**
 * The JSON files of an OCI layout, by path, for an image of one uncompressed layer with this configuration. Containers started from
 * it are told the same as from the original: entry point, environment, user. Pure.
 */
export function layoutOf(image: {
  readonly ref: string;
  readonly arch: Arch;
  readonly config: Config;
  /** SHA-256 of the layer, as hex, and its bytes. */
  readonly layer: { readonly digest: string; readonly size: number };
  /** Digest of the manifest that was pulled. */
  readonly origin?: string;
}): Record<string, string> {
  const files: Record<string, string> = {};
  const { ref, arch, layer, origin } = image;
  const blob = (mediaType: string, value: unknown) => {
    const text = JSON.stringify(value);
    const hash = createHash("sha256").update(text).digest("hex");
    files[`blobs/sha256/${hash}`] = text;
    return { mediaType, digest: `sha256:${hash}`, size: Buffer.byteLength(text) };
  };
  const config = blob("application/vnd.oci.image.config.v1+json", {
    ...image.config,
    os: "linux",
    architecture: arch,
    rootfs: { type: "layers", diff_ids: [`sha256:${layer.digest}`] },
    history: [
      {
        created: "1970-01-01T00:00:00Z",
        created_by: "pod-networking-lab",
        ...(origin && { comment: `${ref}@${origin}` }),
      },
    ],
  });
  const manifest = blob("application/vnd.oci.image.manifest.v1+json", {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config,
    layers: [
      { mediaType: "application/vnd.oci.image.layer.v1.tar", digest: `sha256:${layer.digest}`, size: layer.size },
    ],
  });
  const annotations = {
    "io.containerd.image.name": ref,
    "org.opencontainers.image.ref.name": ref.slice(ref.lastIndexOf(":") + 1),
  };
  files["oci-layout"] = JSON.stringify({ imageLayoutVersion: "1.0.0" });
  files["index.json"] = JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [{ ...manifest, platform: { architecture: arch, os: "linux" }, annotations }],
  });
  return files;
}
