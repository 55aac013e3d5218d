import { mkdir, symlink } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Artifact } from "../artifact.ts";
import { dropBallast, extractPackages } from "../debian.ts";
import { goPrograms } from "../go.ts";
import { makeLayer } from "../image.ts";
import { type Arch, lessonImageRefs, lessonVersions, versions } from "../versions.ts";
import { image } from "./images.ts";

const module = "github.com/cloudnativelabs/kube-router/v2";
const packages = ["iptables", "ipset", "busybox-static"];

/** The image of what enforces network policies: kube-router, with the programs that it calls. */
export function kubeRouter(arch: Arch): Artifact {
  const program = goPrograms({
    name: "kube-router",
    arch,
    about: 170,
    programs: [{ package: `${module}/cmd/kube-router` }],
    stamps: { [`${module}/pkg/version.Version`]: `v${lessonVersions.kubeRouter}` },
  });
  return image(arch, {
    name: "kube-router",
    ref: lessonImageRefs["kube-router"],
    roles: "all",
    programs: { "usr/local/bin/kube-router": program },
    base: tools(arch),
    config: { entrypoint: ["/usr/local/bin/kube-router"] },
  });
}

/** As the machines have them, or each would see half of the rules: Debian's, and nft's engine. */
function tools(arch: Arch): Artifact {
  return {
    name: "policy-tools",
    arch,
    about: 10,
    inputs: { packages, debian: versions.debian, text: readFileSync(import.meta.filename, "utf8") },
    needs: [],
    async build(context) {
      const dir = join(context.scratch, "root");
      await extractPackages(context, arch, packages, dir);
      await dropBallast(dir);
      await mkdir(join(dir, "usr/sbin"), { recursive: true });
      const link = (name: string, target: string): Promise<void> =>
        symlink(target, join(dir, name)).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== "EEXIST") throw error;
        });
      for (const name of ["iptables", "ip6tables"])
        for (const verb of ["", "-save", "-restore"]) await link(`usr/sbin/${name}${verb}`, "xtables-nft-multi");
      // For whoever looks inside, and for the script that takes the rules away.
      for (const name of ["sh", "cat", "grep", "sed", "ls"]) await link(`usr/bin/${name}`, "/usr/bin/busybox");
      await makeLayer(context, dir, join(context.out, "layer.tar"));
    },
  };
}
