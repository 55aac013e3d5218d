import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { project, stateDir } from "../paths.ts";

/** Updates that are kept. */
const kept = 10;

/**
 * Pulumi's file backend copies the whole state for each update, into its history and into its backups, and takes no copy away: a lab that is
 * checked every few minutes would fill the disk in days. The newest stay, for `pulumi stack history` and for whoever needs a state of before.
 */
export function forgetOldUpdates(stack: string, root = stateDir): void {
  for (const kind of ["history", "backups"]) {
    const folder = join(root, ".pulumi", kind, project, stack);
    if (!existsSync(folder)) continue;
    const files = readdirSync(folder).map((name) => ({ name, moment: momentOf(name, stack) }));
    const moments = [...new Set(files.flatMap(({ moment }) => moment ?? []))].toSorted((one, other) =>
      one < other ? 1 : -1,
    );
    const oldest = moments[kept - 1];
    for (const { name, moment } of files)
      if (oldest !== undefined && moment !== undefined && moment < oldest) rmSync(join(folder, name), { force: true });
  }
}

/** Nanoseconds since 1970, as Pulumi writes them into the names of its copies; undefined for a file that is none. */
function momentOf(name: string, stack: string): bigint | undefined {
  const rest = name.startsWith(stack) ? name.slice(stack.length) : "";
  const digits = /^[-.](\d{19})\.(history\.|checkpoint\.)?json(\.gz|\.zst)?(\.attrs)?$/.exec(rest)?.[1];
  return digits === undefined ? undefined : BigInt(digits);
}
