import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { BuildContext } from "./artifact.ts";
import type { Arch } from "./versions.ts";

export type ImageConfig = {
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  /** "uid:gid". @default root */
  readonly user?: string;
};

/** One layer: an uncompressed tar of a directory. Made once, it may be part of several images. */
export type Layer = { readonly file: string; readonly digest: string; readonly size: number };

/** Fixed dates, owners and order: the same files give the same layer. */
const steady = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "--format=gnu"];

export async function makeLayer(context: BuildContext, dir: string, file: string): Promise<Layer> {
  await context.run("tar", [...steady, "-C", dir, "-cf", file, "."]);
  return readLayer(file);
}

export async function readLayer(file: string): Promise<Layer> {
  return { file, digest: await sha256File(file), size: (await stat(file)).size };
}

export async function sha256File(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

/**
 * An image as one tar: an OCI layout, which containerd reads, with docker's manifest.json beside, which older Docker reads.
 * The layers stay uncompressed: they travel inside one machine, and unpacking is what an import waits for.
 */
export async function makeImage(
  context: BuildContext,
  image: { readonly ref: string; readonly arch: Arch; readonly layers: readonly Layer[]; readonly config: ImageConfig },
  file: string,
): Promise<void> {
  const root = join(context.scratch, "image");
  const blobs = join(root, "blobs/sha256");
  await mkdir(blobs, { recursive: true });
  for (const layer of image.layers) await context.run("ln", ["-f", layer.file, join(blobs, layer.digest)]);
  for (const [path, text] of Object.entries(describe(image))) await writeFile(join(root, path), text);
  await context.run("tar", [...steady, "-C", root, "-cf", `${file}.partial`, "."]);
  await rename(`${file}.partial`, file);
}

/** The JSON files of the layout, by path. Pure. */
export function describe(image: {
  readonly ref: string;
  readonly arch: Arch;
  readonly layers: readonly Pick<Layer, "digest" | "size">[];
  readonly config: ImageConfig;
}): Record<string, string> {
  const files: Record<string, string> = {};
  const blob = (value: unknown, mediaType: string) => {
    const text = JSON.stringify(value);
    const hash = createHash("sha256").update(text).digest("hex");
    files[`blobs/sha256/${hash}`] = text;
    return { mediaType, digest: `sha256:${hash}`, size: Buffer.byteLength(text) };
  };
  const { entrypoint, command, user } = image.config;
  const config = blob(
    {
      architecture: image.arch,
      os: "linux",
      created: "1970-01-01T00:00:00Z",
      config: {
        Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
        ...(entrypoint ? { Entrypoint: entrypoint } : {}),
        ...(command ? { Cmd: command } : {}),
        ...(user ? { User: user } : {}),
      },
      rootfs: { type: "layers", diff_ids: image.layers.map((layer) => `sha256:${layer.digest}`) },
      history: image.layers.map(() => ({ created: "1970-01-01T00:00:00Z", created_by: "pod-networking-lab" })),
    },
    "application/vnd.oci.image.config.v1+json",
  );
  const manifest = blob(
    {
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config,
      layers: image.layers.map(({ digest, size }) => ({
        mediaType: "application/vnd.oci.image.layer.v1.tar",
        digest: `sha256:${digest}`,
        size,
      })),
    },
    "application/vnd.oci.image.manifest.v1+json",
  );
  files["oci-layout"] = JSON.stringify({ imageLayoutVersion: "1.0.0" });
  files["index.json"] = JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [
      {
        ...manifest,
        platform: { architecture: image.arch, os: "linux" },
        annotations: {
          "io.containerd.image.name": image.ref,
          "org.opencontainers.image.ref.name": image.ref.slice(image.ref.lastIndexOf(":") + 1),
        },
      },
    ],
  });
  files["manifest.json"] = JSON.stringify([
    {
      Config: config.digest.replace("sha256:", "blobs/sha256/"),
      RepoTags: [image.ref],
      Layers: image.layers.map((layer) => `blobs/sha256/${layer.digest}`),
    },
  ]);
  return files;
}
