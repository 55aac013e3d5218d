import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import ssh2, { type Client, type ClientChannel } from "ssh2";
import { plainText } from "../../evidence/plain-text.ts";
import { type Given, type Invocation, invoke, type ScriptFile } from "../../nodes/script.ts";

/** What it takes to reach a machine's shell. */
export interface Door {
  /** What the lab calls the machine. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly privateKey: string;
  /** "type base64", the one key by which the machine is trusted. */
  readonly hostKey: string;
  /** Seconds that each try to log in may take: an emulated processor at work needs many. @default 10 */
  readonly patience?: number;
}

/** How a message names a machine. */
export function nameOf({ name, address, port }: Pick<Door, "name" | "address" | "port">): string {
  return `${name} (${address}${port === 22 ? "" : `:${port}`})`;
}

/** A machine that does not answer; one that answers wrongly is an Error like any other. */
export class Unreachable extends Error {}
/** A machine with another host key than the trusted one: it may be another machine. */
export class Stranger extends Error {
  readonly fact: string;

  constructor(fact: string) {
    super(
      `${fact}. If the host was set up anew, give its new key in the config (hostKey or knownHosts); if not, find out who answers`,
    );
    this.fact = fact;
  }
}

const attempts = 3;
const usualPatience = 10;

/** Connects with the machine's key pinned, lets `use` work, and hangs up. With the usual patience half a minute is spent on one that does not answer. */
export async function withSession<T>(door: Door, use: (session: Session) => Promise<T>): Promise<T> {
  const client = await connect(door);
  try {
    return await use(new Session(door, client));
  } finally {
    client.end();
  }
}

async function connect(door: Door): Promise<Client> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await dial(door);
    } catch (error) {
      if (!(error instanceof Unreachable) || attempt === attempts) throw error;
      process.stderr.write(`${error.message}; trying again (${attempt} of ${attempts})\n`);
      await pause(1000);
    }
  }
}

function dial(door: Door): Promise<Client> {
  const { address, port, user, privateKey, hostKey, patience = usualPatience } = door;
  const [kind = "", key = ""] = hostKey.split(" ");
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    let shown: Buffer | undefined;
    client.once("ready", () => resolve(client));
    client.on("error", (error: Error & { level?: string; code?: string }) => {
      client.destroy();
      reject(explain(door, error, shown));
    });
    client.connect({
      host: address,
      port,
      username: user,
      privateKey,
      // Nothing but the key: no agent's, no password.
      authHandler: ["publickey"],
      readyTimeout: patience * 1000,
      timeout: patience * 1000,
      keepaliveInterval: 15_000,
      keepaliveCountMax: 8,
      // Ask for the kind of key that is expected, or a machine with several shows another one.
      algorithms: { serverHostKey: kind === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [kind as "ssh-ed25519"] },
      hostVerifier: (offered: Buffer) => {
        shown = offered;
        return offered.equals(Buffer.from(key, "base64"));
      },
    });
  });
}

function explain(door: Door, error: Error & { level?: string; code?: string }, shown: Buffer | undefined): Error {
  const [kind, key = ""] = door.hostKey.split(" ");
  const pinned = Buffer.from(key, "base64");
  if (shown !== undefined && !shown.equals(pinned)) {
    return new Stranger(
      `${nameOf(door)} shows the host key ${fingerprint(shown)}, and the config trusts ${fingerprint(pinned)}: no command was run there`,
    );
  }
  // ssh2 tells a failed agreement by its words alone.
  if (error.level === "handshake" && /host key/i.test(error.message))
    return new Stranger(`${nameOf(door)} has no host key of the trusted kind (${kind})`);
  if (error.level === "client-authentication") {
    return new Error(
      `${nameOf(door)} refuses user "${door.user}" with this key; add its public half to that user's ~/.ssh/authorized_keys there`,
    );
  }
  return new Unreachable(`${nameOf(door)} does not answer SSH: ${error.message || error.code || "no reason given"}`);
}

const fingerprint = (key: Buffer): string =>
  `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;

/** How a command ended. */
export interface Ended {
  /** Undefined when the connection was lost, a signal ended it, or it went silent. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Seconds without a word after which it was given up. */
  readonly silent?: number;
  /** It was given up because it printed without end. */
  readonly flood?: boolean;
}

export interface RunOptions {
  /** Show standard error as it comes, each line after the machine's name. @default false */
  readonly show?: boolean;
  /** Seconds without a word after which a command hangs, and is given up. @default 900, more than any wait on an emulated machine */
  readonly patience?: number;
  /** Characters that it may print: a machine that is not one's own any more must not fill this one's memory. @default 64 Mi */
  readonly most?: number;
  /** Hears all that standard output has said so far, whenever it says more. */
  readonly onOutput?: (stdout: string) => void;
}

/** A connection on which scripts of nodes/ run. */
export class Session {
  readonly door: Door;
  readonly #client: Client;

  constructor(door: Door, client: Client) {
    this.door = door;
    this.#client = client;
  }

  /** Runs a script; what its end means is the caller's to judge. */
  async run<Name extends ScriptFile>(script: Name, given: Given<Name>, options: RunOptions = {}): Promise<Ended> {
    const invocation = invoke(script, given, this.door.user);
    return await this.exchange(invocation, options, (channel) => void channel.end(invocation.stdin));
  }

  /** Runs a command whose standard input `feed` writes. */
  async exchange(
    { command }: Invocation,
    { show = false, patience = 900, most = 64 * 1024 * 1024, onOutput }: RunOptions,
    feed: (channel: ClientChannel) => void,
  ): Promise<Ended> {
    const channel = await this.#open(command);
    return await new Promise((resolve) => {
      const said = { stdout: "", stderr: "" };
      let code: number | undefined;
      let silent: number | undefined;
      let flood = false;
      const clock = setTimeout(() => {
        silent = patience;
        giveUp();
      }, patience * 1000);
      const giveUp = (): void => {
        // The other end may not listen any more: nothing of it is waited for.
        channel.signal("KILL");
        channel.destroy();
        finish();
      };
      const bound = (): void => {
        if (flood || said.stdout.length + said.stderr.length <= most) return;
        flood = true;
        giveUp();
      };
      const finish = (): void => {
        clearTimeout(clock);
        resolve({ code, ...said, ...(silent !== undefined && { silent }), ...(flood && { flood }) });
      };
      channel.setEncoding("utf8").on("data", (text: string) => {
        clock.refresh();
        said.stdout += text;
        onOutput?.(said.stdout);
        bound();
      });
      channel.stderr.setEncoding("utf8").on("data", (text: string) => {
        clock.refresh();
        said.stderr += text;
        bound();
        if (show) process.stderr.write(plainText(text).replace(/^(?=.)/gm, `${this.door.name}: `));
      });
      channel.on("drain", () => void clock.refresh());
      channel.once("exit", (value: number | null) => void (code = value ?? undefined));
      channel.once("close", finish);
      feed(channel);
    });
  }

  #open(command: string): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      this.#client.exec(command, (error, channel) => (error ? reject(error) : resolve(channel)));
    });
  }
}

/** Why a command failed, in the machine's own words where it has any, as plain text. Pure. */
export const wordsOf = (ended: Ended): string => plainText(rawWords(ended));

function rawWords({ code, stdout, stderr, silent, flood }: Ended): string {
  if (flood === true) return "it was ended because it printed more than any command of the lab does";
  // What a cloud image prints on standard output for a login as root.
  const [sentence, user] = /^.*log ?in as the user "?([^\s"]+)"? rather than.*$/im.exec(`${stdout}\n${stderr}`) ?? [];
  if (sentence !== undefined) return `${sentence.trim()} (set user: ${user})`;
  if (silent !== undefined)
    return `no word for ${silent} s; something hangs there, such as a mount whose server is gone`;
  const last = (text: string): string => text.trim().split("\n").at(-1) ?? "";
  return stderr.trim() || last(stdout) || (code === undefined ? "the connection was lost" : `exit code ${code}`);
}
