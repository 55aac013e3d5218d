import { globSync, rmSync } from "node:fs";
import { join } from "node:path";
import { labDir, project } from "./paths.ts";

/** What the file backend keeps of a stack that it has removed, encrypted secrets among it, and what the lab keeps besides. */
export function forgetStack(stack: string, dir = labDir): void {
  const backend = join(dir, "state", ".pulumi");
  // STACK.json is the backend's to remove; the dot keeps another stack, whose name begins with this one's, out of it.
  const kept = globSync(`${stack}.json.bak*`, { cwd: join(backend, "stacks", project) }).map((name) => join(backend, "stacks", project, name));
  for (const path of [...kept, join(backend, "backups", project, stack), join(backend, "history", project, stack), join(backend, "locks", "organization", project, stack), join(dir, "verify", stack)]) {
    rmSync(path, { recursive: true, force: true });
  }
}
