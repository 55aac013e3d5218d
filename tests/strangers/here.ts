/** Rows that need no root file system: another environment on this machine is stranger enough. */
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
import type { Row, Said } from "./row.ts";

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
  readonly checkout?: "cloned with core.autocrlf" | "with CRLF";
}

const plain = `node -e 'import("./start.js").then((it) => it.default()).catch((it) => { console.error(it.message); process.exit(1); })'`;

/** Of each release line an old and a new one, around what the rule in package.json says. */
const nodes: readonly (readonly [version: string, taken: boolean, short?: true])[] = [
  ["18.20.8", false],
  ["20.19.4", false],
  ["22.17.1", false, true],
  ["22.18.0", true, true],
  ["23.11.1", false],
  ["24.0.0", false],
  ["24.2.0", true],
  ["26.12.1", true],
];

const fetched = "24.21.0";

const nodeRows = nodes.flatMap(([node, taken, short]): HereRow[] => [
  {
    name: taken
      ? [`Node.js ${node}`, `Node.js ${node}`]
      : [
          `Node.js ${node}, which the lab does not take: it runs on the one that it has fetched`,
          `本项目不接受的 Node.js ${node}：用它自己获取的那个运行`,
        ],
    node,
    ...(short && { short }),
    command: "./lab doctor",
    // What this machine has besides is no matter of its Node.js.
    ends: {
      kind: "works",
      shows: new RegExp(`^ok +Node\\.js +v${(taken ? node : fetched).replaceAll(".", "\\.")}$`, "m"),
    },
  },
  {
    name: [`Node.js ${node}, the program started without ./lab`, `Node.js ${node}，不经 ./lab 启动程序`],
    node,
    ...(short && { short }),
    command: plain,
    shown: "node start.js",
    // Read, it misses the config that Pulumi would give it.
    ends: taken
      ? { kind: "refused", says: /^the config of stack .* cannot be used:$/ }
      : {
          kind: "refused",
          says: new RegExp(
            `^Node\\.js ${node} does not run this project .*install Node\\.js 24 LTS, or start it with \\./lab`,
          ),
        },
  },
]);

/** A lab of another clone, under the default stack's names. */
const another = ["k8s-master", "k8s-worker1", "k8s-worker2"]
  .map((node) => `container|podnet-dev-${node}|dev-00000002|dev|/home/other/lab|running `)
  .concat("network|podnet-dev|dev-00000002|dev|/home/other/lab|172.28.56.0/24 podnet-dev-k8s-master");

export const hereRows: readonly HereRow[] = [
  ...nodeRows,
  {
    name: ["no curl, and no apt-get to install it with", "没有 curl，也没有可以用来安装它的 apt-get"],
    short: true,
    without: ["curl", "apt-get"],
    firstTime: true,
    command: "./lab up",
    ends: {
      kind: "refused",
      says: /curl is missing, and without apt-get the lab cannot install it; Debian's name for it: curl$/,
    },
  },
  {
    name: [
      "no OpenSSH client, and no apt-get to install it with",
      "没有 OpenSSH 客户端，也没有可以用来安装它的 apt-get",
    ],
    short: true,
    without: ["ssh-keygen", "apt-get"],
    command: "./lab up",
    ends: {
      kind: "refused",
      says: /openssh-client is missing, and without apt-get the lab cannot install it; Debian's name for it: openssh-client$/,
    },
  },
  {
    name: ["no systemd-detect-virt", "没有 systemd-detect-virt"],
    short: true,
    without: ["systemd-detect-virt"],
    command: "./lab doctor",
    ends: { kind: "works", shows: /^ok +Node\.js/m },
  },
  {
    name: ["busybox's programs first on PATH", "PATH 中最先找到的是 busybox 的程序"],
    short: true,
    busybox: true,
    command: "./lab doctor",
    ends: { kind: "works", shows: /^ok +npm packages/m },
  },
  {
    name: ["a clone made with core.autocrlf=true", "以 core.autocrlf=true 克隆"],
    checkout: "cloned with core.autocrlf",
    command: "./lab doctor",
    ends: { kind: "works", shows: /^ok +npm packages/m },
  },
  {
    name: ["a checkout with CRLF, copied from Windows", "从 Windows 复制来的、带 CRLF 的检出目录"],
    short: true,
    checkout: "with CRLF",
    command: "bash lab up",
    ends: {
      kind: "refused",
      says: /^lab: this checkout has Windows line ends \(CRLF\), .*git clone -c core\.autocrlf=input$/,
    },
  },
  {
    name: ["DOCKER_HOST names a TCP port that nothing listens on", "DOCKER_HOST 指向没有程序监听的 TCP 端口"],
    short: true,
    env: { DOCKER_HOST: "tcp://127.0.0.1:1" },
    command: "./lab up",
    ends: {
      kind: "refused",
      says: /^DOCKER_HOST "tcp:\/\/127\.0\.0\.1:1" does not answer; start that engine, or unset DOCKER_HOST to let the lab start one$/,
    },
  },
  {
    name: ["DOCKER_HOST names an engine elsewhere, through SSH", "DOCKER_HOST 经 SSH 指向别处的引擎"],
    short: true,
    env: { DOCKER_HOST: "ssh://me@192.0.2.1" },
    command: "./lab up",
    ends: {
      kind: "refused",
      says: /^DOCKER_HOST ssh:\/\/me@192\.0\.2\.1 is on another machine.*run the lab there, or unset DOCKER_HOST$/,
    },
  },
  {
    name: ["another clone's lab has the names that this one needs", "另一个克隆的实验环境占用了本实验需要的名字"],
    short: true,
    engine: another,
    command: "./lab up",
    seconds: 120,
    ends: {
      kind: "refused",
      says: /the container "podnet-dev-k8s-master" is that of lab "dev" \(dev-00000002\) of \/home\/other\/lab; this is lab "dev"/,
    },
  },
  {
    name: ["the same, with busybox's programs first on PATH", "同上，且 PATH 中最先找到的是 busybox 的程序"],
    engine: another,
    busybox: true,
    command: "./lab up",
    seconds: 120,
    ends: {
      kind: "refused",
      says: /the container "podnet-dev-k8s-master" is that of lab "dev" \(dev-00000002\) of \/home\/other\/lab; this is lab "dev"/,
    },
  },
];

/** Runs a row's command in a checkout, a home and with a PATH of its own. */
export async function runHere(row: HereRow): Promise<Said> {
  const folder = mkdtempSync(join(tmpdir(), "podnet-stranger-"));
  try {
    const lab = join(folder, "lab");
    await layCheckout(row, lab);
    const path = await pathOf(row, folder);
    const env = {
      ...process.env,
      HOME: join(folder, "home"),
      // The lab is to take Pulumi from where it keeps it, and no state of anybody's.
      PODNET_CACHE: row.firstTime ? join(folder, "cache") : cacheRoot(),
      NO_COLOR: "1",
      DOCKER_HOST: "",
      NODE_COMPILE_CACHE: join(checkout, ".lab", "compiled"),
      PULUMI_BACKEND_URL: "",
      PULUMI_BIN: "",
      ...row.env,
      PATH: path,
    };
    mkdirSync(env.HOME);
    const line = ["timeout", "-k", "5", String(row.seconds ?? 60), "bash", "-c", row.command] as const;
    const { exitCode, all } = await execa(line[0], line.slice(1), {
      cwd: lab,
      env,
      all: true,
      reject: false,
      stdin: "ignore",
    });
    return { exitCode, all };
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
async function pathOf({ node, without = [], busybox, engine }: HereRow, folder: string): Promise<string> {
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
  if (busybox) await execa("busybox", ["--install", "-s", own("busybox")]);
  before.push(node === undefined ? dirname(process.execPath) : await ensureNode(node));
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
