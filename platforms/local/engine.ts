/** The container engine that local machines run on: the one that is there, or Debian's own, installed and started. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { cacheRoot } from "../../bundle/store.ts";
import { withLock } from "../../bundle/lock.ts";
import { toStderr } from "../../bundle/program.ts";
import { installBy, installPackages, onPath } from "../../bundle/tools.ts";

export interface Engine {
  /** Version of the server. */
  readonly version: string;
  /** Whether it was already running. */
  readonly found: boolean;
}

const folder = (): string => join(cacheRoot(), "engine");
/** Process id and start time of the dockerd that this program started. */
const recordFile = (): string => join(folder(), "dockerd.pid");
const logFile = (): string => join(folder(), "dockerd.log");

/** Sees to it that docker answers. Anything the user has chosen, such as DOCKER_HOST, is used and never changed. */
export async function ensureEngine(say = toStderr): Promise<Engine> {
  // Machines of an engine elsewhere are out of reach, and it would be found out only when they are dialled.
  const usable = await execa(join(import.meta.dirname, "engine.sh"), { reject: false, stdin: "ignore" });
  if (usable.exitCode !== 0) throw new Error(usable.stderr);
  const running = await serverVersion();
  if (running !== undefined) return { version: running, found: true };
  // Two labs may start at once; the second finds what the first has started.
  return withLock(join(cacheRoot(), "locks", "engine"), async () => {
    const started = await serverVersion();
    if (started !== undefined) return { version: started, found: true };
    await mayStart();
    if (onPath("dockerd") === undefined || onPath("docker") === undefined) await install(say);
    await start(say);
    return { version: await answer(60), found: false };
  });
}

/** Ends the dockerd that ensureEngine started, and no other. @returns whether there was one */
export async function stopEngine(): Promise<boolean> {
  const pid = ourDaemon();
  if (pid === undefined) return false;
  process.kill(pid, "SIGTERM");
  for (let waited = 0; ourDaemon() !== undefined; waited += 100) {
    // Machines get ten seconds each from dockerd, all at once.
    if (waited > 60_000) throw new Error(`dockerd (process ${pid}) does not end; its log: ${logFile()}`);
    await sleep(100);
  }
  rmSync(recordFile(), { force: true });
  return true;
}

/** Ends the dockerd that ensureEngine started, unless a container runs in it: another lab may have come up there meanwhile. @returns whether it was ended */
export async function stopUnusedEngine(): Promise<boolean> {
  const { exitCode, stdout } = await execa("docker", ["ps", "--quiet"], { reject: false, stdin: "ignore" });
  return exitCode === 0 && stdout.trim() !== "" ? false : await stopEngine();
}

async function serverVersion(): Promise<string | undefined> {
  const { exitCode, stdout } = await execa("docker", ["version", "--format", "{{.Server.Version}}"], {
    reject: false,
    stdin: "ignore",
  });
  return exitCode === 0 ? stdout.trim() : undefined;
}

/** @throws Error with the one thing to do, where this program may not or cannot start an engine */
async function mayStart(): Promise<void> {
  const chosen = process.env["DOCKER_HOST"];
  if (chosen) {
    throw new Error(
      `DOCKER_HOST "${chosen}" does not answer; start that engine, or unset DOCKER_HOST to let the lab start one`,
    );
  }
  if (process.platform !== "linux") throw new Error(`platform "local" needs a Linux host; this is ${process.platform}`);
  if (process.getuid?.() !== 0) {
    const { stderr } = await execa("docker", ["version"], { reject: false, stdin: "ignore" });
    throw new Error(
      /permission denied/i.test(stderr ?? "")
        ? "docker refuses this user; add the user to the group docker (sudo usermod -aG docker $USER) and log in again"
        : `no container engine answers; install one: ${installBy("docker.io")}, add yourself to the group docker and log in again`,
    );
  }
}

async function install(say: typeof toStderr): Promise<void> {
  say("installing the container engine: apt-get install docker.io");
  // Debian 13 has the client in a package of its own, which docker.io only recommends.
  await installPackages(["docker.io", "iptables"], { what: "a container engine", whereKnown: ["docker-cli"] });
}

async function start(say: typeof toStderr): Promise<void> {
  if (existsSync("/run/systemd/system")) {
    say("starting the container engine: systemctl start docker");
    await execa("systemctl", ["enable", "--now", "docker.service"], { stdin: "ignore" });
    return;
  }
  say(`starting dockerd itself, since no init system runs here; its log: ${logFile()}`);
  mkdirSync(folder(), { recursive: true });
  const log = openSync(logFile(), "a");
  // A session of its own: it outlives this program, and a Ctrl-C in this terminal is not for it.
  const daemon = spawn("dockerd", { detached: true, stdio: ["ignore", log, log] });
  closeSync(log);
  await once(daemon, "spawn");
  daemon.unref();
  if (daemon.pid === undefined) throw new Error("dockerd has no process id");
  writeFileSync(recordFile(), `${daemon.pid} ${startTime(daemon.pid) ?? ""}\n`);
}

/** Waits until docker answers; names the log when it does not. */
async function answer(seconds: number): Promise<string> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const version = await serverVersion();
    if (version !== undefined) return version;
    const ended = existsSync(recordFile()) && ourDaemon() === undefined;
    if (ended || Date.now() > deadline) {
      const log = existsSync(logFile())
        ? readFileSync(logFile(), "utf8").trimEnd().split("\n").slice(-10).join("\n")
        : "";
      throw new Error(
        `the container engine ${ended ? "ended at once" : `does not answer after ${seconds} s`}; its log, ${logFile()}:\n${log}`,
      );
    }
    await sleep(200);
  }
}

/** Process id of the dockerd that was started from here, if it still is that process: ids are used again. */
function ourDaemon(): number | undefined {
  if (!existsSync(recordFile())) return undefined;
  const [pid, started] = readFileSync(recordFile(), "utf8").trim().split(" ");
  return started !== undefined && startTime(Number(pid)) === started ? Number(pid) : undefined;
}

/** Start time of a dockerd in clock ticks since boot, from /proc; undefined where the process is gone or another program. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name stands in parentheses and may hold anything; fields are counted after the last one.
    const [name, fields] = [
      stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")")),
      stat.slice(stat.lastIndexOf(")") + 2).split(" "),
    ];
    return name === "dockerd" && fields[0] !== "Z" ? fields[19] : undefined;
  } catch {
    return undefined;
  }
}
