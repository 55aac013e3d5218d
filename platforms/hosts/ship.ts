import { spawn } from "node:child_process";
import { once } from "node:events";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createZstdCompress } from "node:zlib";
import type { Client } from "ssh2";
import { type HostAccess, nameOf } from "./access.ts";
import { type Part, sumsText } from "./parts.ts";
import { scriptFor } from "./scripts.ts";
import { end, open, run } from "./ssh.ts";
import { staged } from "./staged.ts";

export interface Shipment {
  /** The bundle's directory and key. */
  readonly dir: string;
  readonly key: string;
  /** The folder on the host. */
  readonly stage: string;
  readonly parts: readonly Part[];
}

/** Sends a host parts of a bundle over SSH: all that its stage lacks, or nothing where the bundle is installed. */
export async function ship(client: Client, host: HostAccess, { dir, key, stage, parts }: Shipment): Promise<void> {
  const there = await staged(client, host, { STAGE: stage, KEY: key });
  if (there === "installed") return;
  const lack = parts.filter(({ sha256, path }) => !there.has(`${sha256}  ${path}`));
  if (lack.length > 0) await send(client, host, dir, stage, lack);
  const sums = await run(client, scriptFor(host, "host/sums", { params: { STAGE: stage }, stdin: sumsText(parts) }));
  if (sums.code !== 0) throw new Error(`${nameOf(host)} did not take the list of sums: ${sums.stderr.trim()}`);
}

async function send(
  client: Client,
  host: HostAccess,
  dir: string,
  STAGE: string,
  parts: readonly Part[],
): Promise<void> {
  const total = parts.reduce((sum, { size }) => sum + size, 0);
  const tar = spawn("tar", ["-C", dir, "-cf", "-", ...parts.map(({ path }) => path)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { command, stdin } = scriptFor(host, "host/receive", { params: { STAGE }, stdin: "" });
  const channel = await open(client, command);
  let said = "";
  channel.stderr.setEncoding("utf8").on("data", (text: string) => void (said += text));
  channel.resume();
  const ended = end(channel);
  channel.write(stdin);
  const [packed] = await Promise.all([
    once(tar, "exit"),
    // The wire is the narrow place, and programs shrink to a third; more effort would make the processor the narrow one.
    pipeline(
      tar.stdout,
      counted(host, total),
      createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 1 } }),
      channel,
    ).catch((error: Error) => void (said ||= error.message)),
  ]);
  const code = await ended;
  if (code === 0 && packed[0] === 0) return;
  throw new Error(
    `${nameOf(host)} did not take the files: ${said.trim() || `exit code ${code ?? "unknown, the connection was lost"}`}`,
  );
}

/** Says every few seconds how much has gone. */
function counted(host: HostAccess, total: number): Transform {
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);
  let sent = 0;
  const say = (): void =>
    void process.stderr.write(`${host.name}: ${megabytes(sent)} of ${megabytes(total)} MB sent\n`);
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
