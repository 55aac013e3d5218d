import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Artifact } from "../artifact.ts";
import { assertRuns } from "../debian.ts";
import { debianSources, type Mirrors } from "../mirrors.ts";
import { machine } from "../recipes/machine.ts";
import { type Arch, versions } from "../versions.ts";
import { runScript } from "./fetch.ts";

const folder = import.meta.dirname;
const scripts = ["machine.sh", "debian.sh", "rootfs.sh"].map((name) => readFileSync(join(folder, name), "utf8"));

/** A machine's root file system with the same packages as one that is built here (bundle/recipes/machine.ts), on Debian's image. */
export function releaseMachine(arch: Arch, debian: Artifact, mirrors: Mirrors): Artifact {
  // One list for both ways. It is read from there as it stands: to export it would change the recipe's text, and so its key.
  const { born, beside } = machine(arch).inputs as {
    readonly born: readonly string[];
    readonly beside: readonly string[];
  };
  const sources = debianSources(versions.debian, mirrors);
  return {
    name: "release-machine",
    arch,
    about: 60,
    inputs: { born, beside, sources, scripts },
    needs: [debian],
    async build(context) {
      assertRuns(arch);
      await runScript(context, join(folder, "machine.sh"), {
        BASE: join(context.dirOf(debian), "debian.tar"),
        ARCH: arch,
        SCRIPT: join(folder, "rootfs.sh"),
        TO: context.out,
        BORN: born.join(" "),
        LATER: beside.join(" "),
        SOURCES: sources.join("\n"),
      });
    },
  };
}
