import { spawn } from "node:child_process";
import { once } from "node:events";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createZstdCompress } from "node:zlib";
import type { Manifest } from "../../bundle/manifest.ts";
import { invoke } from "../../nodes/script.ts";
import type { HostAccess } from "./access.ts";
import { nameOf, type Session, wordsOf } from "./ssh.ts";

export type HostFile = Manifest["files"][number];

/** What of a bundle a host needs: programs, and the images of its role. Not the machine's root file system: a host has one. Pure. */
export function filesFor(manifest: Manifest, role: HostAccess["role"]): readonly HostFile[] {
  const images = new Set(
    manifest.images.filter(({ roles }) => roles === "all" || role === "control-plane").map(({ file }) => file),
  );
  return manifest.files.filter(({ path }) => /^(bin|cni)\//.test(path) || images.has(path));
}

/** As sha256sum reads it. Pure. */
export function sumsText(files: readonly HostFile[]): string {
  return files.map(({ sha256, path }) => `${sha256}  ${path}\n`).join("");
}

/** What a host has of contents: one of them wholly in place, or these lines "SUM  PATH" in its stage. */
export async function staged(
  session: Session,
  stage: string,
  keys: readonly string[],
): Promise<{ readonly installed: string } | { readonly lines: ReadonlySet<string> }> {
  const params = { STAGE: stage, KEYS: keys.join(" ") };
  const ended = await session.run("host/staged", { params });
  if (ended.code !== 0) throw new Error(`${nameOf(session.door)} does not say what it has: ${wordsOf(ended)}`);
  const [word, key] = ended.stdout.trim().split(" ");
  return word === "installed" && key !== undefined ? { installed: key } : { lines: new Set(ended.stdout.split("\n")) };
}

export interface Shipment {
  /** The bundle's directory and key. */
  readonly dir: string;
  readonly key: string;
  /** The folder on the host. */
  readonly stage: string;
  readonly files: readonly HostFile[];
}

/** Sends a host files of a bundle over SSH: all that its stage lacks, or nothing where the bundle is installed. */
export async function ship(session: Session, { dir, key, stage, files }: Shipment): Promise<void> {
  const there = await staged(session, stage, [key]);
  if ("installed" in there) return;
  const lack = files.filter(({ sha256, path }) => !there.lines.has(`${sha256}  ${path}`));
  if (lack.length > 0) await send(session, dir, stage, lack);
  const sums = await session.run("host/sums", { params: { STAGE: stage }, stdin: sumsText(files) });
  if (sums.code !== 0) throw new Error(`${nameOf(session.door)} did not take the list of sums: ${wordsOf(sums)}`);
}

async function send(session: Session, dir: string, STAGE: string, files: readonly HostFile[]): Promise<void> {
  const { door } = session;
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const tar = spawn("tar", ["-C", dir, "-cf", "-", ...files.map(({ path }) => path)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const packed = once(tar, "exit");
  const invocation = invoke("host/receive", { params: { STAGE }, stdin: "" }, door.user);
  let broken = "";
  const ended = await session.exchange(invocation, {}, (channel) => {
    channel.write(invocation.stdin);
    // The wire is the narrow place, and programs shrink to a third; more effort would make the processor the narrow one.
    void pipeline(
      tar.stdout,
      counted(door.name, total),
      createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 1 } }),
      channel,
    ).catch((error: Error) => void (broken = error.message));
  });
  const [status] = (await packed) as [number | null];
  if (ended.code === 0 && status === 0) return;
  throw new Error(`${nameOf(door)} did not take the files: ${ended.stderr.trim() || broken || wordsOf(ended)}`);
}

/** Says every few seconds how much has gone. */
function counted(name: string, total: number): Transform {
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);
  let sent = 0;
  const say = (): void => void process.stderr.write(`${name}: ${megabytes(sent)} of ${megabytes(total)} MB sent\n`);
  const clock = setInterval(say, 5000);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sent += chunk.length;
      done(null, chunk);
    },
    destroy(error, done) {
      clearInterval(clock);
      done(error);
    },
  });
}
