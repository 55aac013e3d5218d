// Proves that a turn is kept through the signals that a terminal sends to all of its programs, and ends with its holder; not that of a Mac (portable does).
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import { holdLock, isHeld } from "../../bundle/lock.ts";
import { newFolder } from "../folder.ts";

const module = join(import.meta.dirname, "../../bundle/lock.ts");

interface Holder {
  readonly child: ChildProcessByStdio<null, Readable, null>;
  /** As a terminal does, or somebody who ends all of it. */
  readonly all: (signal: NodeJS.Signals) => void;
}

/** A program with a group of its own that wants the turn, and goes on when it is asked to end. */
function wanting(t: ExecutionContext, file: string): Holder {
  const program = `
    import { holdLock } from ${JSON.stringify(module)};
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(name, () => console.log("tidying up"));
    console.log("waiting");
    await holdLock(${JSON.stringify(file)}).then(() => console.log("held"), () => process.exit(3));
    setInterval(() => {}, 60_000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const all = (signal: NodeJS.Signals): void => {
    process.kill(-(child.pid ?? Number.NaN), signal);
  };
  t.teardown(() => {
    if (child.exitCode === null && child.signalCode === null) all("SIGKILL");
  });
  return { child, all };
}

async function until(t: ExecutionContext, holds: () => boolean, what: string): Promise<void> {
  for (let tries = 0; !holds() && tries < 100; tries++) await pause(100);
  t.true(holds(), what);
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  test(`who tidies up after ${signal} to the whole group still has the turn, and has it no longer when killed`, async (t) => {
    const file = join(newFolder("lock"), "turn");
    const { child, all } = wanting(t, file);
    await until(t, () => isHeld(file), "nobody has it");
    all(signal);
    await pause(500);
    t.true(isHeld(file), "the turn was given away");
    all("SIGKILL");
    await once(child, "exit");
    await until(t, () => !isHeld(file), "the turn of a killed program is never free");
  });

test("Ctrl-C ends the wait for a turn", async (t) => {
  const file = join(newFolder("lock"), "turn");
  const release = await holdLock(file);
  const { child, all } = wanting(t, file);
  await once(child.stdout, "data");
  await pause(500);
  all("SIGINT");
  t.deepEqual(await once(child, "exit"), [3, null]);
  release();
  await until(t, () => !isHeld(file), "it is still held");
});
