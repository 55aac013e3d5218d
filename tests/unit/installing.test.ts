// Proves what is asked of apt-get where packages are missing, with stand-ins for it on PATH. It does not prove that Debian has the packages.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import test from "ava";
import { installPackages, onPath } from "../../bundle/tools.ts";
import { ofSystem } from "../../cli/test/packages.ts";

const serial = test.serial;
const { PATH } = process.env;
const getuid = process.getuid;
let folder = "";

test.beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "podnet-installing-"));
  process.env["PATH"] = folder;
  process.getuid = () => 0;
});
test.afterEach.always(() => {
  process.env["PATH"] = PATH;
  if (getuid !== undefined) process.getuid = getuid;
  rmSync(folder, { recursive: true });
});

function program(name: string, text: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
  chmodSync(join(folder, name), 0o755);
}

const asked = (): string[] => readFileSync(join(folder, "asked"), "utf8").trimEnd().split("\n");

serial("packages are installed without what they only recommend, waiting for another apt-get", async (t) => {
  program("apt-get", `echo "$DEBIAN_FRONTEND $*" >>${folder}/asked`);
  await installPackages(["one", "two"]);
  t.deepEqual(asked(), [
    "noninteractive -qq update",
    "noninteractive -qq -o DPkg::Lock::Timeout=300 install --yes --no-install-recommends one two",
  ]);
});

serial(
  "docker's client is installed too on a Debian that has it in a package of its own, and not asked of another",
  async (t) => {
    program("apt-get", `echo "$*" >>${folder}/asked`);
    program("apt-cache", `test "$*" = "show docker-cli"`);
    await installPackages(["docker.io"], { whereKnown: ["docker-cli"] });
    t.regex(asked().at(-1) ?? "", /--no-install-recommends docker\.io docker-cli$/);
    program("apt-cache", "exit 100");
    await installPackages(["docker.io"], { whereKnown: ["docker-cli"] });
    t.regex(asked().at(-1) ?? "", /--no-install-recommends docker\.io$/);
  },
);

serial("whoever is not root is told the command, and nothing is asked of apt-get", async (t) => {
  program("apt-get", `echo "$*" >>${folder}/asked`);
  process.getuid = () => 1000;
  await t.throwsAsync(installPackages(["curl"]), { message: "curl is missing; install it: sudo apt-get install curl" });
  await t.throwsAsync(installPackages(["docker.io", "iptables"], { what: "a container engine" }), {
    message: "a container engine is missing; install it: sudo apt-get install docker.io iptables",
  });
  t.false(existsSync(join(folder, "asked")));
});

serial("where there is no apt-get, the package is named all the same", async (t) => {
  await t.throwsAsync(installPackages(["curl", "xz-utils"]), {
    message:
      "curl, xz-utils are missing, and without apt-get the lab cannot install them; Debian's name for them: curl xz-utils",
  });
});

serial("a program counts as there where only root's PATH leads", (t) => {
  program("here", "");
  t.is(onPath("here"), join(folder, "here"));
  t.is(onPath("ldconfig"), "/usr/sbin/ldconfig");
  t.is(onPath("no-such-program"), undefined);
});

test("a program of a package of npm's is not taken for the system's of that name", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "podnet-installing-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const [npm, own] = [join(folder, "node_modules/.bin"), join(folder, "sbin")];
  for (const directory of [npm, own]) {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "podnet-nft"), "", { mode: 0o755 });
  }
  t.is(ofSystem("podnet-nft", npm), undefined);
  t.is(ofSystem("podnet-nft", [npm, own].join(delimiter)), join(own, "podnet-nft"));
});
