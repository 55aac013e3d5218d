/** A user's whole machine on this one: a root file system from packages, in namespaces of its own, with a dockerd of its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { cacheRoot } from "../../bundle/store.ts";
import { copyCheckout } from "./checkout.ts";
import type { Root } from "./root.ts";
import type { Said } from "./row.ts";

const checkout = join(import.meta.dirname, "..", "..");

export interface UserMachine extends AsyncDisposable {
  /** Runs a line of bash there. @param user @default root @param groups whether those of the user count. @default true @param seconds until it is ended */
  readonly run: (
    line: string,
    options?: { user?: string; groups?: boolean; seconds?: number; env?: Readonly<Record<string, string>> },
  ) => Promise<Said>;
  /** Its process 1, for whoever enters its namespaces. */
  readonly pid: () => Promise<number>;
}

/** Who has the checkout there, in ~/lab. */
export const owner = "ada";
const home = `/home/${owner}`;
export const labOf = `${home}/lab`;

/** Boots a machine from the tar of its root file system, and waits for its engine where it has one. Whatever becomes of this process, nothing of the machine outlives it but a folder. */
export async function boot({ packages }: Root, rootfs: string): Promise<UserMachine> {
  const scratch = join(cacheRoot(), "scratch");
  mkdirSync(scratch, { recursive: true });
  removeLeftOver(scratch);
  const folder = mkdtempSync(join(scratch, `stranger-${process.pid}-`));
  const name = `podnet-stranger-${process.pid}`;
  const dir = join(folder, "root");
  try {
    mkdirSync(dir);
    await execa("tar", ["-xf", rootfs, "-C", dir, "--numeric-owner"]);
    await furnish(dir);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  const namespaces = ["--mount", "--pid", "--net", "--uts", "--ipc"];
  const log = join(folder, "log");
  const begin = 'exec >"$LOG" 2>&1; exec setpriv --pdeathsig KILL unshare "$@"';
  const program = ["--fork", "--kill-child", "bash", join(import.meta.dirname, "machine.sh")];
  const machine = spawn("bash", ["-c", begin, "bash", ...namespaces, ...program], {
    stdio: "ignore",
    env: {
      PATH: process.env["PATH"],
      LOG: log,
      ROOT: dir,
      NAME: name,
      HOME_DIR: home,
      MODULES: join(checkout, "node_modules"),
      NODE: process.execPath,
      CACHE: cacheRoot(),
      UPPER: join(folder, "upper"),
    },
  });
  const ended = once(machine, "exit");
  const first = async (): Promise<string> =>
    (await execa("pgrep", ["--parent", String(machine.pid)], { reject: false })).stdout;

  const end = async (): Promise<void> => {
    // The namespaces' process 1 is not open to any other signal, and unshare waits for it.
    const pid = Number(await first());
    if (pid > 0) process.kill(pid, "SIGKILL");
    if (machine.exitCode === null && machine.signalCode === null) await ended;
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    await removeControlGroups(name);
  };
  const run: UserMachine["run"] = async (
    line,
    { user = "root", groups = true, seconds = 120, env: more = {} } = {},
  ) => {
    const enter = ["--target", await first(), ...namespaces, "--"];
    const where = user === "root" ? "/root" : `/home/${user}`;
    const be =
      user === "root" ? [] : ["setpriv", "--reuid", user, "--regid", user, groups ? "--init-groups" : "--clear-groups"];
    // As a login of Debian's has it, and nothing of this machine's.
    const path = "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games";
    const env = [
      `HOME=${where}`,
      `USER=${user}`,
      `PATH=${user === "root" ? `/usr/local/sbin:/usr/sbin:/sbin:${path}` : path}`,
    ];
    const told = [
      "env",
      "-i",
      "LANG=C.UTF-8",
      ...env,
      ...Object.entries(more).map(([name, value]) => `${name}=${value}`),
      "timeout",
      "-k",
      "5",
      String(seconds),
      "bash",
      "-c",
      `cd ${labOf} && ${line}`,
    ];
    const options = { reject: false, all: true, stdin: "ignore" } as const;
    const { exitCode, all } = await execa("nsenter", [...enter, ...be, ...told], options);
    return { exitCode, all };
  };
  try {
    await untilBooted(run, () => machine.exitCode !== null, log);
    if (packages.includes("docker.io"))
      await untilEngineAnswers(run, () => machine.exitCode !== null, [log, join(dir, "var/log/dockerd.log")]);
  } catch (error) {
    await end();
    throw error;
  }
  return { run, pid: async () => Number(await first()), [Symbol.asyncDispose]: end };
}

/** The users, one of them in the group docker with a checkout, and what the mounts stand on. */
async function furnish(dir: string): Promise<void> {
  const inside = (...command: string[]): Promise<unknown> => execa("chroot", [dir, ...command], { stdin: "ignore" });
  await inside("groupadd", "--force", "--system", "docker");
  await inside("useradd", "--create-home", "--shell", "/bin/bash", "--groups", "docker", owner);
  await inside("useradd", "--create-home", "--shell", "/bin/bash", "bob");
  const lab = join(dir, home, "lab");
  mkdirSync(lab);
  await copyCheckout(lab);
  mkdirSync(join(lab, "node_modules"));
  for (const folder of ["artifacts", "bundle"])
    mkdirSync(join(dir, home, ".cache/pod-networking-lab", folder), { recursive: true });
  writeFileSync(join(dir, "usr/local/bin/node"), "");
  writeFileSync(join(dir, "etc/resolv.conf"), "nameserver 192.0.2.53\n");
  await inside("chown", "-R", `${owner}:${owner}`, home);
  // bob is to reach it as well.
  chmodSync(join(dir, home), 0o755);
}

/** Until process 1 is there and has its own root: on a quiet machine a row is asked for sooner than that. */
async function untilBooted(run: UserMachine["run"], gone: () => boolean, log: string): Promise<void> {
  for (let tries = 0; !gone() && tries < 300; tries++) {
    // It begins in the owner's checkout, which this machine has not.
    if ((await run("true")).exitCode === 0) return;
    await sleep(100);
  }
  throw new Error(`the machine did not boot:\n${readFileSync(log, "utf8")}`);
}

async function untilEngineAnswers(
  run: UserMachine["run"],
  gone: () => boolean,
  logs: readonly string[],
): Promise<void> {
  for (let tries = 0; tries < 150; tries++) {
    if (gone()) break;
    await sleep(200);
    if ((await run("docker version >/dev/null 2>&1").catch(() => undefined))?.exitCode === 0) return;
  }
  const said = logs
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, "utf8").split("\n").slice(-15).join("\n"));
  throw new Error(`the stranger's machine does not come up:\n${said.join("\n")}`);
}

/** Those of containers that were killed with the machine: no dockerd was left to remove them. */
export async function removeControlGroups(name: string): Promise<void> {
  const script = `shopt -s nullglob
    for group in /sys/fs/cgroup/"$1"* /sys/fs/cgroup/*/"$1"; do
      find "$group" -depth -type d -exec rmdir {} +
    done
    left=(/sys/fs/cgroup/"$1"* /sys/fs/cgroup/*/"$1")
    (( \${#left[@]} == 0 ))`;
  let said = "";
  for (let tries = 0; tries < 100; tries++) {
    const { exitCode, all } = await execa("bash", ["-c", script, "bash", name], { reject: false, all: true });
    if (exitCode === 0) return;
    said = all;
    await sleep(200);
  }
  throw new Error(`control groups of ${name} stay: ${said}`);
}

/** Folders of runs that were killed. */
function removeLeftOver(scratch: string): void {
  for (const entry of readdirSync(scratch)) {
    const pid = /^stranger-(\d+)-/.exec(entry)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`))
      rmSync(join(scratch, entry), { recursive: true, force: true });
  }
}
