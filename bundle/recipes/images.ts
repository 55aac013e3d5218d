import { readFileSync } from "node:fs";
import { cp, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Artifact } from "../artifact.ts";
import { type ImageConfig, makeImage, makeLayer, readLayer } from "../image.ts";
import type { Arch, ImageName } from "../versions.ts";

/** An image: a program or two, on nothing or on a layer of tools. */
export type ImageRecipe = {
  readonly name: ImageName;
  /** What the machines' container store knows it by. */
  readonly ref: string;
  /** Which machines run it. */
  readonly roles: "all" | "control-plane";
  /** The programs in it: path in the image, the artifact they come from (the file is called like the path's last part). */
  readonly programs: Readonly<Record<string, Artifact>>;
  /** The layer below. @default nothing at all */
  readonly base?: Artifact;
  readonly config: ImageConfig;
};

const text =
  readFileSync(import.meta.filename, "utf8") + readFileSync(join(import.meta.dirname, "../image.ts"), "utf8");

/** `NAME.tar` of an image. */
export function image(arch: Arch, recipe: ImageRecipe): Artifact {
  const { name, ref, programs, base, config, roles } = recipe;
  return {
    name: `image-${name}`,
    arch,
    about: 2,
    inputs: { ref, paths: Object.keys(programs), config, roles, text },
    needs: [...new Set([...Object.values(programs), ...(base ? [base] : [])])],
    async build(context) {
      const root = join(context.scratch, "root");
      await mkdir(root);
      for (const [path, artifact] of Object.entries(programs)) {
        const target = join(root, path);
        await mkdir(dirname(target), { recursive: true });
        await cp(join(context.dirOf(artifact), path.slice(path.lastIndexOf("/") + 1)), target);
      }
      const layers = base ? [await readLayer(join(context.dirOf(base), "layer.tar"))] : [];
      if (Object.keys(programs).length > 0)
        layers.push(await makeLayer(context, root, join(context.scratch, "layer.tar")));
      await makeImage(context, { ref, arch, layers, config }, join(context.out, `${name}.tar`));
    },
  };
}
