// Proves what the state has of the scripts that machines keep: a checksum, in place of texts. It copies nothing.
import * as pulumi from "@pulumi/pulumi";
import test from "ava";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { allScripts } from "../../nodes/script.ts";
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

test("what is run on such a machine waits for its scripts and names its own, on whichever machine it turns out to be", (t) => {
  for (const name of ["known", "late"]) {
    t.regex(inputs<{ stdin: string }>(name).stdin, /^\. \/usr\/local\/lib\/podnet\/observe\/bridge\.sh$/m);
    const waited = name === "known" ? names.slice(0, 1) : names;
    for (const one of waited)
      t.true(recorded.get(`${one}-scripts`)!.index < recorded.get(name)!.index, `${name} after ${one}`);
  }
});
