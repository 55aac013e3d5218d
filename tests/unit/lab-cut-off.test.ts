// Proves what becomes of a destroy that was cut off, with stand-ins for pulumi and docker; not that an update after it makes a whole lab (a real one does).
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import test from "ava";
import { stackStateFile } from "../../cli/paths.ts";
import { forgetStack } from "../../cli/stack/forget.ts";
import { endDestroy, tearDown } from "../../cli/stack/tear-down.ts";
import { newFolder } from "../folder.ts";

const stack = `unit-cut-off-${process.pid}`;
const folder = newFolder("cut-off");
const pulumi = { file: join(folder, "pulumi"), ours: true };
const program = (name: string, text: string): void =>
  writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
/** What pulumi was asked for, and whether it was to write the state at each step. */
const asked = (): string[] => {
  const file = join(folder, "asked");
  const lines = existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  rmSync(file, { force: true });
  return lines;
};
const answers = (code: number): void =>
  program("pulumi", `echo "$1 \${PULUMI_SKIP_CHECKPOINTS-}" >>${join(folder, "asked")}; exit ${code}`);
const holds = (...lines: readonly string[]): void =>
  program(
    "docker",
    `case "$1 $2" in version*) echo 29.1 ;; "network ls") printf '%b' '${lines.map((line) => `${line}\\n`).join("")}' ;; esac`,
  );

test.before(() => {
  process.env["PATH"] = [folder, process.env["PATH"]].join(delimiter);
  for (const name of ["DOCKER_HOST", "PULUMI_BACKEND_URL", "PULUMI_ACCESS_TOKEN"]) delete process.env[name];
  const resources = [
    {
      urn: `urn:pulumi:${stack}::pod-networking-lab::command:local:Command::machines-lab`,
      type: "command:local:Command",
      outputs: { stdout: "cut-01" },
    },
  ];
  mkdirSync(dirname(stackStateFile(stack)), { recursive: true });
  writeFileSync(stackStateFile(stack), JSON.stringify({ version: 3, checkpoint: { latest: { resources } } }));
});
test.after.always(() => {
  forgetStack(stack);
  rmSync(stackStateFile(stack), { force: true });
});

test.serial("a lab that nobody began to destroy is updated at once", async (t) => {
  answers(0);
  holds();
  t.is(await endDestroy(pulumi, stack), 0);
  t.deepEqual(asked(), []);
});

test.serial(
  "a destroy that was cut off comes to its end first where nothing of the lab is left, and once",
  async (t) => {
    answers(137);
    holds();
    t.is(await tearDown(pulumi, stack), 137);
    t.deepEqual(asked(), ["destroy true"]);
    holds(`id\\tpodnet-${stack}\\tcut-01\\t${stack}\\t/here\\t`);
    t.is(await endDestroy(pulumi, stack), 0);
    t.deepEqual(asked(), [], "its network is there: an update makes the machines again");
    holds();
    t.is(await endDestroy(pulumi, stack), 137);
    t.deepEqual(asked(), ["destroy true"]);
    answers(0);
    t.is(await endDestroy(pulumi, stack), 0);
    t.deepEqual(asked(), ["destroy true"]);
    t.is(await endDestroy(pulumi, stack), 0);
    t.deepEqual(asked(), []);
  },
);
