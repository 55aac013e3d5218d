// Proves how long a build is said to take, and how far it is said to be; not what Go prints, which every cold build shows.
import { writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import type { Artifact } from "../../bundle/artifact.ts";
import { planText } from "../../bundle/estimate.ts";
import { compiled } from "../../bundle/go.ts";
import { expected, keepMeasured, readMeasurements } from "../../bundle/measured.ts";
import { planned } from "../../bundle/progress.ts";
import { Store } from "../../bundle/store.ts";
import { newFolder } from "../folder.ts";

const artifact = (name: string, about: number): Artifact => ({
  name,
  arch: "amd64",
  about,
  inputs: {},
  needs: [],
  build: ({ out }) => writeFile(join(out, "file"), ""),
});
const newRoot = (): string => newFolder("store");

test("a build is said to take as long as the longest of its last three", (t) => {
  const root = newRoot();
  const one = artifact("kubernetes", 430);
  for (const seconds of [2000, 840, 7, 790]) keepMeasured(root, one, seconds);
  t.deepEqual(expected(one, readMeasurements(root)), { seconds: 840, learned: true });
});

test("what was never built here is scaled by how this machine compares, and downloads are not", (t) => {
  const root = newRoot();
  keepMeasured(root, artifact("containerd", 120), 240);
  const seconds = (name: string): number => expected(artifact(name, 430), readMeasurements(root)).seconds;
  t.is(seconds("kubernetes"), 860);
  t.is(seconds("release-kubernetes"), 430);
});

test("without a build that tells of the machine, the recipe's own seconds are said, on two cores", (t) => {
  const root = newRoot();
  keepMeasured(root, artifact("pause", 2), 40);
  const one = artifact("etcd", 45);
  t.regex(planText("it", planned([one], root)), /^it: one step, about 45 s on two cores/);
  keepMeasured(root, artifact("coredns", 90), 180);
  t.regex(planText("it", planned([one], root)), /^it: one step, about 2 min by what builds took here/);
});

test("every build leaves what it took, and a note that cannot be read is none", async (t) => {
  const store = new Store(newRoot());
  await store.ensure(artifact("thing", 1));
  t.deepEqual(Object.keys(readMeasurements(store.root)), ["thing-amd64"]);
  writeFileSync(join(store.root, "measured.json"), "{");
  t.deepEqual(readMeasurements(store.root), {});
});

test("packages are counted as Go names them, and nothing else that it says", (t) => {
  const shown: string[] = [];
  const onLine = compiled(3, (count) => shown.push(count));
  for (const line of ["go: downloading k8s.io/api v0.1.0", "errors", "# runtime/cgo", "k8s.io/api/core/v1", ""])
    onLine(line);
  t.deepEqual(shown, ["1 of at most 3 packages compiled", "2 of at most 3 packages compiled"]);
});
