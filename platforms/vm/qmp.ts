/**
 * One command to a QEMU that runs: node platforms/vm/qmp.ts SOCKET COMMAND. Prints what QEMU returns, as JSON. A line for QEMU's monitor, which knows of
 * more than its protocol, is: node platforms/vm/qmp.ts SOCKET monitor LINE.
 */
import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { main } from "../../bundle/program.ts";

export interface Question {
  /** As the command has them. @default none */
  readonly arguments?: Readonly<Record<string, string>>;
  /** How long QEMU may take to answer. @default 10 */
  readonly seconds?: number;
}

/** @throws Error when QEMU refuses the command, or does not answer in time */
export async function qmp(path: string, command: string, question: Question = {}): Promise<unknown> {
  const socket = connect({ path });
  socket.setTimeout((question.seconds ?? 10) * 1000, () => socket.destroy(new Error("QEMU does not answer")));
  await once(socket, "connect");
  const say = (execute: string, args?: Question["arguments"]): void =>
    void socket.write(`${JSON.stringify({ execute, id: execute, ...(args && { arguments: args }) })}\n`);
  say("qmp_capabilities");
  try {
    for await (const line of createInterface({ input: socket })) {
      const {
        id,
        error,
        return: value,
      } = JSON.parse(line) as { id?: string; error?: { desc: string }; return?: unknown };
      if (error !== undefined) throw new Error(`QEMU refuses ${id ?? command}: ${error.desc}`);
      if (id === "qmp_capabilities") say(command, question.arguments);
      else if (id === command) return value;
    }
  } finally {
    socket.destroy();
  }
  // It ends before it has answered.
  if (command === "quit") return {};
  throw new Error(`QEMU ended the connection before it answered ${command}`);
}

/** A line of QEMU's monitor, such as "savevm one", which writes gigabytes. @throws Error with what the monitor says: it is silent when all is well */
export async function monitor(path: string, line: string): Promise<void> {
  const said = await qmp(path, "human-monitor-command", { arguments: { "command-line": line }, seconds: 900 });
  if (typeof said === "string" && said.trim() !== "") throw new Error(`QEMU says to "${line}": ${said.trim()}`);
}

await main(import.meta, async () => {
  const [path = "", command = "", line = ""] = process.argv.slice(2);
  const asked = command === "monitor" ? monitor(path, line) : qmp(path, command);
  const answer = await asked.catch((error: unknown) => {
    throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  });
  console.log(JSON.stringify(answer ?? {}));
});
