import { accessSync, constants, existsSync, mkdirSync, statSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { tooLittleToMake } from "../../bundle/room.ts";
import { cacheRoot } from "../../bundle/store.ts";
import { Problem } from "../view/problem.ts";

/** Folders of the cache whose entries could be exchanged by anyone who may write to them. */
const stores = ["artifacts", "bundle", "node"] as const;

const isOpen = (folder: string): boolean => ((statSync(folder, { throwIfNoEntry: false })?.mode ?? 0) & 0o002) !== 0;

/** Why this user cannot, or should not, keep anything in the folder, which is not made for the question. @returns a clause */
export function whyNoCache(folder: string): string | undefined {
  let there = folder;
  while (!existsSync(there) && there !== dirname(there)) there = dirname(there);
  try {
    accessSync(there, constants.W_OK);
    const found = statSync(there);
    // What is kept there is run by this user and put into machines, and a name tells what it was made from, not what is in it now.
    const open = there === folder ? [folder, ...stores.map((name) => join(folder, name))].find(isOpen) : undefined;
    if (open !== undefined) return `everybody may write to ${open}`;
    if (found.isDirectory()) return undefined;
  } catch {
    // As below.
  }
  return `${userInfo().username} may not write to ${folder}`;
}

/** @throws Problem where the user may not write what the lab is to build or fetch */
export function refuseNoCache(folder = cacheRoot()): void {
  const why = whyNoCache(folder);
  if (why !== undefined)
    throw new Problem(
      `${why}, where the lab keeps what it builds and fetches; set PODNET_CACHE to a folder of your own`,
    );
  mkdirSync(folder, { recursive: true });
}

/** @throws Problem where there is too little room for what takes so many seconds to make */
export function refuseFullCache(seconds: number, folder = cacheRoot()): void {
  const why = tooLittleToMake(folder, seconds);
  if (why !== undefined) throw new Problem(why);
}
