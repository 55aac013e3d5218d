// Copies a file, a text or a directory to another machine over SFTP.
//
//   source | remote is a directory | remote does not exist | remote is a file
//   -------|-----------------------|-----------------------|-----------------
//   dir    | remote/dir            | remote/dir            | error
//   dir/   | its content in remote | its content in remote | error
//   file   | remote/file           | remote                | remote, overwritten
//
// Folders above it that do not exist are made.
import { readdirSync, statSync } from "node:fs";
import { basename, join, posix } from "node:path";
import type { SFTPWrapper, Stats } from "ssh2";
import { isSecret, reveal, type Properties, type Value } from "../values.ts";
import type { Task } from "../task.ts";
import { dial } from "./dial.ts";
import { route } from "./endpoint.ts";

const noSuchFile = 2;

export type Source = { readonly path: string } | { readonly text: string };

export function sourceOf(source: Value | undefined): Source {
  const { path, text } = reveal(source) as Properties;
  if (typeof path === "string") return { path };
  if (typeof text === "string") return { text };
  throw new Error("the source must be a FileAsset, a StringAsset or a FileArchive");
}

export async function copy(
  connection: Value | undefined,
  source: Source,
  remotePath: string,
  task: Task,
): Promise<void> {
  // A missing source fails before anything is dialled.
  const isDirectory = "path" in source && statSync(source.path).isDirectory();
  const { client, close } = await dial(route(connection), task);
  client.on("error", () => {});
  const abort = (): void => {
    client.destroy();
  };
  task.signal.addEventListener("abort", abort, { once: true });
  try {
    const files = new Files(await promised<SFTPWrapper>((done) => client.sftp(done)), client);
    await files.makeParents(remotePath);
    if ("text" in source) await files.writeText(source.text, remotePath);
    else if (isDirectory) await files.putDirectory(source.path, remotePath);
    else
      await files.putFile(
        source.path,
        (await files.isDirectory(remotePath)) ? posix.join(remotePath, basename(source.path)) : remotePath,
      );
  } catch (error) {
    task.signal.throwIfAborted();
    throw error;
  } finally {
    task.signal.removeEventListener("abort", abort);
    close();
  }
}

class Files {
  readonly #sftp: SFTPWrapper;
  /** A lost connection answers no request: each one must be told. */
  readonly #lost: Promise<never>;

  constructor(sftp: SFTPWrapper, client: { once(event: "close", listener: () => void): unknown }) {
    this.#sftp = sftp;
    this.#lost = new Promise((_, reject) => client.once("close", () => reject(new Error("connection lost"))));
    this.#lost.catch(() => {});
  }

  async #do<T>(what: string, call: (done: (error: Error | null | undefined, result?: T) => void) => void): Promise<T> {
    try {
      return await Promise.race([promised<T>(call), this.#lost]);
    } catch (error) {
      throw Object.assign(new Error(`${what}: ${(error as Error).message}`, { cause: error }), {
        code: (error as { code?: number }).code,
      });
    }
  }

  async #stat(path: string): Promise<Stats | undefined> {
    try {
      return await this.#do<Stats>(`failed to stat remote path ${path}`, (done) => this.#sftp.stat(path, done));
    } catch (error) {
      if ((error as { code?: number }).code === noSuchFile) return undefined;
      throw error;
    }
  }

  async isDirectory(path: string): Promise<boolean> {
    return (await this.#stat(path))?.isDirectory() ?? false;
  }

  async #ensureDirectory(path: string): Promise<void> {
    const found = await this.#stat(path);
    if (found && !found.isDirectory()) throw new Error(`remote path ${path} exists but is not a directory`);
    if (!found) await this.#do(`failed to create remote directory ${path}`, (done) => this.#sftp.mkdir(path, done));
  }

  /** The same for a path of which more than the last part may be missing. */
  async makeParents(path: string): Promise<void> {
    const parent = posix.dirname(path);
    if (parent === path || (await this.#stat(parent))) return;
    await this.makeParents(parent);
    await this.#ensureDirectory(parent);
  }

  async putFile(from: string, to: string): Promise<void> {
    await this.#do(`failed to copy file ${from} to remote path ${to}`, (done) => this.#sftp.fastPut(from, to, done));
  }

  async writeText(text: string, to: string): Promise<void> {
    if (await this.isDirectory(to)) {
      throw new Error(`remote path ${to} is a directory; when using a text asset, remotePath must be a file path`);
    }
    await this.#do(`failed to write text content to remote path ${to}`, (done) => this.#sftp.writeFile(to, text, done));
  }

  async putDirectory(from: string, to: string): Promise<void> {
    await this.#ensureDirectory(to);
    const into = from.endsWith("/") ? to : posix.join(to, basename(from));
    await this.#putTree(from, into);
  }

  async #putTree(from: string, to: string): Promise<void> {
    await this.#ensureDirectory(to);
    for (const { name } of readdirSync(from, { withFileTypes: true })) {
      const [local, remote] = [join(from, name), posix.join(to, name)];
      if (statSync(local).isDirectory()) await this.#putTree(local, remote);
      else await this.putFile(local, remote);
    }
  }
}

function promised<T>(call: (done: (error: Error | null | undefined, result?: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => call((error, result) => (error ? reject(error) : resolve(result as T))));
}

/** What decides whether the same content is already there. */
export function contentHash(source: Value | undefined): Value | undefined {
  const bare = isSecret(source) ? reveal(source) : source;
  return (bare as Properties | undefined)?.hash;
}
