/** Room on disk: how much there is, and how much is wanted before anything is made. */
import { statfsSync } from "node:fs";
import { dirname } from "node:path";

export const GiB = 2 ** 30;

/** Bytes wanted where built things are kept. Go's own caches take most of it where much is compiled. @param seconds that making takes */
export const roomToMake = (seconds: number): number => (seconds === 0 ? 0 : (seconds > 300 ? 25 : 6) * GiB);

/** Bytes wanted where docker keeps its data: for the images, which are made where there are none, and for what three machines write. */
export const roomInDocker = (imagesThere: boolean): number => (imagesThere ? 2 : 6) * GiB;

/** Bytes free to this user on the file system that will hold the path, which may not exist yet. */
export function freeBytes(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return path === dirname(path) ? 0 : freeBytes(dirname(path));
  }
}

export const gib = (bytes: number): string => `${(bytes / GiB).toFixed(bytes < 10 * GiB ? 1 : 0)} GiB`;

/** @returns one sentence where too little is left to make what takes so many seconds */
export function tooLittleToMake(folder: string, seconds: number, free = freeBytes(folder)): string | undefined {
  const wanted = roomToMake(seconds);
  return free >= wanted
    ? undefined
    : `${gib(free)} are free for ${folder}, and what the lab is to build or fetch takes ${gib(wanted)}; free ${gib(wanted - free)}, or set PODNET_CACHE to a roomier place`;
}

/** @returns one sentence where docker has no room for the machine images */
export function tooLittleInDocker(folder: string, free = freeBytes(folder)): string | undefined {
  const wanted = roomInDocker(false);
  return free >= wanted
    ? undefined
    : `docker keeps its data in ${folder}, where ${gib(free)} are free and the machine images take ${gib(wanted)}; free ${gib(wanted - free)}, or give docker another data-root`;
}
