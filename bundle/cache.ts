import { homedir } from "node:os";
import { join } from "node:path";

/** Where built things are kept: outside the checkout, shared by every checkout of one user. */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  if (env["PODNET_CACHE"]) return env["PODNET_CACHE"];
  return join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "pod-networking-lab");
}
