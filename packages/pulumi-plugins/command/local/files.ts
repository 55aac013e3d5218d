// The files that a local command left behind, as assets and as one archive, with the hashes that the engine compares.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { archive, asset, type Properties } from "../values.ts";
import { glob } from "./globs.ts";

export function assetsIn(dir: string, patterns: readonly string[]): Record<string, Properties> {
  return Object.fromEntries(glob(dir, patterns).map((path) => [path, fileAsset(join(dir, path))]));
}

function fileAsset(path: string): Properties {
  return asset({ path, hash: createHash("sha256").update(readFileSync(path)).digest("hex") });
}

export function archiveOf(assets: Record<string, Properties>): Properties {
  const hash = tarHash(assets);
  return archive({ assets, ...(hash !== undefined && { hash }) });
}

/** An archive of assets is hashed as the tar file it would make: plain headers, all times and owners zero. Names too long for
 *  one would need extended headers; such an archive goes without a hash. */
function tarHash(assets: Record<string, Properties>): string | undefined {
  const hash = createHash("sha256");
  for (const name of Object.keys(assets).sort()) {
    if (Buffer.byteLength(name) > 100) return undefined;
    const content = readFileSync(assets[name]!.path as string);
    hash.update(tarHeader(posix.normalize(name), content.length)).update(content);
    hash.update(Buffer.alloc((512 - (content.length % 512)) % 512));
  }
  return hash.update(Buffer.alloc(1024)).digest("hex");
}

function tarHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(512);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, "0")}\0`;
  header.write(name, 0);
  header.write(octal(0o600, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(size, 11), 124);
  header.write(octal(0, 11), 136);
  header.write(" ".repeat(8), 148);
  header.write("0", 156);
  header.write("ustar\x0000", 257);
  header.write(octal(0, 7), 329);
  header.write(octal(0, 7), 337);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}
