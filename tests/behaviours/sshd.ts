// A real OpenSSH server for one test file: on loopback, with its own host key, client key and settings in a temporary folder.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { freePort } from "../free-port.ts";
import { until, tempDir } from "./plugin.ts";

const program = "/usr/sbin/sshd";
/** It must be started by root, to be anybody's server. */
export const sshdIsThere = existsSync(program) && userInfo().uid === 0;

export interface Sshd {
  readonly host: "127.0.0.1";
  readonly port: number;
  readonly user: string;
  readonly privateKey: string;
  readonly hostKey: string;
  /** A folder on the "other machine", for files. */
  readonly dir: string;
  /** What the server says, with a line for each login. */
  log(): string;
  stop(): void;
}

export async function startSshd(settings: readonly string[] = []): Promise<Sshd> {
  const dir = tempDir("sshd");
  for (const key of ["host", "client"]) {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", key, "-f", join(dir, key)]);
  }
  const port = await freePort();
  const logFile = join(dir, "log");
  writeFileSync(
    join(dir, "config"),
    [
      `ListenAddress 127.0.0.1:${port}`,
      `HostKey ${join(dir, "host")}`,
      `AuthorizedKeysFile ${join(dir, "client.pub")}`,
      "PidFile none",
      "StrictModes no",
      "PermitRootLogin prohibit-password",
      "PasswordAuthentication no",
      "UsePAM no",
      "UseDNS no",
      "AcceptEnv ALLOWED_* PULUMI_COMMAND_*",
      "Subsystem sftp internal-sftp",
      "MaxStartups 100",
      "MaxSessions 100",
      "LogLevel VERBOSE",
      ...settings,
      "",
    ].join("\n"),
  );
  mkdirSync("/run/sshd", { recursive: true });
  // The shell ends the server when its input ends, which it does with the test, however that ends.
  const shell = spawn(
    "/bin/sh",
    ["-c", '"$@" & cat > /dev/null; kill $!', "sh", program, "-D", "-E", logFile, "-f", join(dir, "config")],
    { stdio: ["pipe", "ignore", "ignore"] },
  );
  await until(
    "sshd answers",
    () =>
      spawnSync(process.execPath, [
        "-e",
        `
    require("node:net").connect(${port}, "127.0.0.1").on("connect", () => process.exit(0)).on("error", () => process.exit(1))
  `,
      ]).status === 0,
  );
  const files = join(dir, "files");
  mkdirSync(files);
  return {
    host: "127.0.0.1",
    port,
    user: userInfo().username,
    dir: files,
    privateKey: readFileSync(join(dir, "client"), "utf8"),
    hostKey: readFileSync(join(dir, "host.pub"), "utf8").trim(),
    log: () => readFileSync(logFile, "utf8"),
    stop() {
      shell.stdin.end();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
