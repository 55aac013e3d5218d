/** The root file system of a user's machine, from its distribution's packages. */
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import type { Artifact } from "../../bundle/artifact.ts";
import { assertRuns, mmdebstrap } from "../../bundle/debian.ts";
import { Store } from "../../bundle/store.ts";
import { ensureTools } from "../../bundle/tools.ts";
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
    const why = await whyNotAtHand(root.suite);
    if (why !== undefined) return { absent: `the archive of ${root.title[0]} was not at hand: ${why}` };
  }
  for (const needed of artifact.needs) await store.ensure(needed);
  return join(await store.ensure(artifact), "rootfs.tar");
}

/** Ubuntu's, where mmdebstrap knows it to be. Universe has docker's build plugin. */
const ubuntu = {
  components: "main,universe",
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
        await mmdebstrap(context, hostArch(), [`--keyring=${key}`, `--components=${ubuntu.components}`, ...args]);
      } finally {
        rmSync(open, { recursive: true });
      }
    },
  };
}

/** What fetches the key, and nothing else: no signature can be asked for yet. */
const unsigned = [
  "--variant=extract",
  "--include=ubuntu-keyring",
  '--aptopt=Acquire::AllowInsecureRepositories "true"',
  '--aptopt=APT::Get::AllowUnauthenticated "true"',
] as const;

/** Taken only where it is the one that is known. */
const ubuntuKey: Artifact = {
  name: "ubuntu-key",
  arch: hostArch(),
  about: 10,
  inputs: ubuntu,
  needs: [],
  async build(context) {
    const dir = join(context.scratch, "keyring");
    await mmdebstrap(context, hostArch(), [...unsigned, "--format=directory", "noble", dir]);
    const file = join(dir, ubuntu.key.file);
    const sum = createHash("sha256").update(readFileSync(file)).digest("hex");
    if (sum !== ubuntu.key.sha256) throw new Error(`the key of Ubuntu's archive has the sum ${sum}, not the known one`);
    copyFileSync(file, join(context.out, "key.gpg"));
  },
};

/** Asks the archive for its index, and nothing is unpacked. Asked twice: one lost answer is none. */
async function whyNotAtHand(suite: string): Promise<string | undefined> {
  await ensureTools(["mmdebstrap"]);
  let why = "";
  for (let tries = 0; tries < 2; tries++) {
    const ask = ["--simulate", "--format=null", ...unsigned, suite, "/dev/null"];
    const { exitCode, all = "" } = await execa("mmdebstrap", ask, {
      all: true,
      reject: false,
      stdin: "ignore",
      timeout: 120_000,
    });
    if (exitCode === 0) return undefined;
    why = /^[EW]: (.*)$/m.exec(all)?.[1] ?? `mmdebstrap ends with ${exitCode}`;
  }
  return why;
}
