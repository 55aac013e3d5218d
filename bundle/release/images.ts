import { readFileSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Artifact, BuildContext } from "../artifact.ts";
import { readLayer } from "../image.ts";
import { type Arch, flannelCniRef, type ImageName } from "../versions.ts";
import { runScript, secondsFor } from "./fetch.ts";
import { type Config, layoutOf } from "./layout.ts";
import type { Pull } from "./plan.ts";

const script = join(import.meta.dirname, "pull.sh");
/** What decides an image's content besides the reference. */
const text = readFileSync(script, "utf8") + readFileSync(join(import.meta.dirname, "layout.ts"), "utf8");

/** What is left of a pulled image: `rootfs.tar`, `config.json` and `digest`. */
async function pullTo(
  dir: string,
  context: BuildContext,
  arch: Arch,
  { from, plainHttp }: Pull,
  crane: Artifact,
): Promise<void> {
  await mkdir(dir, { recursive: true });
  await runScript(context, script, {
    CRANE: join(context.dirOf(crane), "crane"),
    FROM: from,
    ARCH: arch,
    PLAIN_HTTP: plainHttp ? "1" : "",
    TO: dir,
  });
}

/** `NAME.tar` of an image, in the form in which an image built here is: one uncompressed layer in an OCI layout. */
export function pulledImage(arch: Arch, name: ImageName, pull: Pull, crane: Artifact, megabytes: number): Artifact {
  const { ref } = pull;
  return {
    name: `release-image-${name}`,
    arch,
    about: secondsFor(megabytes),
    inputs: { ref, from: pull.from, text },
    needs: [crane],
    async build(context) {
      const [pulled, root] = [join(context.scratch, "pulled"), join(context.scratch, "image")];
      await pullTo(pulled, context, arch, pull, crane);
      const layer = await readLayer(join(pulled, "rootfs.tar"));
      const config = JSON.parse(await readFile(join(pulled, "config.json"), "utf8")) as Config;
      const origin = (await readFile(join(pulled, "digest"), "utf8")).trim();
      const files = { ...layoutOf({ ref, arch, config, layer, origin }) };
      await mkdir(join(root, "blobs/sha256"), { recursive: true });
      await rename(layer.file, join(root, "blobs/sha256", layer.digest));
      for (const [path, content] of Object.entries(files)) await writeFile(join(root, path), content);
      await context.run("tar", [
        "--sort=name",
        "--mtime=@0",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
        "-C",
        root,
        "-cf",
        join(context.out, `${name}.tar`),
        ".",
      ]);
    },
  };
}

/** The flannel plugin is published as an image, of which it is the one file. */
export function pulledFlannelPlugin(arch: Arch, pull: Pull, crane: Artifact): Artifact {
  return {
    name: "release-cni-flannel",
    arch,
    about: secondsFor(5),
    inputs: { ref: flannelCniRef, from: pull.from, text },
    needs: [crane],
    async build(context) {
      const pulled = join(context.scratch, "pulled");
      await pullTo(pulled, context, arch, pull, crane);
      await context.run("tar", ["--no-same-owner", "-xf", join(pulled, "rootfs.tar"), "-C", context.out, "flannel"]);
      await context.run("chmod", ["0755", join(context.out, "flannel")]);
    },
  };
}

/** Debian as its image, `debian.tar`: what a machine's root file system is made on. */
export function pulledDebian(arch: Arch, pull: Pull, crane: Artifact): Artifact {
  return {
    name: "release-debian",
    arch,
    about: secondsFor(30),
    inputs: { ref: pull.ref, from: pull.from, text },
    needs: [crane],
    async build(context) {
      const pulled = join(context.scratch, "pulled");
      await pullTo(pulled, context, arch, pull, crane);
      await mkdir(dirname(join(context.out, "debian.tar")), { recursive: true });
      await rename(join(pulled, "rootfs.tar"), join(context.out, "debian.tar"));
    },
  };
}
