import type { Mirrors } from "../../bundle/mirrors.ts";
import { ensureToolchain } from "./binaries.ts";
import { installPlugins } from "../../packages/pulumi-plugins/install.ts";
import { prepareLabDir } from "../stack/environment.ts";
import { checkout, pulumiHome } from "../paths.ts";
import { type Pulumi, pulumiOnPath } from "../stack/pulumi.ts";

/** The pulumi to use, with all its plugins: the user's own, which fetches them itself, or the lab's. Quick when all is there. */
export async function ensurePulumi(mirrors: Mirrors = {}): Promise<Pulumi> {
  prepareLabDir();
  const own = pulumiOnPath();
  if (own !== undefined) return { file: own.file, ours: false };
  const { pulumi, kubernetesPlugin } = await ensureToolchain(mirrors);
  await installPlugins({ pulumiHome, node: process.execPath, checkout, kubernetesPlugin });
  return { file: pulumi, ours: true };
}
