import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Artifact, type BuildContext, idOf } from "./artifact.ts";
import type { Mirrors } from "./mirrors.ts";
import { Store } from "./store.ts";
import { answer, ensureTools } from "./tools.ts";
import { hostArch, toolchainVersions } from "./versions.ts";

/** The user's proxies and caches hold; what would change a program does not. */
const settings = { GOTOOLCHAIN: "local", GOFLAGS: "", GOWORK: "off", GOEXPERIMENT: "" };

export interface GoCommand {
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * A Go that can build everything: the installed one when it is new enough, else the exact one of versions.ts, which any
 * older Go fetches as a module, checked against the checksum database like all others.
 */
export async function goCommand(context: Pick<BuildContext, "run" | "note" | "mirrors">): Promise<GoCommand> {
  const env = { ...settings, ...proxy(context.mirrors) };
  for (const file of ["go", "/usr/local/go/bin/go"]) {
    // GOTOOLCHAIN=local: the version asked about is the installed one, and no other is fetched behind our back.
    const version = answer(file, ["env", "GOVERSION"], { GOTOOLCHAIN: "local" });
    if (version && atLeast(version.replace(/^go/, ""), toolchainVersions.goAtLeast)) {
      return { file, env };
    }
  }
  const store = new Store(undefined, context.mirrors);
  const dir = await store.ensure(goToolchain, () => context.note(`fetching Go ${toolchainVersions.go}`));
  return { file: join(dir, "bin", "go"), env: { ...env, GOROOT: dir } };
}

/** Where modules come from; what they hold is checked against go.sum and the checksum database all the same. */
function proxy({ goproxy }: Mirrors): Readonly<Record<string, string>> {
  return goproxy === undefined ? {} : { GOPROXY: goproxy };
}

export function atLeast(version: string, wanted: string): boolean {
  const [a, b] = [version, wanted].map((text) => text.split(/[^0-9]+/).map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (a?.[i] ?? 0) - (b?.[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

const module = `golang.org/toolchain@v0.0.1-go${toolchainVersions.go}.linux-${hostArch()}`;

export const goToolchain: Artifact = {
  name: "go-toolchain",
  arch: hostArch(),
  about: 60,
  inputs: { module },
  needs: [],
  async build({ run, out, scratch, mirrors }) {
    if (answer("go", ["version"]) === undefined) await ensureTools(["golang-go"], run);
    const env = { GOPATH: scratch, GOFLAGS: "-modcacherw", GO111MODULE: "on", ...proxy(mirrors) };
    await run("go", ["mod", "download", module], { cwd: scratch, env });
    const unpacked = join(scratch, "pkg/mod", module);
    if (!existsSync(unpacked)) throw new Error(`${idOf(goToolchain)}: Go left nothing at ${unpacked}`);
    await run("cp", ["-R", `${unpacked}/.`, out]);
    // A module's files are not executable; these are programs.
    await run("chmod", ["-R", "+x", join(out, "bin"), join(out, "pkg/tool")]);
  },
};
