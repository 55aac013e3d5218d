/**
 * One command to a QEMU that runs: node platforms/vm/qmp.ts SOCKET COMMAND. Prints what QEMU returns, as JSON.
 */
import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { main } from "../../bundle/program.ts";

/** @throws Error when QEMU refuses the command, or does not answer within ten seconds */
export async function qmp(path: string, command: string): Promise<unknown> {
  const socket = connect({ path });
  socket.setTimeout(10_000, () => socket.destroy(new Error("QEMU does not answer")));
  await once(socket, "connect");
  const say = (execute: string): void => void socket.write(`${JSON.stringify({ execute, id: execute })}\n`);
  say("qmp_capabilities");
  try {
    for await (const line of createInterface({ input: socket })) {
      const {
        id,
        error,
        return: value,
      } = JSON.parse(line) as { id?: string; error?: { desc: string }; return?: unknown };
      if (error !== undefined) throw new Error(`QEMU refuses ${id ?? command}: ${error.desc}`);
      if (id === "qmp_capabilities") say(command);
      else if (id === command) return value;
    }
  } finally {
    socket.destroy();
  }
  // It ends before it has answered.
  if (command === "quit") return {};
  throw new Error(`QEMU ended the connection before it answered ${command}`);
}

await main(import.meta, async () => {
  const [path = "", command = ""] = process.argv.slice(2);
  const answer = await qmp(path, command).catch((error: unknown) => {
    throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  });
  console.log(JSON.stringify(answer));
});
