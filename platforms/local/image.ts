/**
 * The images that local machines boot from, made from the bundle.
 *
 *   node platforms/local/image.ts     builds what is missing; the reference, without "-worker" or "-control-plane", is the
 *                                     last line of stdout. ARTIFACTS, MIRRORS (JSON) and KUBERNETES say what the bundle is made of,
 *                                     as the config keys do
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { cacheRoot } from "../../bundle/cache.ts";
import { type Choice, decideWay, defaultChoice } from "../../bundle/choice.ts";
import { choiceOfEnvironment } from "../../bundle/choice-environment.ts";
import { withLock } from "../../bundle/lock.ts";
import { main, toStderr } from "../../bundle/program.ts";
import { hostArch } from "../../bundle/versions.ts";
import { imageKey, imageRef, roles } from "./image-key.ts";

/** Builds the images unless the engine has them. @returns their reference, to which "-worker" or "-control-plane" is added */
export async function ensureImage(report = toStderr, choice: Choice = defaultChoice): Promise<string> {
  const key = imageKey(await decideWay(choice, hostArch(), report), choice);
  if (engineHas(key)) return imageRef(key);
  // Only a build pays for loading what it takes.
  const { buildImages } = await import("./image-build.ts");
  const wait = (): void => report("another process builds the machine images; waiting");
  await withLock(
    join(cacheRoot(), "locks", `node-image-${key}`),
    async () => {
      if (!engineHas(key)) await buildImages(report, choice);
    },
    wait,
  );
  // Where the release could not be had after all, it is built from source, and the key is another one.
  return imageRef(imageKey(await decideWay(choice, hostArch(), report), choice));
}

function engineHas(key: string): boolean {
  const refs = roles.map((role) => imageRef(key, role));
  return spawnSync("docker", ["image", "inspect", ...refs], { stdio: "ignore" }).status === 0;
}

await main(import.meta, async () => console.log(await ensureImage(toStderr, choiceOfEnvironment())));
