// Proves what the state has of the scripts that machines keep: a checksum, in place of texts. It copies nothing.
import * as pulumi from "@pulumi/pulumi";
import test from "ava";
import { createHash } from "node:crypto";
import { closeSync, openSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "../../bundle/tools.ts";
import { allScripts } from "../../nodes/script.ts";
import { newFolder } from "../folder.ts";
import { threeMachines } from "./lab-machines.ts";
import { recorded, useMocks, valueOf } from "./mocks.ts";

await useMocks(() => ({ stdout: "{}" }));
const { withScripts } = await import("../../components/machines/kept-scripts.ts");
const { machineNamed } = await import("../../components/machines/locate.ts");
const { Script } = await import("../../components/script.ts");

const machines = withScripts(
  "scripts",
  threeMachines().map((machine) => ({ ...machine, start: `${machine.name} since noon` })),
);
const names = machines.map(({ name }) => name);
const [first, ...others] = machines;
if (first === undefined) throw new Error("there are no machines");
const params = { PODS: "" };
const steps = [
  new Script("known", { machine: first, script: "observe/bridge", params }, {}),
  new Script(
    "late",
    { machine: machineNamed([first, ...others], pulumi.output(names[2]!)), script: "observe/bridge", params },
    {},
  ),
  new Script("prepare", { machine: first, script: "host/uptime" }, {}),
];
await Promise.all(steps.map(({ stdout }) => valueOf(stdout)));
const inputs = <T>(name: string): T => recorded.get(name)?.inputs as T;
const sum = createHash("sha256").update(allScripts()).digest("hex");

test("each machine gets one copy, whose content is not in the state, and takes it apart afterwards", async (t) => {
  for (const name of names) {
    const { source, remotePath, triggers } = inputs<{
      source: pulumi.asset.FileAsset;
      remotePath: string;
      triggers: readonly string[];
    }>(`${name}-scripts-copy`);
    t.is(
      createHash("sha256")
        .update(readFileSync(await source.path))
        .digest("hex"),
      sum,
    );
    t.is(remotePath, `/tmp/podnet-scripts-${sum}.gz`);
    t.deepEqual(triggers.slice(1), [`${name} since noon`], "it is brought again after a start");
    const { stdin } = inputs<{ stdin: string }>(`${name}-scripts`);
    t.true(stdin.includes(`SUM='${sum}'`));
    t.true(recorded.get(`${name}-scripts-copy`)!.index < recorded.get(`${name}-scripts`)!.index);
  }
});

test("a file that another update may be copying is not written again", async (t) => {
  const { source } = inputs<{ source: pulumi.asset.FileAsset }>(`${names[0]}-scripts-copy`);
  const before = statSync(await source.path);
  withScripts("again", threeMachines());
  const { ino, mtimeMs } = statSync(await source.path);
  t.deepEqual([ino, mtimeMs], [before.ino, before.mtimeMs]);
});

test("a file with another content, as one that was cut off, is made anew beside it: who has begun to read it is not disturbed", (t) => {
  const file = join(newFolder("whole"), "file");
  writeWhole(file, "cut off");
  const open = openSync(file, "r");
  t.teardown(() => closeSync(open));
  writeWhole(file, "whole");
  t.deepEqual([readFileSync(file, "utf8"), readFileSync(open, "utf8")], ["whole", "cut off"]);
  t.deepEqual(readdirSync(join(file, "..")), ["file"]);
});

test("what is run on such a machine waits for its scripts and names its own, on whichever machine it turns out to be", (t) => {
  for (const name of ["known", "late"]) {
    t.regex(inputs<{ stdin: string }>(name).stdin, /^\. \/usr\/local\/lib\/podnet\/observe\/bridge\.sh$/m);
    const waited = name === "known" ? names.slice(0, 1) : names;
    for (const one of waited)
      t.true(recorded.get(`${one}-scripts`)!.index < recorded.get(name)!.index, `${name} after ${one}`);
  }
});
