// Proves what ./lab does about the container engine, with stand-ins for docker and dockerd on PATH.
// It does not prove that Debian's docker.io can be installed (a cold CI run does, on Debian 12 alone).
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import test from "ava";
import { ensureEngine, stopEngine, stopUnusedEngine } from "../../platforms/local/engine.ts";

// Each test has the environment to itself.
const serial = test.serial;
const before = { ...process.env };
let folder = "";

test.beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "podnet-engine-"));
  process.env["PATH"] = [folder, before["PATH"]].join(delimiter);
  process.env["PODNET_CACHE"] = folder;
  delete process.env["DOCKER_HOST"];
});

test.afterEach.always(async () => {
  process.env = { ...before };
  await rm(folder, { recursive: true });
});

async function program(name: string, text: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${text}\n`);
  await chmod(join(folder, name), 0o755);
}

serial("an engine that answers is used as it is", async (t) => {
  await program("docker", "echo 29.1.2");
  t.deepEqual(await ensureEngine(() => {}), { version: "29.1.2", found: true });
  t.false(await stopEngine());
});

serial("a DOCKER_HOST that does not answer is named, and nothing is started in its place", async (t) => {
  await program("docker", "exit 1");
  await program("dockerd", `touch ${folder}/started`);
  process.env["DOCKER_HOST"] = "unix:///nowhere.sock";
  await t.throwsAsync(
    ensureEngine(() => {}),
    { message: /DOCKER_HOST "unix:\/\/\/nowhere\.sock" does not answer; start that engine, or unset/ },
  );
  t.false(existsSync(join(folder, "started")));
});

const byHand = process.getuid?.() === 0 && !existsSync("/run/systemd/system") ? serial : serial.skip;

byHand("where no init would, dockerd is started, and ended again by its record", async (t) => {
  await program("docker", `test -e ${folder}/started && echo 20.10.24`);
  await program("dockerd", `touch ${folder}/started\nexec 2>&1\necho ready\nfor _ in $(seq 600); do sleep 0.1; done`);
  const said: string[] = [];
  t.deepEqual(await ensureEngine((line) => said.push(line)), { version: "20.10.24", found: false });
  t.regex(said.join("\n"), /starting dockerd itself/);
  t.is(await readFile(join(folder, "engine", "dockerd.log"), "utf8"), "ready\n");
  t.true(await stopEngine());
  t.false(await stopEngine());
});

byHand("a dockerd in which a container runs is left to it, and ended once it holds none", async (t) => {
  await program(
    "docker",
    `[ "$1" = ps ] && { cat ${folder}/running 2>/dev/null; exit 0; }; test -e ${folder}/started && echo 29.1.2`,
  );
  await program("dockerd", `touch ${folder}/started\nfor _ in $(seq 600); do sleep 0.1; done`);
  await ensureEngine(() => {});
  await writeFile(join(folder, "running"), "4f1c\n");
  t.false(await stopUnusedEngine());
  await rm(join(folder, "running"));
  t.true(await stopUnusedEngine());
});

byHand("a dockerd that ends at once is an error with the end of its log", async (t) => {
  await program("docker", "exit 1");
  await program("dockerd", "echo no such storage driver; exit 1");
  await t.throwsAsync(
    ensureEngine(() => {}),
    { message: /ended at once; its log, .*dockerd\.log:\nno such storage driver/ },
  );
});

byHand("a process that has the recorded id by chance is left alone", async (t) => {
  await program("docker", "echo 29.1.2");
  await mkdir(join(folder, "engine"));
  await writeFile(join(folder, "engine", "dockerd.pid"), `${process.pid} 1\n`);
  t.false(await stopEngine());
});
