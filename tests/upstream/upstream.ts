// All of upstream on this machine: a site with the layout of dl.k8s.io and github.com, Debian's archive behind it, and a registry, filled from a
// bundle that is there. It does not prove that upstream's own have what the plan names.
import { constants } from "node:fs";
import { copyFile, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { execa } from "execa";
import { readLayer, sha256File } from "../../bundle/image.ts";
import type { Mirrors } from "../../bundle/mirrors.ts";
import { defaultOrigin } from "../../bundle/choice.ts";
import { layoutOf } from "../../bundle/release/layout.ts";
import { cranePackage, type Download, programPackages } from "../../bundle/release/plan.ts";
import { type Arch, debianRef, flannelCniRef, imageRefs, imageRefsFor } from "../../bundle/versions.ts";
import { debianArchive } from "./archive.ts";
import { openRegistry } from "./registry.ts";
import { openSite, type Site } from "./site.ts";

export interface Upstream {
  /** What to set `mirrors` to. */
  readonly mirrors: Mirrors;
  readonly site: Site;
  readonly close: () => Promise<void>;
}

/** What the second layer of net-box takes away, as layers of upstream's images do. */
export const deletedFromNetBox = "usr/bin/arping";

/** Where a registry's images are behind the one registry that there is. */
const paths = { "registry.k8s.io": "k8s", "ghcr.io": "ghcr", "docker.io": "hub", "quay.io": "quay" } as const;

/**
 * @param address of this machine, for whoever else is to reach it
 * @param more images that no bundle has: reference, and the tar of an OCI layout
 */
export async function openUpstream(
  bundle: string,
  crane: string,
  arch: Arch,
  dir: string,
  address?: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Upstream> {
  await mkdir(dir, { recursive: true });
  const site = await openSite(debianArchive(), address);
  for (const { downloads } of programPackages(arch, defaultOrigin)) {
    for (const download of downloads) await publish(site, download, bundle, dir);
  }
  for (const download of cranePackage(arch, {}).downloads) await publish(site, download, dirname(crane), dir);
  const registry = await openRegistry(crane, join(dir, "registry"), address);
  const there = (ref: string): string => {
    const host = ref.slice(0, ref.indexOf("/")) as keyof typeof paths;
    return `${registry.host}/${paths[host]}/${ref.slice(host.length + 1)}`;
  };
  await pushImages(bundle, crane, arch, join(dir, "images"), there);
  for (const [ref, tar] of Object.entries(more))
    await pushLayout(crane, tar, join(dir, "images", basename(tar, ".tar")), there(ref));
  return {
    site,
    mirrors: {
      downloads: `${site.url}/files`,
      registries: Object.fromEntries(
        Object.entries(paths).map(([host, path]) => [host, `http://${registry.host}/${path}`]),
      ),
      apt: site.url,
    },
    close: async () => {
      await registry.close();
      await site.close();
    },
  };
}

/** Makes a file and its sum available as its maker does: archives are made of what the bundle has of them. */
async function publish(site: Site, { url, sums, to }: Download, from: string, dir: string): Promise<void> {
  const name = basename(url);
  let file: string;
  if (typeof to === "string") file = join(from, to);
  else {
    file = join(dir, name);
    const root = `${file}.root`;
    for (const [path, member] of Object.entries(to)) {
      await mkdir(dirname(join(root, member)), { recursive: true });
      await symlink(join(from, path), join(root, member));
    }
    await execa("tar", ["--dereference", "--use-compress-program=gzip -1", "-cf", file, "-C", root, "."]);
  }
  const page = (address: string): string => `/files/${address.replace("https://", "")}`;
  site.pages.set(page(url), { file });
  const sum = await sha256File(file);
  site.pages.set(
    page(sums),
    basename(sums) === `${name}.sha256` && !name.startsWith("cni") ? sum : `${sum}  ${name}\n`,
  );
}

async function pushImages(
  bundle: string,
  crane: string,
  arch: Arch,
  dir: string,
  there: (ref: string) => string,
): Promise<void> {
  const push = (layout: string, ref: string) => execa(crane, ["push", layout, there(ref)]);
  for (const [name, ref] of Object.entries(imageRefsFor(defaultOrigin.kubernetes)))
    await pushLayout(crane, join(bundle, "images", `${name}.tar`), join(dir, name), there(ref));
  const netBox = there(imageRefs["net-box"]);
  await execa(crane, [
    "append",
    "--base",
    netBox,
    "--new_layer",
    await layerOf(dir, "whiteout", whiteout(deletedFromNetBox)),
    "--new_tag",
    netBox,
  ]);
  const plugin = await layerOf(dir, "plugin", { flannel: join(bundle, "cni/flannel") });
  await push(await layoutFor(dir, arch, flannelCniRef, plugin), flannelCniRef);
  await push(await layoutFor(dir, arch, debianRef, join(bundle, "rootfs.tar")), debianRef);
}

async function pushLayout(crane: string, tar: string, dir: string, ref: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  await execa("tar", ["-xf", tar, "-C", dir]);
  await execa(crane, ["push", dir, ref]);
}

const whiteout = (path: string): Record<string, string> => ({
  [join(dirname(path), `.wh.${basename(path)}`)]: "/dev/null",
});

/** A layer of these files: path in the image, path here. */
async function layerOf(dir: string, name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const root = join(dir, `${name}.root`);
  for (const [path, from] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), await readFile(from), { mode: 0o755 });
  }
  await execa("tar", ["-cf", join(dir, `${name}.tar`), "-C", root, ...Object.keys(files)]);
  return join(dir, `${name}.tar`);
}

async function layoutFor(dir: string, arch: Arch, ref: string, file: string): Promise<string> {
  const [layout, layer] = [join(dir, `${basename(file)}.layout`), await readLayer(file)];
  await mkdir(join(layout, "blobs/sha256"), { recursive: true });
  await copyFile(file, join(layout, "blobs/sha256", layer.digest), constants.COPYFILE_FICLONE);
  const files = layoutOf({ ref, arch, config: { config: {} }, layer });
  for (const [path, text] of Object.entries(files)) await writeFile(join(layout, path), text);
  return layout;
}
