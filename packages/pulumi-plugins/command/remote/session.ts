// A session in which the server has answered for every environment variable before the command starts. ssh2 sends the
// variables without asking for an answer, so a refused one would go unnoticed and the command would run without it. This
// reaches into ssh2 for that; the version is pinned, and the suite of behaviours covers it.
import type { Client, ClientChannel } from "ssh2";

export interface Variable {
  readonly name: string;
  readonly value: string;
  /** Called when the server refuses the variable; returns an error if the command must not run without it. */
  readonly refused: () => Error | undefined;
}

export interface End {
  readonly code?: number;
  readonly signal?: string;
}

export interface Session {
  readonly channel: ClientChannel;
  /** How the command ended, once its output is complete; neither code nor signal if the connection was lost. */
  readonly end: Promise<End>;
}

interface Internals {
  _protocol: {
    env: (channel: number, name: string, value: string, wantReply: boolean) => void;
    exec: (channel: number, command: string, wantReply: boolean) => void;
  };
  _chanMgr: { _channels: Record<string, { outgoing?: { id: number }; _callbacks?: ((failed: boolean) => void)[] }> };
}

export function openSession(client: Client, command: string, variables: readonly Variable[]): Promise<Session> {
  return new Promise((resolve, reject) => {
    const answers = variables.length > 0 ? awaitAnswers(client, variables, reject) : {};
    client.exec(command, answers, (error, channel) =>
      error ? reject(error) : resolve({ channel, end: endOf(channel) }),
    );
  });
}

/** To be called before anything else happens: a short command's end may come in the same packet as its start. */
function endOf(channel: ClientChannel): Promise<End> {
  return new Promise((resolve) => {
    let end: End = {};
    channel.on("exit", (code: number | null, signal?: string) => {
      end = signal ? { signal: signal.replace(/^SIG/, "") } : { code: code ?? undefined };
    });
    channel.on("close", () => resolve(end));
    channel.on("error", () => {});
  });
}

function awaitAnswers(client: Client, variables: readonly Variable[], reject: (error: Error) => void) {
  const { _protocol: protocol, _chanMgr: channels } = client as unknown as Internals;
  const sendEnv = protocol.env.bind(protocol);
  const sendExec = protocol.exec.bind(protocol);
  const pending: Promise<void>[] = [];

  protocol.env = (id, name, value) => {
    const channel = Object.values(channels._channels).find(({ outgoing }) => outgoing?.id === id);
    pending.push(
      new Promise((resolve, refuse) => {
        channel!._callbacks!.push((failed) => {
          const error = failed ? variables.find((variable) => variable.name === name)?.refused() : undefined;
          if (error) refuse(error);
          else resolve();
        });
      }),
    );
    sendEnv(id, name, value, true);
  };
  protocol.exec = (id, text, wantReply) => {
    Promise.all(pending).then(() => sendExec(id, text, wantReply), reject);
  };
  return { env: Object.fromEntries(variables.map(({ name, value }) => [name, value])) };
}
