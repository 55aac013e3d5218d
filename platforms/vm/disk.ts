/**
 * The disk that VMs start from, made from Debian packages and the bundle.
 *
 *   node platforms/vm/disk.ts     builds what is missing; the disk's name in the store is the last line of stdout. ARTIFACTS and
 *                                 MIRRORS (JSON) say where the bundle comes from, as the config keys of these names do
 */
import { idOf } from "../../bundle/artifact.ts";
import { ensureBundle } from "../../bundle/build.ts";
import { type Choice, decideWay, defaultChoice, type Way } from "../../bundle/choice.ts";
import type { Mirrors } from "../../bundle/mirrors.ts";
import { ensureAll, missing } from "../../bundle/progress.ts";
import { Store } from "../../bundle/store.ts";
import { hostArch } from "../../bundle/versions.ts";
import { diskKey, vmDisk } from "./disk-key.ts";

const toStderr = (line: string): void => void process.stderr.write(`${line}\n`);

/** Builds the disk unless it is there. @returns its name in the store */
export async function ensureDisk(report = toStderr, choice: Choice = defaultChoice): Promise<string> {
  const store = new Store();
  const wanted = vmDisk(await decideWay(choice, hostArch(), report), choice.mirrors);
  if (store.has(wanted)) return idOf(wanted);
  await ensureBundle(hostArch(), { choice });
  // Where the release could not be had after all, it is built from source, and the disk is another one.
  const way = await decideWay(choice, hostArch(), report);
  await ensureAll(store, "the VMs' disk", [vmDisk(way, choice.mirrors)]);
  return diskKey(way, choice.mirrors);
}

/** What building it would take. */
export const missingForDisk = (way: Way, mirrors: Mirrors) => missing(new Store(), [vmDisk(way, mirrors)]);

if (import.meta.main) {
  try {
    const { ARTIFACTS = defaultChoice.artifacts, MIRRORS = "{}" } = process.env;
    // From the program, which has checked them.
    console.log(await ensureDisk(toStderr, { artifacts: ARTIFACTS as Choice["artifacts"], mirrors: JSON.parse(MIRRORS) as Mirrors }));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
