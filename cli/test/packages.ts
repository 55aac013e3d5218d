import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { Problem } from "../view/problem.ts";
import { say } from "../view/say.ts";

/** Installs a Debian package for a program that is not there, where that may be done. */
export async function need(program: string, debianPackage: string): Promise<void> {
  if (!onPath(program)) await install(program, debianPackage);
}

/** A font that has Chinese characters; any will do, and this one is small. */
export async function needChinese(): Promise<void> {
  await need("fc-list", "fontconfig");
  const { stdout } = await execa("fc-list", [":lang=zh-cn", "family"], { stdin: "ignore" });
  if (stdout.trim() === "") await install("a font with Chinese characters", "fonts-wqy-microhei");
}

/** A Python that can make an environment of its own: Debian leaves that out of python3. */
export async function needVenv(): Promise<void> {
  await need("python3", "python3");
  const { exitCode } = await execa("python3", ["-c", "import ensurepip, venv"], { stdin: "ignore", reject: false });
  if (exitCode !== 0) await install("a Python with venv and pip", "python3-venv");
}

async function install(what: string, debianPackage: string): Promise<void> {
  if (process.getuid?.() !== 0 || !onPath("apt-get")) {
    throw new Problem(`${what} is missing; install it: sudo apt-get install ${debianPackage}`);
  }
  say(`Installing ${debianPackage}`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await execa("apt-get", ["-qq", "update"], { env, stdin: "ignore" });
  await execa(
    "apt-get",
    ["-qq", "-o", "DPkg::Lock::Timeout=300", "install", "--yes", "--no-install-recommends", debianPackage],
    {
      env,
      stdin: "ignore",
    },
  );
}

function onPath(program: string): boolean {
  // sshd lives where only root's PATH leads.
  const directories = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin"];
  return directories.some((directory) => directory !== "" && existsSync(join(directory, program)));
}
