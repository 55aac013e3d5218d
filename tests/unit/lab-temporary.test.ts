// Proves that nothing of a run stays in the temporary directory. That the plugin writes its kubeconfig there was seen by hand.
import { existsSync, mkdirSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { withTemporary } from "../../cli/stack/temporary.ts";

test("a run's temporary directory is the user's own, and goes with what was left in it", async (t) => {
  const directory = await withTemporary(async (path) => {
    t.is(statSync(path).mode & 0o777, 0o700);
    writeFileSync(join(path, "kubeconfig1"), "key");
    return path;
  });
  t.false(existsSync(directory));
});

test("it goes when the run fails as well", async (t) => {
  let directory = "";
  await t.throwsAsync(
    withTemporary(async (path) => {
      directory = path;
      throw new Error("failed");
    }),
  );
  t.false(existsSync(directory));
});

test("what a run that was killed left is removed by the next one, and what runs is left alone", async (t) => {
  // No process has a number above the kernel's largest.
  const [left, running] = [
    join(tmpdir(), "podnet-run-99999999-left"),
    join(tmpdir(), `podnet-run-${process.pid}-running`),
  ];
  for (const path of [left, running]) mkdirSync(path, { recursive: true });
  await withTemporary(async () => t.deepEqual([existsSync(left), existsSync(running)], [false, true]));
  rmdirSync(running);
});
