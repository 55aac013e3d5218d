import { globSync, rmSync } from "node:fs";
import { join } from "node:path";
import { labDir, project } from "../paths.ts";

/** What the file backend keeps of a stack that it has removed, encrypted secrets among it, and what the lab keeps besides. */
export function forgetStack(stack: string, dir = labDir): void {
  const backend = join(dir, "state", ".pulumi");
  // STACK.json is the backend's to remove; the dot keeps another stack, whose name begins with this one's, out of it.
  const kept = globSync(`${stack}.json.bak*`, { cwd: join(backend, "stacks", project) }).map((name) =>
    join("stacks", project, name),
  );
  const folders = ["backups", "history", "locks/organization"].map((folder) => join(folder, project, stack));
  const own = ["verify", "renewed", "settled", "destroying", "passphrase-from"].map((folder) =>
    join(dir, folder, stack),
  );
  own.push(join(dir, "paused", `${stack}.json`));
  for (const path of [...[...kept, ...folders].map((below) => join(backend, below)), ...own]) {
    rmSync(path, { recursive: true, force: true });
  }
}
