/**
 * The programs that VMs take: those on PATH, or Debian's own, installed.
 *
 *   node platforms/vm/qemu.ts     installs what is missing; QEMU's version is the last line of stdout
 */
import { main, toStderr } from "../../bundle/program.ts";
import { answer, ensureTools, type Tool } from "../../bundle/tools.ts";
import { type Arch, hostArch } from "../../bundle/versions.ts";

const emulators: Readonly<Record<Arch, { readonly program: string; readonly tool: Tool }>> = {
  amd64: { program: "qemu-system-x86_64", tool: "qemu-system-x86" },
  arm64: { program: "qemu-system-aarch64", tool: "qemu-system-arm" },
};

/** Debian packages for what is not on PATH, and QEMU's version when it is. */
export function findQemu(): { readonly version: string | undefined; readonly missing: readonly Tool[] } {
  const { program, tool } = emulators[hostArch()];
  const version = /version (\S+)/.exec(answer(program, ["--version"]) ?? "")?.[1];
  const missing: Tool[] = version === undefined ? [tool] : [];
  if (answer("qemu-img", ["--version"]) === undefined) missing.push("qemu-utils");
  if (answer("xorriso", ["-version"]) === undefined) missing.push("xorriso");
  return { version, missing };
}

/** @returns QEMU's version @throws Error with the one thing to do, where it is missing and cannot be installed from here */
export async function ensureQemu(say = toStderr): Promise<string> {
  if (process.platform !== "linux") throw new Error(`platform "vm" needs a Linux host; this is ${process.platform}`);
  const { version, missing } = findQemu();
  if (version !== undefined && missing.length === 0) return version;
  say(`installing ${missing.join(", ")}`);
  await ensureTools(missing);
  const found = findQemu();
  if (found.version === undefined)
    throw new Error(`${missing.join(", ")} is installed, and yet ${emulators[hostArch()].program} does not run`);
  return found.version;
}

await main(import.meta, async () => console.log(await ensureQemu()));
