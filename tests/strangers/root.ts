/** The root file system of a user's machine, from its distribution's packages. */
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Artifact } from "../../bundle/artifact.ts";
import { assertRuns, mmdebstrap } from "../../bundle/debian.ts";
import { Store } from "../../bundle/store.ts";
import { hostArch } from "../../bundle/versions.ts";
import type { Words } from "./row.ts";

export interface Root {
  /** For people. */
  readonly title: Words;
  /** The distribution's name of the release. */
  readonly suite: string;
  /** @default "Debian" */
  readonly distribution?: "Debian" | "Ubuntu";
  /** What stands beside the smallest system. */
  readonly packages: readonly string[];
}

/** @returns its tar, or in one sentence why it cannot be had here */
export async function ensureRoot(root: Root): Promise<string | { readonly absent: string }> {
  const [store, artifact] = [new Store(), rootArtifact(root)];
  if (root.distribution === "Ubuntu" && !store.has(artifact)) {
    const why = await whyNoAnswer(`${ubuntu.archive}/dists/${root.suite}/InRelease`);
    if (why !== undefined) return { absent: `${new URL(ubuntu.archive).host} does not answer here: ${why}` };
  }
  for (const needed of artifact.needs) await store.ensure(needed);
  return join(await store.ensure(artifact), "rootfs.tar");
}

const ubuntu = {
  archive: "http://archive.ubuntu.com/ubuntu",
  /** The key F6ECB3762474EDA9D21B7022871920D1991BC93C alone, as Ubuntu ships it; Debian 12 has no package of it. */
  key: {
    file: "etc/apt/trusted.gpg.d/ubuntu-keyring-2018-archive.gpg",
    sha256: "5ebbeeb474034b1fa7e50abbe6f136e177fc826219e01f314b3623f7b3097e96",
  },
} as const;

/** The smallest system with those packages, as a tar. */
function rootArtifact({ suite, packages, distribution = "Debian" }: Root): Artifact {
  const other = distribution === "Ubuntu";
  return {
    name: "user-machine",
    arch: hostArch(),
    about: other ? 120 : 40,
    inputs: { suite, packages, ...(other && { ubuntu }) },
    needs: other ? [ubuntuKey] : [],
    async build(context) {
      assertRuns(hostArch());
      const args = ["--variant=minbase", `--include=${packages.join(",")}`, suite, join(context.out, "rootfs.tar")];
      if (!other) return await mmdebstrap(context, hostArch(), args);
      // apt's own user reads the key, and may not look into root's home.
      const open = mkdtempSync(join(tmpdir(), "podnet-ubuntu-key-"));
      try {
        chmodSync(open, 0o755);
        const key = join(open, "key.gpg");
        copyFileSync(join(context.dirOf(ubuntuKey), "key.gpg"), key);
        chmodSync(key, 0o644);
        const source = (name: string): string => `deb [signed-by=${key}] ${ubuntu.archive} ${name} main universe`;
        await mmdebstrap(context, hostArch(), [...args, source(suite), source(`${suite}-updates`)]);
      } finally {
        rmSync(open, { recursive: true });
      }
    },
  };
}

/** Fetched without a signature, which is what it is for, and taken only where it is the one that is known. */
const ubuntuKey: Artifact = {
  name: "ubuntu-key",
  arch: hostArch(),
  about: 10,
  inputs: ubuntu,
  needs: [],
  async build(context) {
    const dir = join(context.scratch, "keyring");
    const unsigned = `deb [trusted=yes] ${ubuntu.archive} noble main`;
    const extract = ["--variant=extract", "--format=directory", "--include=ubuntu-keyring"];
    await mmdebstrap(context, hostArch(), [...extract, "noble", dir, unsigned]);
    const file = join(dir, ubuntu.key.file);
    const sum = createHash("sha256").update(readFileSync(file)).digest("hex");
    if (sum !== ubuntu.key.sha256) throw new Error(`the key of Ubuntu's archive has the sum ${sum}, not the known one`);
    copyFileSync(file, join(context.out, "key.gpg"));
  },
};

/** Asked twice: one lost answer is none. */
async function whyNoAnswer(url: string): Promise<string | undefined> {
  let why = "";
  for (let tries = 0; tries < 2; tries++) {
    try {
      const { ok, status } = await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(15_000) });
      if (ok) return undefined;
      why = `status ${status}`;
    } catch (error) {
      const { cause, message } = error as Error;
      why = cause instanceof Error ? cause.message : message;
    }
  }
  return why;
}
