import { realpathSync } from "node:fs";

/** Where a program says what it is doing: standard output is for what its caller reads. */
export const toStderr = (line: string): void => void process.stderr.write(`${line}\n`);

/**
 * The end of a file that is a module and a program: `work` is done when Node was started with this file, and not when it is imported.
 * An error ends the program with its message alone. The path that was started is compared, for a Node without `import.meta.main`
 * would do nothing and end with 0.
 */
export async function main(module: ImportMeta, work: () => Promise<void>): Promise<void> {
  if (!isStarted(module.filename)) return;
  try {
    await work();
  } catch (error) {
    toStderr(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}

function isStarted(file: string): boolean {
  try {
    return realpathSync(process.argv[1] ?? "") === file;
  } catch {
    return false; // `node -e`: its first word is no file
  }
}
