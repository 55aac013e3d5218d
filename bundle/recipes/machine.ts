import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Artifact } from "../artifact.ts";
import { assertRuns, mmdebstrap } from "../debian.ts";
import { ensureTools } from "../tools.ts";
import { type Arch, versions } from "../versions.ts";
import { born, forComparing, forWireguard, installedLater, withoutDocumentation } from "./packages.ts";

/** What a machine can install without a network. */
const beside = [...installedLater, ...forComparing, ...forWireguard];

/** A machine's root file system, and the packages it can install without a network. */
export function machine(arch: Arch): Artifact {
  return {
    name: "machine",
    arch,
    about: 60,
    inputs: {
      born,
      beside,
      withoutDocumentation,
      debian: versions.debian,
      text: readFileSync(import.meta.filename, "utf8"),
    },
    needs: [],
    async build(context) {
      assertRuns(arch);
      await ensureTools(["dpkg-dev"], context.run);
      const debs = join(context.out, "debs");
      await mkdir(join(debs, "partial"), { recursive: true });
      context.note("root file system");
      // mmdebstrap's own apt settings know the new system's status: only what is missing there is fetched.
      const fetch = `APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get --yes --no-install-recommends --download-only -o Dir::Cache::archives='${debs}' install ${beside.join(" ")}`;
      await mmdebstrap(context, arch, [
        "--variant=minbase",
        `--include=${born.join(",")}`,
        ...withoutDocumentation,
        `--customize-hook=${fetch}`,
        // Every machine makes its own, or all would share one identity.
        '--customize-hook=rm -f "$1"/etc/ssh/ssh_host_* "$1"/etc/machine-id; : >"$1"/etc/machine-id',
        versions.debian,
        join(context.out, "rootfs.tar"),
      ]);
      context.note("package index");
      const index = "rm -rf partial lock && dpkg-scanpackages --multiversion . /dev/null >Packages";
      await context.run("sh", ["-c", index], { cwd: debs });
    },
  };
}
