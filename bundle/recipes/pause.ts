import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Artifact } from "../artifact.ts";
import { cCompiler } from "../go.ts";
import { goCommand } from "../go-toolchain.ts";
import { answer } from "../tools.ts";
import { type Arch, versions } from "../versions.ts";

/** pause is one C file in Kubernetes' own module. */
export function pause(arch: Arch): Artifact {
  return {
    name: "pause",
    arch,
    about: 5,
    inputs: {
      pause: versions.pause,
      kubernetes: versions.kubernetes,
      text: readFileSync(import.meta.filename, "utf8"),
    },
    needs: [],
    async build(context) {
      const go = await goCommand(context);
      const module = `k8s.io/kubernetes@v${versions.kubernetes}`;
      const cwd = join(import.meta.dirname, "../gomod/kubernetes"); // its go.sum vouches for the file
      await context.run(go.file, ["mod", "download", "k8s.io/kubernetes"], { cwd, env: go.env });
      const cache = answer(go.file, ["env", "GOMODCACHE"], go.env) ?? "";
      const source = join(context.scratch, "pause.c");
      copyFileSync(join(cache, module, "build/pause/linux/pause.c"), source);
      const cc = await cCompiler(context, arch);
      const out = join(context.out, "pause");
      await context.run(cc, ["-Os", "-static", "-s", `-DVERSION=${versions.pause}`, "-o", out, source]);
    },
  };
}
