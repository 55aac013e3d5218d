/**
 * The images that local machines boot from, made from the bundle without any registry.
 *
 *   node platforms/local/image.ts     builds what is missing; the reference, without "-worker" or "-control-plane", is the
 *                                     last line of stdout
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { cacheRoot } from "../../bundle/cache.ts";
import { withLock } from "../../bundle/lock.ts";
import { imageKey, imageRef, roles } from "./image-key.ts";

const toStderr = (line: string): void => void process.stderr.write(`${line}\n`);

/** Builds the images unless the engine has them. @returns their reference, to which "-worker" or "-control-plane" is added */
export async function ensureImage(report = toStderr): Promise<string> {
  const key = imageKey();
  if (engineHas(key)) return imageRef(key);
  // Only a build pays for loading what it takes.
  const { buildImages } = await import("./image-build.ts");
  const wait = (): void => report("another process builds the machine images; waiting");
  await withLock(join(cacheRoot(), "locks", `node-image-${key}`), async () => {
    if (!engineHas(key)) await buildImages(key, report);
  }, wait);
  return imageRef(key);
}

function engineHas(key: string): boolean {
  const refs = roles.map((role) => imageRef(key, role));
  return spawnSync("docker", ["image", "inspect", ...refs], { stdio: "ignore" }).status === 0;
}

if (import.meta.main) {
  try {
    console.log(await ensureImage());
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
