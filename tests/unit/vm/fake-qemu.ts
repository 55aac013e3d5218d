// A stand-in for QEMU, as far as the verbs in platforms/vm see it: it daemonizes, writes its pid file, greets on the forwarded port as
// sshd would, and obeys on its control socket; of snapshots it notes the names, and memory it can be told to refuse. Parameters: QEMU's own.
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";

const args = process.argv.slice(2);
const after = (option: string): string => args[args.indexOf(option) + 1] ?? "";
const pidFile = after("-pidfile");

const forgets = process.env["FAKE_QEMU_FORGETS"];
if (forgets === "all" || (forgets !== undefined && args.includes("-loadvm"))) {
  console.error("Error while loading state for instance 0x0 of device 'cpu'");
  process.exitCode = 1;
} else if (process.env["FAKE_QEMU_CHILD"] === undefined) {
  spawn(process.execPath, [import.meta.filename, ...args], {
    detached: true,
    stdio: "ignore",
    env: { ...process.env, FAKE_QEMU_CHILD: "yes" },
  }).unref();
  while (!existsSync(pidFile)) await pause(20);
} else {
  const port = Number(/hostfwd=tcp:127\.0\.0\.1:(\d+)-:22/.exec(args.join(" "))?.[1]);
  const end = (): never => {
    rmSync(pidFile);
    process.exit();
  };
  createServer((socket) => socket.on("error", () => {}).end("SSH-2.0-stand-in\r\n")).listen(port, "127.0.0.1");
  createServer((socket) => {
    socket.write('{"QMP": {}}\n');
    createInterface({ input: socket }).on("line", (line) => {
      const {
        execute,
        id,
        arguments: more,
      } = JSON.parse(line) as { execute: string; id: string; arguments?: Readonly<Record<string, string>> };
      appendFileSync("said", `${[execute, ...Object.values(more ?? {})].join(" ")}\n`);
      const [verb, tag = ""] = more?.["command-line"]?.split(" ") ?? [];
      if (verb === "savevm") appendFileSync("snapshots", `${tag}\n`);
      if (verb === "delvm") rmSync("snapshots");
      const full = verb === "savevm" && process.env["FAKE_QEMU_FULL"] !== undefined;
      const answer = verb === undefined ? {} : full ? "Error: No space left on device\r\n" : "";
      socket.write(`${JSON.stringify({ return: answer, id })}\n`);
      const deaf = process.env["FAKE_QEMU_DEAF"] !== undefined;
      if (execute === "quit" || (execute === "system_powerdown" && !deaf)) setTimeout(end, 50);
    });
  }).listen("qmp.sock", () => writeFileSync(pidFile, `${process.pid}\n`));
}
