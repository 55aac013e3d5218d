// Proves how long a build is said to take, and how far it is said to be; not what Go prints, which every cold build shows.
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import type { Artifact } from "../../bundle/artifact.ts";
import { planText } from "../../bundle/estimate.ts";
import { compiled } from "../../bundle/go.ts";
import { beginBuild, expected, keepMeasured, readMeasurements } from "../../bundle/measured.ts";
import { atOnce, ensureAll, planned } from "../../bundle/progress.ts";
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

test("builds at the same time share what passes, so that a plan's sum is what all of them take", (t) => {
  let now = 0;
  const clock = (): number => now;
  const long = beginBuild(clock);
  now = 10_000;
  const short = beginBuild(clock);
  now = 14_000;
  t.is(short(), 2000);
  now = 20_000;
  t.is(long(), 18_000);
  t.is(short(), 2000, "a count ends once");
});

test("two are made at the same time, where there is memory for it", async (t) => {
  const { promise: secondIsRunning, resolve } = Promise.withResolvers<void>();
  const first: Artifact = { ...artifact("first", 1), build: () => secondIsRunning };
  const second: Artifact = { ...artifact("second", 1), build: async () => resolve() };
  await t.notThrowsAsync(ensureAll(new Store(newRoot()), "two", [first, second], 2));
  t.deepEqual([atOnce(5 * 2 ** 30), atOnce(8 * 2 ** 30)], [1, 2]);
});

test("what is needed stands before what needs it is begun", async (t) => {
  const store = new Store(newRoot());
  const below: Artifact = {
    ...artifact("below", 1),
    build: ({ out, run }) => run("sh", ["-c", 'sleep 0.3 && echo below >"$0/file"', out]),
  };
  const above: Artifact = {
    ...artifact("above", 1),
    needs: [below],
    build: ({ out, run, dirOf }) => run("cp", [join(dirOf(below), "file"), out]),
  };
  await ensureAll(store, "two", [above], 2);
  t.true(store.has(above));
});

test("one that fails ends the others, is what the error tells of, and nothing half-made is left", async (t) => {
  const store = new Store(newRoot());
  const slow: Artifact = { ...artifact("slow", 1), build: ({ run }) => run("sleep", ["600"]) };
  const failing: Artifact = {
    ...artifact("failing", 1),
    build: ({ run }) => run("sh", ["-c", "sleep 0.3; echo no such thing; exit 1"]),
  };
  const next = artifact("next", 1);
  const error = await t.throwsAsync(ensureAll(store, "three", [slow, failing, next], 2));
  t.regex(error?.message ?? "", /^failing failed\n.*no such thing/s);
  t.deepEqual(readdirSync(join(store.root, "artifacts")), []);
});

test("what must not be ended in the middle, such as an installation, comes to its end when another fails", async (t) => {
  const store = new Store(newRoot());
  const installed = join(newRoot(), "installed");
  const installing: Artifact = {
    ...artifact("installing", 1),
    build: ({ run }) => run("sh", ["-c", 'sleep 1; : >"$0"', installed], { toItsEnd: true }),
  };
  const failing: Artifact = { ...artifact("failing", 1), build: ({ run }) => run("sh", ["-c", "sleep 0.2; exit 1"]) };
  await t.throwsAsync(ensureAll(store, "two", [installing, failing], 2), { message: /^failing failed/ });
  t.true(existsSync(installed));
});
