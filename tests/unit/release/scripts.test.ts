// What the release way's scripts and the image's build ask of docker and crane, with stand-ins for both. It does not prove that docker builds.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { execa } from "execa";
import { builder } from "../../../platforms/local/image-build.ts";

const root = join(import.meta.dirname, "../../..");
const digest = `sha256:${"ab".repeat(32)}`;

function folderOf(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), "podnet-scripts-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function program(folder: string, name: string, text: string): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
  chmodSync(join(folder, name), 0o755);
  return join(folder, name);
}

const runScript = (name: string, env: Readonly<Record<string, string>>) =>
  execa("bash", ["-c", 'set -euo pipefail; . "$1"; . "$2"', "bash", join(root, "nodes/lib/say.sh"), join(root, name)], {
    env,
    reject: false,
  });

/** A crane whose registry needs no password, and which fails where the configuration names a helper for one. */
const crane = (folder: string): string =>
  program(
    folder,
    "crane",
    `grep -qs credsStore "$DOCKER_CONFIG/config.json" && { echo 'error getting credentials: "docker-credential-desktop.exe": not found' >&2; exit 1; }
case $1 in digest) echo ${digest} ;; config) echo '{"architecture": "amd64"}' ;; export) : >"$3" ;; esac`,
  );

const pull = (folder: string, config: string) => {
  mkdirSync(join(folder, "config"), { recursive: true });
  mkdirSync(join(folder, "to"));
  writeFileSync(join(folder, "config/config.json"), config);
  const params = {
    CRANE: crane(folder),
    FROM: "r.example/a:v1",
    ARCH: "amd64",
    PLAIN_HTTP: "",
    TO: join(folder, "to"),
  };
  return runScript("bundle/release/pull.sh", { ...params, DOCKER_CONFIG: join(folder, "config") });
};

test("a configuration of docker's that names a helper which is gone does not stop a public pull", async (t) => {
  const folder = folderOf(t);
  const { exitCode, stderr } = await pull(folder, '{ "credsStore": "desktop.exe" }');
  t.is(exitCode, 0, stderr);
  t.regex(stderr, /once more, without docker's own configuration/);
  t.is(readFileSync(join(folder, "to/digest"), "utf8").trim(), digest);
  t.true(existsSync(join(folder, "to/rootfs.tar")));
  t.false(existsSync(join(folder, "to/no-config")));
});

test("where no helper is named, a failure is a failure at once, told in its last line", async (t) => {
  const folder = folderOf(t);
  program(folder, "failing", "echo one >&2; echo two >&2; exit 1");
  mkdirSync(join(folder, "to"));
  const params = { FROM: "r.example/a:v1", ARCH: "amd64", PLAIN_HTTP: "", TO: join(folder, "to") };
  const env = { ...params, CRANE: join(folder, "failing"), DOCKER_CONFIG: folder };
  const { exitCode, stderr } = await runScript("bundle/release/pull.sh", env);
  t.is(exitCode, 3);
  t.is(stderr.split("\n").at(-1), "cannot pull r.example/a:v1: one two ");
});

test("docker is given no file of this machine: all goes by its standard input and output", async (t) => {
  const folder = folderOf(t);
  const base = join(folder, "hidden.tar");
  writeFileSync(base, "the base");
  mkdirSync(join(folder, "to"));
  // In the place of the container: what goes in is kept, and what comes out is a tar of nothing.
  program(
    join(folder, "bin"),
    "docker",
    `echo "$@" >>${folder}/asked
case $1 in import) cat >${folder}/imported ;; run) cat >${folder}/fed; tar -cf - -T /dev/null ;; export) echo exported ;; esac`,
  );
  const { exitCode, stderr } = await runScript("bundle/release/machine.sh", {
    PATH: [join(folder, "bin"), process.env["PATH"]].join(delimiter),
    BASE: base,
    ARCH: "amd64",
    SCRIPT: join(root, "bundle/release/rootfs.sh"),
    TO: join(folder, "to"),
    BORN: "one",
    LATER: "two",
    SOURCES: "",
  });
  t.is(exitCode, 0, stderr);
  t.false(readFileSync(join(folder, "asked"), "utf8").includes(folder));
  t.is(readFileSync(join(folder, "imported"), "utf8"), "the base");
  t.is(readFileSync(join(folder, "to/rootfs.tar"), "utf8"), "exported\n");
  const [size = "", ...rest] = readFileSync(join(folder, "fed"), "utf8").split("\n");
  const script = Buffer.from(rest.join("\n")).subarray(Number(size)).toString();
  t.regex(script, /^# shellcheck shell=bash\n# What the scripts share[^]*take_from "\$SOURCES"/);
});

test.serial("BuildKit is asked for where docker has buildx, by the builder of the context in use", async (t) => {
  const folder = folderOf(t);
  const path = process.env["PATH"];
  t.teardown(() => void (process.env["PATH"] = path));
  process.env["PATH"] = [folder, path].join(delimiter);
  program(folder, "docker", "case $1 in buildx) exit 0 ;; context) echo rootless ;; esac");
  t.deepEqual(await builder(), {
    DOCKER_BUILDKIT: "1",
    BUILDX_BUILDER: "rootless",
    BUILDX_NO_DEFAULT_ATTESTATIONS: "1",
  });
  // Without buildx docker refuses to build at all where the user's own environment asks for BuildKit.
  program(folder, "docker", "exit 1");
  t.deepEqual(await builder(), { DOCKER_BUILDKIT: "0" });
});
