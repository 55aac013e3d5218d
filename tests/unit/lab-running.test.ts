// Proves that no tier costs more than its limit, and leaves nothing behind in its group. It does not prove that the limits are well chosen.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import test from "ava";
import { readOrNothing } from "../../bundle/tools.ts";
import { checkout } from "../../cli/paths.ts";
import { runCommand } from "../../cli/test/running.ts";
import { freePort } from "../free-port.ts";

interface Told {
  readonly minutes?: number;
  readonly silence?: number;
  readonly signal?: AbortSignal;
}

async function run(script: string, told: Told = {}) {
  const folder = mkdtempSync(join(tmpdir(), "podnet-running-"));
  let printed = "";
  const begun = Date.now();
  try {
    const ended = await runCommand(["sh", "-c", script, "sh", join(folder, "pid")], {
      minutes: 5,
      signal: new AbortController().signal,
      ...told,
      env: process.env,
      passErrors: false,
      read: (chunk) => void (printed += chunk.toString()),
    });
    const pid = existsSync(join(folder, "pid")) ? readFileSync(join(folder, "pid"), "utf8").trim() : "none";
    return { ...ended, printed, seconds: (Date.now() - begun) / 1000, child: await state(pid) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Whether a process ends within three seconds: a signal that was sent takes a moment. One that nobody has asked for yet has ended too. */
async function state(pid: string): Promise<"runs" | "ended"> {
  // It may go between two looks.
  const runs = (): boolean => !/\) Z |^$/.test(readOrNothing(`/proc/${pid}/stat`) ?? "");
  for (let waited = 0; runs() && waited < 3000; waited += 50) await pause(50);
  return runs() ? "runs" : "ended";
}

const seconds = (count: number): number => count / 60;
const child = 'sleep 300 >/dev/null 2>&1 & echo $! >"$1"; ';

test("what ends by itself is read whole, and what it forgot ends with it", async (t) => {
  const { code, why, printed, child: left } = await run(`${child} echo out; echo err >&2; exit 3`);
  t.is(code, 3);
  t.is(why, undefined);
  t.deepEqual(printed.split("\n").toSorted(), ["", "err", "out"]);
  t.is(left, "ended");
});

test("what takes longer than it may is ended, with its children, and what it said until then was read", async (t) => {
  const ended = await run(`${child} while echo still; do sleep 0.1; done`, { minutes: seconds(1) });
  t.regex(ended.why ?? "", /^it took more than .* min and was ended$/);
  t.true(ended.printed.startsWith("still\n"));
  t.is(ended.child, "ended");
  t.true(ended.seconds < 60, `${ended.seconds} s`);
});

test("what says nothing more is ended long before its time is over", async (t) => {
  const ended = await run(`${child} echo one; wait`, { silence: seconds(1) });
  t.regex(ended.why ?? "", /^it said nothing for .* min and was ended$/);
  t.is(ended.printed, "one\n");
  t.is(ended.child, "ended");
});

test("what does not listen to the polite signal is ended all the same", async (t) => {
  const ended = await run(`trap '' TERM; ${child} while :; do sleep 0.2; done`, { minutes: seconds(0.5) });
  t.not(ended.code, 0);
  t.is(ended.child, "ended");
});

test("a stand-in of the tests' own that has left the group ends with it; a real program, such as a container engine, does not", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "podnet-running-"));
  const pidOf = (name: string): string => readFileSync(join(folder, name), "utf8").trim();
  t.teardown(() => {
    process.kill(Number(pidOf("engine")), "SIGKILL");
    rmSync(folder, { recursive: true });
  });
  const node = `${process.execPath} --disable-warning=ExperimentalWarning`;
  const qemu = `${node} ${join(checkout, "tests/unit/vm/fake-qemu.ts")} -pidfile qemu -netdev hostfwd=tcp:127.0.0.1:${await freePort()}-:22`;
  const ended = await run(
    `cd ${folder}; setsid sleep 300 >/dev/null 2>&1 & echo $! >${folder}/engine
    cd ${folder} && ${qemu} && cp qemu "$1" && echo up && sleep 300`,
    { silence: seconds(3) },
  );
  t.is(ended.printed, "up\n");
  t.is(ended.child, "ended");
  t.is(await state(pidOf("engine")), "runs");
});

test("an interruption ends it, and is no failure of its own", async (t) => {
  const interruption = new AbortController();
  setTimeout(() => interruption.abort(), 300);
  const ended = await run(`${child} wait`, { signal: interruption.signal });
  t.is(ended.why, undefined);
  t.not(ended.code, 0);
  t.is(ended.child, "ended");
});
