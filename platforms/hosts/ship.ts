/**
 * Sends a host what it is to be made of, out of the bundle, over SSH: for hosts that reach nothing but their packages.
 *
 * Environment: ARCH; STAGE, a folder on the host; ARTIFACTS and MIRRORS (JSON), as the config keys of these names.
 * Standard input: the host (access.ts). Prints the bundle's key. What the host has already, it is not sent again.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createZstdCompress } from "node:zlib";
import type { Client } from "ssh2";
import { ensureBundle } from "../../bundle/build.ts";
import { type Choice, defaultChoice } from "../../bundle/choice.ts";
import type { Mirrors } from "../../bundle/mirrors.ts";
import { type HostAccess, main, nameOf, readHost } from "./access.ts";
import { type Part, partsFor, sumsText } from "./parts.ts";
import { scriptFor } from "./scripts.ts";
import { connect, end, open, run } from "./ssh.ts";

const { ARCH: arch, STAGE = "", ARTIFACTS = defaultChoice.artifacts, MIRRORS = "{}" } = process.env;

/** The parts that the host's stage lacks; undefined when the host needs none. */
async function lacking(client: Client, host: HostAccess, parts: readonly Part[], KEY: string): Promise<readonly Part[] | undefined> {
  const { code, stdout, stderr } = await run(client, scriptFor(host, "staged", { STAGE, KEY }));
  if (code !== 0) throw new Error(`${nameOf(host)} does not say what it has: ${stderr.trim()}`);
  if (stdout.trim() === "installed") return undefined;
  const there = new Set(stdout.split("\n"));
  return parts.filter(({ sha256, path }) => !there.has(`${sha256}  ${path}`));
}

async function send(client: Client, host: HostAccess, dir: string, parts: readonly Part[]): Promise<void> {
  const total = parts.reduce((sum, { size }) => sum + size, 0);
  const tar = spawn("tar", ["-C", dir, "-cf", "-", ...parts.map(({ path }) => path)], { stdio: ["ignore", "pipe", "inherit"] });
  const { command, stdin } = scriptFor(host, "receive", { STAGE });
  const channel = await open(client, command);
  let said = "";
  channel.stderr.setEncoding("utf8").on("data", (text: string) => void (said += text));
  channel.resume();
  const ended = end(channel);
  channel.write(stdin);
  const [packed] = await Promise.all([
    once(tar, "exit"),
    // The wire is the narrow place, and programs shrink to a third; more effort would make the processor the narrow one.
    pipeline(tar.stdout, counted(host, total), createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 1 } }), channel).catch(
      (error: Error) => void (said ||= error.message),
    ),
  ]);
  const code = await ended;
  if (code === 0 && packed[0] === 0) return;
  throw new Error(`${nameOf(host)} did not take the files: ${said.trim() || `exit code ${code ?? "unknown, the connection was lost"}`}`);
}

/** Says every few seconds how much has gone. */
function counted(host: HostAccess, total: number): Transform {
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);
  let sent = 0;
  const say = (): void => void process.stderr.write(`${host.name}: ${megabytes(sent)} of ${megabytes(total)} MB sent\n`);
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

await main(async () => {
  if (arch !== "amd64" && arch !== "arm64") throw new Error(`a host is amd64 or arm64; this one is ${arch}`);
  const host = await readHost();
  // From the program, which has checked them.
  const choice: Choice = { artifacts: ARTIFACTS as Choice["artifacts"], mirrors: JSON.parse(MIRRORS) as Mirrors };
  const { dir, key, manifest } = await ensureBundle(arch, { choice });
  const parts = partsFor(manifest, host.role);
  const client = await connect(host);
  try {
    const lack = await lacking(client, host, parts, key);
    if (lack !== undefined) {
      if (lack.length > 0) await send(client, host, dir, lack);
      const sums = await run(client, scriptFor(host, "sums", { STAGE }, sumsText(parts)));
      if (sums.code !== 0) throw new Error(`${nameOf(host)} did not take the list of sums: ${sums.stderr.trim()}`);
    }
    console.log(key);
  } finally {
    client.end();
  }
});
