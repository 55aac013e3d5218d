// A command on another machine, over one SSH connection of its own.
import type { Client } from "ssh2";
import { Output, type Logging } from "../output.ts";
import { previousOutput } from "../previous-output.ts";
import { failure } from "../redact.ts";
import { isSecret, revealAll, type Properties } from "../values.ts";
import type { Task } from "../task.ts";
import { dial } from "./dial.ts";
import { route } from "./endpoint.ts";
import { openSession, type Variable } from "./session.ts";
import { stopCommand } from "./stop.ts";

/** @param which the input that holds the command: create, update or delete
 *  @param previous what an earlier run printed */
export async function runRemote(
  inputs: Properties,
  which: string,
  previous: Properties,
  task: Task,
): Promise<Properties> {
  const given = revealAll({ ...inputs, connection: null }) as {
    [key: string]: unknown;
    environment?: Record<string, string>;
    stdin?: string;
    logging?: Logging;
    addPreviousOutputInEnv?: boolean;
  };
  const command = { text: given[which] as string, secret: isSecret(inputs[which]) };
  const fail = (why: string, output: string): Error => new Error(task.redact(failure(why, command, output)));

  const connection = await dial(route(inputs.connection), task);
  const { client } = connection;
  let lost: Error | undefined;
  client.on("error", (error) => {
    lost = error;
  });
  try {
    const { channel, end: ended } = await Promise.race([
      openSession(client, command.text, [
        ...variables(given.environment ?? {}, task),
        ...(given.addPreviousOutputInEnv !== false ? optionalVariables(previousOutput(previous, task), task) : []),
      ]),
      aborted(task, client),
    ]);
    const output = new Output(task, given.logging ?? undefined);
    output.collect("stdout", channel);
    output.collect("stderr", channel.stderr);
    channel.end(given.stdin ?? "");

    const stop = (): void => stopCommand(client, channel);
    if (task.signal.aborted) stop();
    else task.signal.addEventListener("abort", stop, { once: true });
    const end = await ended;
    task.signal.removeEventListener("abort", stop);
    if (task.signal.aborted) throw fail((task.signal.reason as Error).message, output.together);
    if (end.signal) throw fail(`Process exited with status 1 from signal ${end.signal}`, output.together);
    if (end.code === undefined) {
      throw fail(
        `wait: remote command exited without exit status or exit signal${lost ? ` (${lost.message})` : ""}`,
        output.together,
      );
    }
    if (end.code !== 0) throw fail(`Process exited with status ${end.code}`, output.together);
    return output.result;
  } finally {
    connection.close();
  }
}

/** Rejects when the task is stopped, or the connection lost, before the command has started. */
function aborted(task: Task, client: Client): Promise<never> {
  return new Promise((_, reject) => {
    task.signal.addEventListener("abort", () => reject(task.signal.reason as Error), { once: true });
    client.once("close", () => reject(new Error("connection closed before the command started")));
  });
}

const advice = (name: string): string =>
  `Unable to set '${name}'. This only works if your SSH server is configured to accept this variable via AcceptEnv. ` +
  "Alternatively, if a Bash-like shell runs the command on the remote host, you could prefix the command itself with the " +
  "variables in the form 'VAR=value command'";

function variables(environment: Readonly<Record<string, string>>, task: Task): Variable[] {
  return Object.entries(environment).map(([name, value]) => ({
    name,
    value,
    refused: () => {
      task.log.write("error", advice(name), { lasting: true });
      return new Error(`could not set environment variable "${name}": ssh: setenv failed`);
    },
  }));
}

/** What the plugin adds by itself is offered, and missing where the server does not want it. */
function optionalVariables(environment: Readonly<Record<string, string>>, task: Task): Variable[] {
  return Object.entries(environment).map(([name, value]) => ({
    name,
    value,
    refused: () => {
      task.log.write("warning", advice(name), { lasting: true });
      return undefined;
    },
  }));
}
