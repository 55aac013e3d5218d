/**
 * The disk that VMs start from, made from Debian's image for clouds or its packages, and the bundle.
 *
 *   node platforms/vm/disk.ts     builds what is missing; the disk's name in the store is the last line of stdout. ARTIFACTS,
 *                                 MIRRORS (JSON) and KUBERNETES say what the bundle is made of, as the config keys do
 */
import { idOf } from "../../bundle/artifact.ts";
import { ensureBundle } from "../../bundle/build.ts";
import { type Choice, decideWay, defaultChoice, type Way } from "../../bundle/choice.ts";
import { choiceOfEnvironment } from "../../bundle/choice-environment.ts";
import type { Origin } from "../../bundle/origin.ts";
import { main, toStderr } from "../../bundle/program.ts";
import { ensureAll, missing } from "../../bundle/progress.ts";
import { Store } from "../../bundle/store.ts";
import { hostArch } from "../../bundle/versions.ts";
import { diskKey, hasRoot, vmDisk } from "./disk-key.ts";

/** Builds the disk unless it is there. @returns its name in the store */
export async function ensureDisk(report = toStderr, choice: Choice = defaultChoice): Promise<string> {
  const store = new Store();
  const hoped = await decideWay(choice, hostArch(), report);
  const wanted = vmDisk(hoped, choice);
  if (store.has(wanted)) return idOf(wanted);
  await ensureBundle(hostArch(), { choice, forHosts: hasRoot(hoped) });
  // Where the release could not be had after all, it is built from source, and the disk is another one.
  const way = await decideWay(choice, hostArch(), report);
  await ensureAll(store, "the VMs' disk", [vmDisk(way, choice)]);
  return diskKey(way, choice);
}

/** What building it would take. */
export const missingForDisk = (way: Way, origin: Origin) => missing(new Store(), [vmDisk(way, origin)]);

await main(import.meta, async () => console.log(await ensureDisk(toStderr, choiceOfEnvironment())));
