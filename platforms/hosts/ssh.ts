import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import ssh2, { type Client, type ClientChannel } from "ssh2";
import { type Invocation } from "../../nodes/script.ts";
import { type HostAccess, nameOf } from "./access.ts";

/** A host that does not answer; one that answers wrongly is an Error like any other. */
export class Unreachable extends Error {}

const attempts = 3;
const dialTimeout = 10_000;

/** Connects with the host's key pinned. About half a minute is spent on one that does not answer. */
export async function connect(host: HostAccess): Promise<Client> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await dial(host);
    } catch (error) {
      if (!(error instanceof Unreachable) || attempt === attempts) throw error;
      process.stderr.write(`${error.message}; trying again (${attempt} of ${attempts})\n`);
      await pause(1000);
    }
  }
}

function dial(host: HostAccess): Promise<Client> {
  const { address, port, user, privateKey, hostKey } = host;
  const [kind = "", key = ""] = hostKey.split(" ");
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    let shown: Buffer | undefined;
    client.once("ready", () => resolve(client));
    client.once("error", (error: Error & { level?: string; code?: string }) => {
      client.destroy();
      reject(explain(host, error, shown));
    });
    client.connect({
      host: address,
      port,
      username: user,
      privateKey,
      // Nothing but the key: no agent's, no password.
      authHandler: ["publickey"],
      readyTimeout: dialTimeout,
      timeout: dialTimeout,
      keepaliveInterval: 15_000,
      keepaliveCountMax: 8,
      // Ask for the kind of key that is expected, or a host with several shows another one.
      algorithms: { serverHostKey: kind === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [kind as "ssh-ed25519"] },
      hostVerifier: (offered: Buffer) => {
        shown = offered;
        return offered.equals(Buffer.from(key, "base64"));
      },
    });
  });
}

function explain(host: HostAccess, error: Error & { level?: string; code?: string }, shown: Buffer | undefined): Error {
  const pinned = Buffer.from(host.hostKey.split(" ")[1] ?? "", "base64");
  if (shown !== undefined && !shown.equals(pinned)) {
    return new Error(
      `${nameOf(host)} shows the host key ${fingerprint(shown)}, and the config trusts ${fingerprint(pinned)}: no command was run there. ` +
        `If the host was set up anew, give its new key in the config (hostKey or knownHosts); if not, find out who answers`,
    );
  }
  if (/host key/i.test(error.message))
    return new Error(`${nameOf(host)} has no host key of the trusted kind (${host.hostKey.split(" ")[0]})`);
  if (error.level === "client-authentication") {
    return new Error(
      `${nameOf(host)} lets user "${host.user}" not in with this key; add its public half to that user's ~/.ssh/authorized_keys there`,
    );
  }
  return new Unreachable(`${nameOf(host)} does not answer SSH: ${error.message || error.code || "no reason given"}`);
}

const fingerprint = (key: Buffer): string =>
  `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;

export interface Ended {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Show standard error as it comes, each line after the host's name. @default false */
  readonly show?: string;
}

/** Runs a script; whatever it ends with is the caller's to judge. */
export async function run(client: Client, { command, stdin }: Invocation, { show }: RunOptions = {}): Promise<Ended> {
  const channel = await open(client, command);
  const streams = { stdout: "", stderr: "" };
  channel.setEncoding("utf8").on("data", (text: string) => void (streams.stdout += text));
  channel.stderr.setEncoding("utf8").on("data", (text: string) => {
    streams.stderr += text;
    if (show !== undefined) process.stderr.write(text.replace(/^(?=.)/gm, `${show}: `));
  });
  const ended = end(channel);
  channel.end(stdin);
  return { code: await ended, ...streams };
}

export function open(client: Client, command: string): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => (error ? reject(error) : resolve(channel)));
  });
}

/** Exit code; undefined when the connection was lost or a signal ended it. */
export function end(channel: ClientChannel): Promise<number | undefined> {
  return new Promise((resolve) => {
    let code: number | undefined;
    channel.once("exit", (value: number | null) => void (code = value ?? undefined));
    channel.once("close", () => resolve(code));
  });
}
