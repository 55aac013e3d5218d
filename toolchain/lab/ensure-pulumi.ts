import { copyFileSync, linkSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { ensureToolchain } from "../binaries.ts";
import { installPlugins } from "../plugins/install.ts";
import { prepareLabDir } from "./environment.ts";
import { checkout, pulumiHome } from "./paths.ts";
import { type Pulumi, pulumiOnPath } from "./pulumi.ts";

/** The pulumi to use, with all its plugins: the user's own, which fetches them itself, or the lab's. Quick when all is there. */
export async function ensurePulumi(): Promise<Pulumi> {
  prepareLabDir();
  const own = pulumiOnPath();
  if (own !== undefined) return { file: own.file, ours: false };
  const { pulumi, kubernetesPlugin } = await ensureToolchain();
  // The language host belongs to this checkout and is looked for beside the CLI's real file: so the CLI gets a name here.
  const file = join(pulumiHome, "bin", "pulumi");
  place(pulumi, file);
  await installPlugins({ pulumiHome, pulumiBinDir: dirname(file), node: process.execPath, checkout, kubernetesPlugin });
  return { file, ours: true };
}

/** The same file under another name; a copy where the two are on different file systems. */
function place(source: string, target: string): void {
  const [have, want] = [statSync(target, { throwIfNoEntry: false }), statSync(source)];
  if (have !== undefined && have.size === want.size && have.mtimeMs >= want.mtimeMs) return;
  mkdirSync(dirname(target), { recursive: true });
  const fresh = `${target}.${process.pid}`;
  rmSync(fresh, { force: true });
  try {
    linkSync(source, fresh);
  } catch {
    copyFileSync(source, fresh);
  }
  renameSync(fresh, target);
}
