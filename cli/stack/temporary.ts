import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isThere } from "../../bundle/process.ts";

const prefix = "podnet-run-";

/**
 * A TMPDIR for one run of pulumi: its kubernetes plugin writes the admin kubeconfig into a temporary file each time it starts, and leaves
 * it there. Gone at the end, with whatever else was forgotten in it; after a hard kill with the next run.
 */
export async function withTemporary<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = makeTemporary();
  try {
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The same directory, for a caller that removes it itself. */
export function makeTemporary(): string {
  removeForgotten();
  return mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
}

function removeForgotten(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1];
    if (pid === undefined || isThere(Number(pid))) continue;
    const path = join(tmpdir(), name);
    // Another user's is not ours to remove.
    if (statSync(path, { throwIfNoEntry: false })?.uid === process.getuid?.())
      rmSync(path, { recursive: true, force: true });
  }
}
