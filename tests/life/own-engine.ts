/** A container engine of a test's own, in namespaces of its own: it can be killed without a word to the labs of others. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { getPriority } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { run } from "../live/lab.ts";
import { removeControlGroups } from "../strangers/machine.ts";

/** The containers' control groups are below it. */
const group = "podnet-life-engine";

export class OwnEngine {
  readonly #folder: string;
  #holder: ChildProcess | undefined;
  #first = "";

  /** @param folder for its data and its log */
  constructor(folder: string) {
    this.#folder = folder;
  }

  get log(): string {
    return join(this.#folder, "dockerd.log");
  }

  /** What comes before a command line that is to run beside the engine. */
  within(): readonly string[] {
    return ["nsenter", "--target", this.#first, "--mount", "--net", "--pid", "--"];
  }

  /** Standard output of a program beside the engine. */
  run(...command: readonly string[]): string {
    const [program = "", ...args] = [...this.within(), ...command];
    return run(program, ...args);
  }

  async open(): Promise<void> {
    this.#remove();
    mkdirSync(this.#folder, { recursive: true });
    const log = openSync(this.log, "a");
    const namespaces = ["--mount", "--net", "--pid", "--mount-proc", "--fork", "--kill-child"];
    this.#holder = spawn(
      "setpriv",
      ["--pdeathsig", "KILL", "unshare", ...namespaces, "bash", join(import.meta.dirname, "namespaces.sh")],
      { stdio: ["ignore", log, log] },
    );
    closeSync(log);
    for (let tries = 0; tries < 100; tries++) {
      await pause(100);
      try {
        this.#first = run("pgrep", "--parent", String(this.#holder.pid)).trim();
        this.run("mountpoint", "-q", "/run");
        return;
      } catch {
        // They are still being made.
      }
    }
    throw new Error(`the engine has no namespaces:\n${readFileSync(this.log, "utf8")}`);
  }

  /** Until it answers, which with containers that it has to start again takes a while. */
  async start(): Promise<void> {
    const log = openSync(this.log, "a");
    const [program = "", ...args] = [
      ...this.within(),
      // As an engine that no test has started: machines are not to wait for all others because the tests do.
      ...["nice", "-n", String(-getPriority())],
      ...["dockerd", "--data-root", join(this.#folder, "docker"), "--cgroup-parent", `/${group}`],
    ];
    const daemon = spawn(program, args, { detached: true, stdio: ["ignore", log, log] });
    closeSync(log);
    daemon.unref();
    for (let tries = 0; tries < 300; tries++) {
      try {
        this.run("docker", "version");
        return;
      } catch {
        await pause(200);
      }
    }
    throw new Error(`the engine does not answer:\n${readFileSync(this.log, "utf8").split("\n").slice(-15).join("\n")}`);
  }

  /** Until there is none any more. */
  async end(signal: "KILL" | "TERM"): Promise<void> {
    this.run("pkill", "--signal", signal, "--exact", "dockerd");
    for (let tries = 0; tries < 300; tries++) {
      try {
        this.run("pgrep", "--exact", "dockerd");
        await pause(200);
      } catch {
        return;
      }
    }
    throw new Error("dockerd does not end");
  }

  async close(): Promise<void> {
    const holder = this.#holder;
    if (holder === undefined) return;
    // Process 1 of the namespaces is not open to another signal; unshare waits for it.
    if (this.#first !== "") process.kill(Number(this.#first), "SIGKILL");
    if (holder.exitCode === null && holder.signalCode === null) await once(holder, "exit");
    this.#remove();
    await removeControlGroups(group);
  }

  #remove(): void {
    // Files that cannot be changed are among a machine's, and rm alone does not remove them.
    execFileSync("bash", [
      "-c",
      'if [[ -d $1 ]]; then chattr -R -i "$1" 2>/dev/null || true; fi',
      "bash",
      this.#folder,
    ]);
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
