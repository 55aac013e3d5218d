// Opens an SSH connection, directly or through a proxy. Dialling is the one thing that is retried; what comes after never is,
// since a command may have run.
import { createHash } from "node:crypto";
import { connect as connectSocket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { Duplex } from "node:stream";
import ssh2, { type Client } from "ssh2";
import type { Task } from "../task.ts";
import { inTurn, type Endpoint, type Route } from "./endpoint.ts";

const firstPauseMs = 100;
const pauseFactor = 1.5;
const longestPauseMs = 5_000;
// A machine that dies in the middle of a command would otherwise be waited for without end.
const keepalive = { keepaliveInterval: 30_000, keepaliveCountMax: 10 };
// A machine under load answers the dial at once and takes its time over the keys.
const handshakeFactor = 4;

export interface Connection {
  readonly client: Client;
  readonly close: () => void;
}

export async function dial({ target, proxy }: Route, task: Task): Promise<Connection> {
  if (!proxy) {
    const client = await retried("Dial", target, task, async () =>
      handshake(target, await socketTo(target, task), task),
    );
    return { client, close: () => client.end() };
  }
  try {
    const outer = await retried("Dial proxy", proxy, task, async () =>
      handshake(proxy, await socketTo(proxy, task), task),
    );
    try {
      const client = await retried("Dial from proxy", target, task, async () =>
        handshake(target, await through(outer, target), task),
      );
      return {
        client,
        close: () => {
          client.end();
          outer.end();
        },
      };
    } catch (error) {
      outer.end();
      throw error;
    }
  } catch (error) {
    throw new Error(`proxy: ${(error as Error).message}`, { cause: error });
  }
}

/** An error that another attempt will not change. */
class Final extends Error {}

async function retried<T>(
  what: string,
  { dialErrorLimit }: Endpoint,
  task: Task,
  attempt: () => Promise<T>,
): Promise<T> {
  let pauseMs = firstPauseMs;
  for (let failed = 0; ; failed++) {
    task.signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      task.signal.throwIfAborted();
      const reason = task.redact((error as Error).message);
      if (error instanceof Final) throw new Error(reason, { cause: error });
      if (dialErrorLimit >= 0 && failed >= dialErrorLimit) {
        throw new Error(`after ${failed} failed attempts: ${reason}`, { cause: error });
      }
      task.log.write("info", `${what} ${failed + 1}/${dialErrorLimit < 0 ? "inf" : dialErrorLimit} failed: retrying`);
    }
    await pause(pauseMs, undefined, { signal: task.signal }).catch(() => {});
    pauseMs = Math.min(pauseMs * pauseFactor, longestPauseMs);
  }
}

function socketTo({ host, port, perDialTimeout }: Endpoint, task: Task): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    // The task's signal is not for the socket to have: what is stopped later needs the connection to be stopped by.
    const socket = connectSocket({ host, port, noDelay: true });
    const limit = perDialTimeout > 0 && setTimeout(() => socket.destroy(new Error("i/o timeout")), perDialTimeout);
    const abort = (): void => {
      socket.destroy(task.signal.reason as Error);
    };
    task.signal.addEventListener("abort", abort, { once: true });
    const settle = (): void => {
      clearTimeout(limit || undefined);
      task.signal.removeEventListener("abort", abort);
    };
    const fail = (error: Error): void => {
      settle();
      reject(new Error(`dial tcp ${host}:${port}: ${reasonOf(error)}`));
    };
    socket.once("error", fail);
    socket.once("connect", () => {
      settle();
      socket.removeListener("error", fail);
      resolve(socket);
    });
  });
}

function reasonOf(error: NodeJS.ErrnoException): string {
  // Several addresses tried, all refused: the message is empty, the reasons are inside.
  const first = (error as unknown as AggregateError).errors?.[0] as NodeJS.ErrnoException | undefined;
  const code = error.code ?? first?.code;
  return code === "ECONNREFUSED" ? "connection refused" : error.message || first?.message || code || "failed";
}

function through(proxy: Client, { host, port }: Endpoint): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    proxy.forwardOut("127.0.0.1", 0, host, port, (error, stream) =>
      error ? reject(new Error(`dial tcp ${host}:${port} from the proxy: ${error.message}`)) : resolve(stream),
    );
  });
}

function handshake(endpoint: Endpoint, sock: Duplex, task: Task): Promise<Client> {
  const { host, port, user, authentications, hostKey, perDialTimeout } = endpoint;
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    let mismatch: string | undefined;
    const fail = (error: Error): void => {
      task.signal.removeEventListener("abort", abort);
      client.destroy();
      const reason =
        mismatch ??
        (/host key/.test(error.message) && hostKey
          ? `host key mismatch: ${host}:${port} has no key of type ${hostKey.type}`
          : error.message);
      reject(new (reason.startsWith("host key mismatch") ? Final : Error)(`ssh: handshake failed: ${reason}`));
    };
    const abort = (): void => fail(task.signal.reason as Error);
    task.signal.addEventListener("abort", abort, { once: true });

    client.once("ready", () => {
      task.signal.removeEventListener("abort", abort);
      client.removeListener("error", fail);
      client.removeListener("close", closed);
      resolve(client);
    });
    const closed = (): void => fail(new Error("connection closed by the other side"));
    client.on("error", fail);
    client.once("close", closed);
    client.connect({
      sock,
      username: user,
      authHandler: inTurn(authentications),
      readyTimeout: perDialTimeout * handshakeFactor,
      ...keepalive,
      ...(hostKey && {
        // Ask for the kind of key that is expected, or a server with several shows another one.
        algorithms: {
          serverHostKey:
            hostKey.type === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [hostKey.type as "ssh-ed25519"],
        },
        hostVerifier: (key: Buffer) => {
          if (key.equals(hostKey.wire)) return true;
          mismatch = `host key mismatch: ${host}:${port} shows ${fingerprint(key)}, expected is ${fingerprint(hostKey.wire)}`;
          return false;
        },
      }),
    });
  });
}

const fingerprint = (key: Buffer): string =>
  `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
