/** Runs rows that need no root file system: another environment on this machine is stranger enough. */
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { execa } from "execa";
import type { Artifact } from "../../bundle/artifact.ts";
import { cacheRoot, Store } from "../../bundle/store.ts";
import { hostArch } from "../../bundle/versions.ts";
import { copyCheckout } from "./checkout.ts";
import { layPulumi } from "./plain-pulumi.ts";
import { doctorOf, type Row, type Said } from "./row.ts";

const checkout = join(import.meta.dirname, "..", "..");

export interface HereRow extends Row {
  /** A short one runs in every `./lab test`. */
  readonly short?: true;
  /** This Node.js first on PATH. @default the one that runs the tests */
  readonly node?: string;
  /** Programs that PATH leads to no more. */
  readonly without?: readonly string[];
  /** busybox's programs before all others on PATH. */
  readonly busybox?: true;
  /** What the stand-in for docker, first on PATH, holds: see tests/unit/fake-docker.sh. */
  readonly engine?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Nothing was ever built or fetched. */
  readonly firstTime?: true;
  /** How the checkout came there. @default its files as they are */
  readonly checkout?: "cloned with core.autocrlf" | "from a zip" | "with CRLF";
  /** Pulumi as a user has installed it, with nothing of ./lab's. */
  readonly pulumi?: true;
}

/** Runs a row's command in a checkout, a home and with a PATH of its own. @param andDoctor whether `./lab doctor` is asked there too */
export async function runHere(row: HereRow, andDoctor = false): Promise<Said & { readonly doctor?: Said }> {
  const folder = mkdtempSync(join(tmpdir(), "podnet-stranger-"));
  try {
    const lab = join(folder, "lab");
    await layCheckout(row, lab);
    mkdirSync(join(folder, "home"));
    const path = await pathOf(row, folder);
    const env = {
      ...process.env,
      HOME: join(folder, "home"),
      // The lab is to take Pulumi from where it keeps it, and no state of anybody's.
      PODNET_CACHE: row.firstTime ? join(folder, "cache") : cacheRoot(),
      NO_COLOR: "1",
      DOCKER_HOST: "",
      NODE_COMPILE_CACHE: join(checkout, ".lab", "compiled"),
      // Pulumi asks the system, and not HOME, where a user's home is: it is told where else to keep its things.
      PULUMI_HOME: join(folder, "home", ".pulumi"),
      PULUMI_BACKEND_URL: row.pulumi ? `file://${folder}/home` : "",
      PULUMI_BIN: "",
      ...row.env,
      PATH: path,
    };
    const run = async (command: string): Promise<Said> => {
      const line = ["timeout", "-k", "5", String(row.seconds ?? 120), "bash", "-c", command] as const;
      const options = { cwd: lab, env, all: true, reject: false, stdin: "ignore" } as const;
      const { exitCode, all } = await execa(line[0], line.slice(1), options);
      return { exitCode, all };
    };
    const said = await run(row.command);
    const asked = andDoctor ? doctorOf(row) : undefined;
    return { ...said, ...(asked !== undefined && { doctor: await run(asked) }) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function layCheckout(row: HereRow, lab: string): Promise<void> {
  switch (row.checkout) {
    case "cloned with core.autocrlf":
      await execa("git", [
        "clone",
        "--quiet",
        "--config",
        "core.autocrlf=true",
        "--depth",
        "1",
        `file://${checkout}`,
        lab,
      ]);
      break;
    case "from a zip": {
      const zip = `${lab}.zip`;
      // As a download site makes it for people whose git turns line ends around.
      const pack = ["-c", "core.autocrlf=true", "archive", "--format=zip", `--output=${zip}`, "HEAD"];
      await execa("git", pack, { cwd: checkout });
      await execa("unzip", ["-q", zip, "-d", lab]);
      break;
    }
    case "with CRLF":
    case undefined:
      mkdirSync(lab);
      await copyCheckout(lab);
      break;
    default: {
      const unknown: never = row.checkout;
      throw new Error(`no such checkout: ${String(unknown)}`);
    }
  }
  if (row.checkout === "with CRLF") await execa("sed", ["-i", "s/$/\\r/", join(lab, "lab")]);
  mkdirSync(join(lab, "node_modules"));
  for (const entry of readdirSync(join(checkout, "node_modules")))
    symlinkSync(join(checkout, "node_modules", entry), join(lab, "node_modules", entry));
  copyFileSync(join(lab, "package-lock.json"), join(lab, "node_modules", ".podnet-lock.json"));
}

/** Most to say first: a stand-in for docker, busybox, Node.js, what was there. */
async function pathOf(row: HereRow, folder: string): Promise<string> {
  const { without = [], busybox, engine, pulumi } = row;
  const before: string[] = [];
  const own = (name: string): string => {
    const dir = join(folder, name);
    mkdirSync(dir);
    before.push(dir);
    return dir;
  };
  if (engine !== undefined) {
    const dir = own("engine");
    copyFileSync(join(checkout, "tests/unit/fake-docker.sh"), join(dir, "docker"));
    writeFileSync(join(dir, "calls"), "");
    writeFileSync(join(dir, "before"), "");
    writeFileSync(join(dir, "things"), engine.map((thing) => `${thing}\n`).join(""));
    chmodSync(join(dir, "docker"), 0o755);
  }
  const node = row.node === undefined ? dirname(process.execPath) : await ensureNode(row.node);
  if (pulumi) before.push(await layPulumi(join(folder, "home"), join(node, "node")));
  if (busybox) await execa("busybox", ["--install", "-s", own("busybox")]);
  before.push(node);
  const rest = (process.env["PATH"] ?? "").split(delimiter).filter(Boolean);
  if (without.length === 0) return [...before, ...rest].join(delimiter);
  // The first of each name, as a shell finds it.
  const dir = join(folder, "rest");
  mkdirSync(dir);
  const seen = new Set(without);
  for (const from of [...rest, "/usr/sbin", "/sbin"])
    for (const name of entries(from)) {
      if (seen.has(name)) continue;
      seen.add(name);
      symlinkSync(join(from, name), join(dir, name));
    }
  return [...before, dir].join(delimiter);
}

function entries(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** The folder with that Node.js, from its npm package, kept where the lab keeps what it has fetched. */
async function ensureNode(version: string): Promise<string> {
  const name = `node-linux-${hostArch() === "amd64" ? "x64" : "arm64"}`;
  const artifact: Artifact = {
    name: "tests-node",
    arch: hostArch(),
    about: 10,
    inputs: { version },
    needs: [],
    async build({ out, scratch, run }) {
      writeFileSync(join(scratch, "package.json"), "{}");
      const flags = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--include=optional"];
      await run("npm", ["install", ...flags, `${name}@${version}`], { cwd: scratch });
      copyFileSync(join(scratch, "node_modules", name, "bin", "node"), join(out, "node"));
    },
  };
  return await new Store().ensure(artifact);
}
