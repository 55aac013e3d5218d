import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const made: string[] = [];

/** A folder for a test that needs no more than a place. It goes when the file's tests are over, whether they passed or not. */
export function newFolder(name: string): string {
  if (made.length === 0) process.once("exit", removeAll);
  const folder = mkdtempSync(join(tmpdir(), `podnet-${name}-`));
  made.push(folder);
  return folder;
}

const removeAll = (): void => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
};
