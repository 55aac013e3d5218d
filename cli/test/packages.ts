import { delimiter, join } from "node:path";
import { execa } from "execa";
import { canInstall, installPackages, onPath } from "../../bundle/tools.ts";
import { Problem } from "../view/problem.ts";
import { say } from "../view/say.ts";

/** Installs a Debian package for a program that is not there, where that may be done. */
export async function need(program: string, debianPackage: string): Promise<void> {
  if (ofSystem(program) === undefined) await install(program, debianPackage);
}

/** The file of a program on PATH that is none of npm's packages': one of them has a program called nft, too. */
export function ofSystem(program: string, path = process.env["PATH"] ?? ""): string | undefined {
  const npm = join("node_modules", ".bin");
  const own = path.split(delimiter).filter((directory) => !directory.endsWith(npm));
  return onPath(program, own.join(delimiter));
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
  if (canInstall()) say(`Installing ${debianPackage}`);
  await installPackages([debianPackage], { what }).catch((error: unknown) => {
    throw new Problem(error instanceof Error ? error.message : String(error));
  });
}
