import { accessSync, constants, mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Linux's number for tmpfs: what is written there never reaches a disk. */
const tmpfs = 0x01021994;

/**
 * Secrets that a program insists on reading from files: in a directory of the user's own, in memory where there is a place for it, and
 * gone when `use` ends, also by a signal.
 */
export async function withSecretFiles<T>(
  files: Readonly<Record<string, string>>,
  use: (path: (name: string) => string) => Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(join(place(), "podnet-"));
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  process.once("exit", remove);
  try {
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(directory, name), text.endsWith("\n") ? text : `${text}\n`, { mode: 0o600 });
    }
    return await use((name) => join(directory, name));
  } finally {
    remove();
    process.off("exit", remove);
  }
}

function place(): string {
  const candidates = [process.env["XDG_RUNTIME_DIR"], "/dev/shm"];
  return candidates.find((path) => path !== undefined && path !== "" && inMemory(path)) ?? tmpdir();
}

function inMemory(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return statfsSync(path).type === tmpfs;
  } catch {
    return false;
  }
}
