import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import type { Run } from "./artifact.ts";

/** Debian packages a recipe may call for, each with the file that shows it is there. */
const proofs = {
  mmdebstrap: "/usr/bin/mmdebstrap",
  "debian-archive-keyring": "/usr/share/keyrings/debian-archive-keyring.gpg",
  gcc: "/usr/bin/gcc",
  "libc6-dev": "/usr/include/stdio.h",
  "dpkg-dev": "/usr/bin/dpkg-scanpackages",
  "golang-go": "/usr/bin/go",
  "gcc-aarch64-linux-gnu": "/usr/bin/aarch64-linux-gnu-gcc",
  "libc6-dev-arm64-cross": "/usr/aarch64-linux-gnu/include/stdio.h",
  "gcc-x86-64-linux-gnu": "/usr/bin/x86_64-linux-gnu-gcc",
  "libc6-dev-amd64-cross": "/usr/x86_64-linux-gnu/include/stdio.h",
  e2fsprogs: "/usr/sbin/mke2fs",
  mount: "/usr/bin/umount",
  "qemu-system-x86": "/usr/bin/qemu-system-x86_64",
  "qemu-system-arm": "/usr/bin/qemu-system-aarch64",
  "qemu-utils": "/usr/bin/qemu-img",
  xorriso: "/usr/bin/xorriso",
  fdisk: "/usr/sbin/sfdisk",
  fuse2fs: "/usr/sbin/fuse2fs",
} as const;

export type Tool = keyof typeof proofs;

/** Installs the Debian packages that are missing, or says who must. */
export async function ensureTools(tools: readonly Tool[], run: Run): Promise<void> {
  const missing = tools.filter((tool) => !existsSync(proofs[tool]));
  if (missing.length === 0) return;
  const remedy = `apt-get install ${missing.join(" ")}`;
  if (!existsSync("/usr/bin/apt-get")) {
    throw new Error(`${missing.join(", ")} is missing and this is no Debian; build the bundle on Debian or Ubuntu`);
  }
  if (process.getuid?.() !== 0) throw new Error(`${missing.join(", ")} is missing; run as root: ${remedy}`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get", ["update"], { env });
  // Two builds may want packages at once: apt waits for its own lock.
  await run("apt-get", ["-o", "DPkg::Lock::Timeout=300", "install", "--yes", "--no-install-recommends", ...missing], {
    env,
  });
}

/** The output of a short command, or undefined where it is missing or fails. */
export function answer(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): string | undefined {
  const { status, stdout } = spawnSync(file, args, { encoding: "utf8", env: { ...process.env, ...env } });
  return status === 0 ? stdout.trim() : undefined;
}
