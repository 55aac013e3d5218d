// Proves what ./lab doctor says of this machine's tools, shell and checkout, row by row, for given facts; and how the facts of docker's own
// configuration and of a missing program are gathered. The rows on disks, kernel, ports and parts: lab-views.test.ts.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { judge } from "../../cli/doctor/checks.ts";
import type { Facts } from "../../cli/doctor/facts.ts";
import type { Verdict } from "../../cli/doctor/finding.ts";
import {
  brokenConfig,
  type DockerClient,
  gatherSurroundings,
  type Surroundings,
} from "../../cli/doctor/surroundings.ts";
import { good as complete } from "./doctor-facts.ts";
import { nodeProblem } from "../../node-version.js";

/** A user who is not root, and something to download. */
const good: Facts = { ...complete, root: false, canInstall: false, bundleSeconds: 60, bundleWay: "release" };

interface Row {
  readonly about: Partial<Surroundings>;
  readonly docker?: Partial<DockerClient>;
  readonly facts?: Partial<Facts>;
  readonly what: string;
  readonly verdict: Verdict;
  /** What is found, and the remedy. */
  readonly says: RegExp;
}

const rows: Readonly<Record<string, Row>> = {
  "a value that the lab would refuse": {
    about: { configProblems: ["workers 0 is less than 1", 'podCidr "x" is not a range'] },
    what: "config",
    verdict: "you",
    says: /^2 values cannot be used workers 0 is less than 1; podCidr/,
  },
  "a checkout with Windows line ends": {
    about: { windowsFiles: ["lab", "nodes/lib/say.sh"] },
    what: "line ends",
    verdict: "you",
    says: /CRLF in lab and 1 more .*git clone -c core\.autocrlf=input/,
  },
  "a Node that the rule does not take": {
    about: { nodeProblem: nodeProblem("24.1.0") },
    what: "Node.js",
    verdict: "you",
    says: /package\.json wants \^22\.18 \|\| >=24\.2/,
  },
  "no npm": { about: { missing: ["npm"] }, what: "npm", verdict: "note", says: /when package-lock\.json changes/ },
  "no npm, and a lab on EC2 whose packages are not there": {
    about: { missing: ["npm"] },
    facts: { platform: "aws" },
    what: "npm",
    verdict: "you",
    says: /packages for EC2/,
  },
  "no curl": { about: { missing: ["curl"] }, what: "curl", verdict: "you", says: /sudo apt-get install curl/ },
  "no curl, and no apt": {
    about: { missing: ["curl"] },
    facts: { apt: false },
    what: "curl",
    verdict: "you",
    says: /install it: by this system's package manager \(Debian's name: curl\)/,
  },
  "no curl, where root's ./lab installs it": {
    about: { missing: ["curl"] },
    facts: { canInstall: true },
    what: "curl",
    verdict: "lab",
    says: /installs it/,
  },
  "no curl, and nothing to download": {
    about: { missing: ["curl"] },
    facts: { bundleSeconds: 0, pulumiSeconds: 0 },
    what: "curl",
    verdict: "note",
    says: /nothing is to be downloaded now/,
  },
  "no ssh-keygen": {
    about: { missing: ["ssh-keygen"] },
    what: "OpenSSH",
    verdict: "you",
    says: /missing: ssh-keygen .*openssh-client/,
  },
  "no ssh": { about: { missing: ["ssh"] }, what: "OpenSSH", verdict: "note", says: /\.\/lab ssh/ },
  "no systemd-detect-virt": {
    about: { virtualisation: undefined },
    what: "this machine",
    verdict: "ok",
    says: /not known, for there is no systemd-detect-virt/,
  },
  "an engine that DOCKER_HOST chooses": {
    about: {},
    docker: { host: "unix:///run/other.sock" },
    what: "DOCKER_HOST",
    verdict: "ok",
    says: /unix:\/\/\/run\/other\.sock/,
  },
  "docker from snap": {
    about: {},
    docker: { snap: true },
    what: "docker's client",
    verdict: "ok",
    says: /from snap: it sees no hidden folder/,
  },
  "no buildx": {
    about: {},
    docker: { buildx: false },
    what: "docker's builder",
    verdict: "ok",
    says: /classic one, for there is no buildx/,
  },
  "a helper for passwords that is gone": {
    about: {},
    docker: { config: { file: "/home/me/.docker/config.json", problem: "it names docker-credential-desktop.exe" } },
    what: "docker's config",
    verdict: "note",
    says: /credential-desktop\.exe .*edit \/home\/me\/\.docker\/config\.json/,
  },
  PULUMI_ACCESS_TOKEN: {
    about: { stateElsewhere: "PULUMI_ACCESS_TOKEN is set: ..." },
    what: "state",
    verdict: "note",
    says: /PULUMI_ACCESS_TOKEN is set/,
  },
  "another passphrase than before": {
    about: { otherPassphrase: "the secrets of stack dev were encrypted with ..." },
    what: "passphrase",
    verdict: "you",
    says: /were encrypted with/,
  },
};

for (const [name, { about, docker, facts, what, verdict, says }] of Object.entries(rows)) {
  test(`doctor knows: ${name}`, (t) => {
    const surroundings = {
      ...good.surroundings,
      ...about,
      docker: { ...good.surroundings.docker, ...docker },
    };
    const row = judge({ ...good, ...facts, surroundings }).find((one) => one.what === what);
    t.is(row?.verdict, verdict);
    t.regex(`${row?.found} ${row?.remedy}`, says);
    const before = judge({ ...good, ...facts }).find((one) => one.what === what);
    t.notRegex(`${before?.found} ${before?.remedy}`, says, "without it the row says something else");
  });
}

test("a remedy names apt only where there is one", (t) => {
  const bare: Facts = {
    ...good,
    engine: { state: "none" },
    cgroup: "none",
    surroundings: { ...good.surroundings, missing: ["curl", "ssh-keygen"] },
  };
  const naming = (facts: Facts): string[] =>
    judge(facts)
      .filter(({ remedy }) => remedy?.includes("apt-get"))
      .map(({ what }) => what);
  t.deepEqual(naming(bare), ["container engine", "cgroups", "curl", "OpenSSH"]);
  t.deepEqual(naming({ ...bare, apt: false }), []);
});

test("docker's configuration is broken where it is no JSON, or names a helper that is not there", (t) => {
  const isThere = (program: string): boolean => program === "docker-credential-pass";
  t.is(brokenConfig("{", isThere), "it is not JSON");
  t.is(brokenConfig('{ "credsStore": "pass", "auths": {} }', isThere), undefined);
  t.is(
    brokenConfig('{ "credsStore": "desktop.exe" }', isThere),
    "it names docker-credential-desktop.exe, which is not there",
  );
  t.regex(brokenConfig('{ "credHelpers": { "ghcr.io": "gone" } }', isThere) ?? "", /docker-credential-gone/);
});

test.serial("they are gathered from PATH, the shell and docker's own folder", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "podnet-doctor-"));
  const { PATH, DOCKER_CONFIG } = process.env;
  t.teardown(() => {
    process.env["PATH"] = PATH;
    if (DOCKER_CONFIG === undefined) delete process.env["DOCKER_CONFIG"];
    rmSync(folder, { recursive: true });
  });
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "config.json"), '{ "credsStore": "gone" }');
  // This docker has no buildx.
  writeFileSync(join(folder, "bin", "docker"), "#!/bin/sh\nexit 1\n");
  writeFileSync(join(folder, "bin", "ssh-keygen"), "#!/bin/sh\n");
  for (const name of ["docker", "ssh-keygen"]) chmodSync(join(folder, "bin", name), 0o755);
  process.env["PATH"] = join(folder, "bin");
  const found = await gatherSurroundings("dev", { DOCKER_CONFIG: folder, DOCKER_HOST: "tcp://10.0.0.1:2375" });
  t.deepEqual(found.missing, ["curl", "npm", "ssh", "ssh-keyscan"]);
  t.is(found.virtualisation, undefined);
  t.like(found.docker, { buildx: false, snap: false, host: "tcp://10.0.0.1:2375" });
  t.regex(found.docker.config?.problem ?? "", /docker-credential-gone/);
  t.deepEqual([found.configProblems, found.windowsFiles, found.nodeProblem], [[], [], undefined]);
});

test("IPv6 is looked at where the lab shall have it, and nowhere else", (t) => {
  const row = (more: object) => judge({ ...good, ...more }).find(({ what }) => what === "kernel: ipv6");
  t.is(row({}), undefined);
  t.is(row({ ipv6: true })?.verdict, "ok");
  t.like(row({ ipv6: false }), {
    verdict: "you",
    remedy: "sudo modprobe ipv6, or boot without ipv6.disable=1, or: ./lab pulumi config set ipFamily ipv4",
  });
});
