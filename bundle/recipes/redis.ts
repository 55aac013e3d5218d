import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Artifact } from "../artifact.ts";
import { dropBallast, extractPackages } from "../debian.ts";
import { makeLayer } from "../image.ts";
import { type Arch, lessonImageRefs, versions } from "../versions.ts";
import { image } from "./images.ts";

const packages = ["redis-server"];

/** The image of the course's database: Debian's Redis, and the libraries that it loads. */
export function redis(arch: Arch): Artifact {
  const files: Artifact = {
    name: "redis-files",
    arch,
    about: 15,
    inputs: { packages, debian: versions.debian, text: readFileSync(import.meta.filename, "utf8") },
    needs: [],
    async build(context) {
      const dir = join(context.scratch, "root");
      await extractPackages(context, arch, packages, dir);
      await dropBallast(dir);
      await makeLayer(context, dir, join(context.out, "layer.tar"));
    },
  };
  return image(arch, {
    name: "redis",
    ref: lessonImageRefs.redis,
    roles: "all",
    programs: {},
    base: files,
    config: { command: ["redis-server"] },
  });
}
