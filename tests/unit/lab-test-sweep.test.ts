// Proves which of the engine's things ./lab test takes for left over; not that they are removed (a killed ./lab test does, by hand).
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { leftByTests, stackFiles } from "../../cli/test/sweep.ts";
import type { Held } from "../../cli/stack/in-engine.ts";
import { newFolder } from "../folder.ts";

const root = join(import.meta.dirname, "../..");

const thing = (checkout: string, stack: string, more: Partial<Held> = {}): Held => ({
  kind: "container",
  id: `${checkout} ${stack}`,
  name: `podnet-${stack}-k8s-master`,
  lab: `${stack}-01`,
  state: "exited",
  stack,
  checkout,
  ...more,
});
const network = { kind: "network", name: "subnet-1", state: "" } as const;

/** What each clone's tests have, or had, a state of; another clone is gone. */
const states: Readonly<Record<string, readonly string[]>> = { "/here": ["live"], "/there": ["live-aws"], "/quiet": [] };
const left = (...held: readonly Held[]): string[] => leftByTests(held, (of) => states[of]).map(({ id }) => id);

test("what a clone's tests left is told by their state, running or not, whichever clone it is", (t) => {
  t.deepEqual(left(thing("/here", "live"), thing("/there", "live-aws", { state: "running" })), [
    "/here live",
    "/there live-aws",
  ]);
  t.deepEqual(left(thing("/there", "live-aws", network)), ["/there live-aws"]);
});

test("a user's lab stays, by whatever name: no test's state tells of it", (t) => {
  t.deepEqual(left(thing("/here", "dev"), thing("/there", "live"), thing("/quiet", "live-aws")), []);
});

test("of a clone that is gone, what has a test's name and does not run is left over", (t) => {
  t.deepEqual(left(thing("/gone", "live-aws"), thing("/gone", "bench"), thing("/gone", "live-aws", network)), [
    "/gone live-aws",
    "/gone bench",
    "/gone live-aws",
  ]);
  t.deepEqual(left(thing("/gone", "dev"), thing("/gone", "lively"), thing("", "live")), []);
});

test("every stack of the tests that have labs has a name by which it is known for theirs", (t) => {
  const files = globSync("tests/{backends,catalogue,lessons,live,vm}/*.ts", { cwd: root });
  const names = files.flatMap((file) =>
    [
      ...readFileSync(join(root, file), "utf8").matchAll(/\b(?:stackName = |openStack\(|openLab\(test, )"([^"]+)"/g),
    ].map(([, name = ""]) => name),
  );
  t.true(names.length > 10);
  t.deepEqual(
    names.filter((name) => left(thing("/gone", name)).length === 0),
    [],
  );
});

test("of the stacks' files those with a name of the tests' are the tests', and no file of a user's whose name begins alike", (t) => {
  const folder = newFolder("sweep");
  for (const name of ["live", "live-aws", "livesix", "bench-2", "livestock", "benchmark", "dev"])
    writeFileSync(join(folder, `Pulumi.${name}.yaml`), "");
  t.deepEqual(stackFiles(folder).toSorted(), [
    "Pulumi.bench-2.yaml",
    "Pulumi.live-aws.yaml",
    "Pulumi.live.yaml",
    "Pulumi.livesix.yaml",
  ]);
});

test("a clone that was moved has a lab that runs, or rests: neither its machines nor its network are left over", (t) => {
  for (const state of ["running", "paused", "restarting"])
    t.deepEqual(left(thing("/gone", "live-mine", { state }), thing("/gone", "live-mine", network)), [], state);
});

test("a clone that cannot be looked into is not one that is gone", (t) => {
  const folder = newFolder("sweep");
  writeFileSync(join(folder, "file"), "");
  // What another user's folder is for everybody but root: there is something, and it tells nothing.
  const hidden = join(folder, "file", "clone");
  const all = (of: string): string[] => leftByTests([thing(of, "live-mine")]).map(({ id }) => id);
  t.deepEqual(all(hidden), []);
  t.deepEqual(all(join(folder, "gone")), [`${join(folder, "gone")} live-mine`]);
  t.deepEqual(all(folder), []);
  const stacks = join(folder, ".lab", "test-state", ".pulumi", "stacks", "pod-networking-lab");
  mkdirSync(stacks, { recursive: true });
  writeFileSync(join(stacks, "live-mine.json.bak"), "");
  t.deepEqual(all(folder), [`${folder} live-mine`]);
});
