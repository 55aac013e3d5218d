import { existsSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { BuildContext } from "./artifact.ts";
import { debianSources } from "./mirrors.ts";
import { ensureTools } from "./tools.ts";
import { type Arch, hostArch, versions } from "./versions.ts";

/** The newest file date in anything made from Debian packages: two builds of the same packages then agree byte for byte. */
const epoch = { SOURCE_DATE_EPOCH: "1735689600" };

/** Runs mmdebstrap for the lab's Debian, with the keys and, where the user names none, the mirror that it chooses by itself. */
export async function mmdebstrap(context: BuildContext, arch: Arch, args: readonly string[]): Promise<void> {
  await ensureTools(["mmdebstrap", "debian-archive-keyring"], context.run);
  const mode = process.getuid?.() === 0 ? "root" : "unshare";
  await context.run(
    "mmdebstrap",
    [`--mode=${mode}`, `--architectures=${arch}`, ...args, ...debianSources(versions.debian, context.mirrors)],
    {
      env: epoch,
    },
  );
}

/**
 * Unpacks packages and what they depend on, and nothing else, into a directory: no dpkg, no essential packages, no maintainer
 * scripts. For the tools in an image, and for a C library to link with. Works for another architecture too.
 */
export async function extractPackages(
  context: BuildContext,
  arch: Arch,
  packages: readonly string[],
  dir: string,
): Promise<void> {
  await mmdebstrap(context, arch, [
    "--variant=extract",
    "--format=directory",
    "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",
    `--include=${packages.join(",")}`,
    versions.debian,
    dir,
  ]);
}

/** A whole system runs its packages' scripts, so another architecture needs an emulator. */
export function assertRuns(arch: Arch): void {
  if (arch === hostArch()) return;
  const interpreter = arch === "arm64" ? "qemu-aarch64" : "qemu-x86_64";
  if (existsSync(`/proc/sys/fs/binfmt_misc/${interpreter}`)) return;
  throw new Error(
    `a root file system for ${arch} cannot be set up here; run: apt-get install qemu-user-static binfmt-support`,
  );
}

/** What no image needs: documentation, translations, dpkg's and apt's state, character sets, caches. */
const ballast = [
  "usr/share/doc",
  "usr/share/man",
  "usr/share/locale",
  "usr/share/info",
  "usr/share/lintian",
  "usr/share/bug",
  "usr/share/bash-completion",
  "usr/share/zsh",
  "usr/share/gcc",
  "usr/share/gdb",
  "usr/share/perl5",
  "usr/share/initramfs-tools",
  "usr/lib/systemd",
  "usr/lib/tmpfiles.d",
  "etc/apt",
  "etc/dpkg",
  "var/lib/apt",
  "var/lib/dpkg",
  "var/cache",
  "var/log",
  "var/spool",
];

export async function dropBallast(dir: string): Promise<void> {
  for (const path of ballast) await rm(join(dir, path), { recursive: true, force: true });
  for (const triplet of ["x86_64-linux-gnu", "aarch64-linux-gnu"]) {
    await rm(join(dir, "usr/lib", triplet, "gconv"), { recursive: true, force: true });
  }
  for (const path of ["proc", "sys", "dev", "tmp", "run"]) {
    if (!existsSync(join(dir, path))) await mkdir(join(dir, path));
    for (const entry of await readdir(join(dir, path)))
      await rm(join(dir, path, entry), { recursive: true, force: true });
  }
}
