import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import type { Run } from "./artifact.ts";

/** Debian packages the lab may call for on the user's machine, each with what shows that it is there: a file, or a program on PATH. */
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
  curl: "curl",
  "openssh-client": "ssh-keygen",
  iproute2: "ip",
} as const;

export type Tool = keyof typeof proofs;

/** Installs the Debian packages that are missing, or fails with the command that does. */
export async function ensureTools(tools: readonly Tool[], run: Run = quietly): Promise<void> {
  const missing = tools.filter((tool) => !isThere(proofs[tool]));
  if (missing.length > 0) await installPackages(missing, { run });
}

const isThere = (proof: string): boolean => (proof.startsWith("/") ? existsSync(proof) : onPath(proof) !== undefined);

/** The file of a program on PATH, or where only root's PATH leads, as to sshd. */
export function onPath(program: string, path = process.env["PATH"] ?? ""): string | undefined {
  return [...path.split(delimiter), "/usr/sbin", "/sbin"]
    .filter((directory) => directory !== "")
    .map((directory) => join(directory, program))
    .find((file) => existsSync(file));
}

/** The directory of the node that runs this program: plugins, programs and the verbs of platforms/ start under the same one. */
export const nodeDir = dirname(process.execPath);

/** PATH with these directories first; each once. */
export function pathWith(directories: readonly string[], path = process.env["PATH"] ?? ""): string {
  const rest = path.split(delimiter).filter((directory) => !directories.includes(directory));
  return [...directories, ...rest].join(delimiter);
}

/** Whether Debian packages can be installed from here. */
export const canInstall = (): boolean => process.getuid?.() === 0 && onPath("apt-get") !== undefined;

/** What a user types to install Debian packages, or what to look for on a system without apt; follows a colon. */
export const installBy = (packages: string, apt = onPath("apt-get") !== undefined): string =>
  apt ? `sudo apt-get install ${packages}` : `by this system's package manager (Debian's name: ${packages})`;

/** A program that only the user can install: the message is one sentence that says how. */
export class MissingProgram extends Error {}

export interface Installation {
  /** What is missing, for the error. @default the packages' names */
  readonly what?: string;
  /** Packages that go with them on a Debian that has them; another has their content in the first ones. */
  readonly whereKnown?: readonly string[];
  /** Runs apt-get. @default quietly: what it prints is shown when it fails */
  readonly run?: Run;
}

/**
 * The one place where something is installed on the user's machine: Debian packages, as root.
 * @throws MissingProgram with the command to run, where it cannot be done from here
 */
export async function installPackages(packages: readonly string[], options: Installation = {}): Promise<void> {
  const { what = packages.join(", "), whereKnown = [], run = quietly } = options;
  const plural = options.what === undefined && packages.length > 1;
  const [is, it] = plural ? ["are", "them"] : ["is", "it"];
  if (onPath("apt-get") === undefined) {
    throw new MissingProgram(
      `${what} ${is} missing, and without apt-get the lab cannot install ${it}; Debian's name for ${it}: ${packages.join(" ")}`,
    );
  }
  if (!canInstall()) {
    throw new MissingProgram(`${what} ${is} missing; install ${it}: sudo apt-get install ${packages.join(" ")}`);
  }
  const install = async (): Promise<void> => {
    // Ended in the middle it would leave the user's dpkg to be repaired by hand.
    const how = { env: { DEBIAN_FRONTEND: "noninteractive" }, toItsEnd: true };
    await run("apt-get", ["-qq", "update"], how);
    const known = whereKnown.filter((name) => answer("apt-cache", ["show", name]) !== undefined);
    // Another process may want packages as well: apt waits for its own lock.
    const options = ["-qq", "-o", "DPkg::Lock::Timeout=300", "install", "--yes", "--no-install-recommends"];
    await run("apt-get", [...options, ...packages, ...known], how);
  };
  const mine = installing.then(install, install);
  installing = mine;
  await mine;
}

/** Two builds of this process may want packages at once, and `apt-get update` waits for no lock. */
let installing: Promise<unknown> = Promise.resolve();

/** Where no step's log is at hand. */
const quietly: Run = async (file, args, { cwd, env } = {}) => {
  const { execa } = await import("execa");
  await execa(file, args, { ...(cwd ? { cwd } : {}), env: { ...env }, stdin: "ignore" });
};

/** The output of a short command, or undefined where it is missing or fails. */
export function answer(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): string | undefined {
  const { status, stdout } = spawnSync(file, args, { encoding: "utf8", env: { ...process.env, ...env } });
  return status === 0 ? stdout.trim() : undefined;
}

/**
 * Writes a file in one step: who reads it meanwhile has the old one or the new one, and either whole. A file that has this content already is left
 * alone.
 */
export function writeWhole(file: string, content: string | Buffer): void {
  if (existsSync(file) && readFileSync(file).equals(Buffer.from(content))) return;
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, content);
  renameSync(draft, file);
}

/** A file's text; undefined where it does not exist or may not be read. */
export function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
