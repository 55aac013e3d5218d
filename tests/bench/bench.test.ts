// Proves that the benchmark runs as the docs print it, kind included, at its smallest. It does not prove its times: this machine does other things beside.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { execa } from "execa";
import { root, traces } from "../live/lab.ts";

const picture = join(root, "bench-phases.svg");

test.serial("npm run bench measures kind, script and update, shows their steps, and leaves nothing", async (t) => {
  t.timeout(30 * 60_000);
  const { stdout } = await execa(
    "npm",
    ["run", "--silent", "bench", "--", "kind", "1", "--small", "--phases", "--before"],
    {
      cwd: root,
      stdin: "ignore",
    },
  );
  for (const row of ["kind", "script before", "script", "up", "up, nothing to do", "destroy"])
    t.true(stdout.includes(`| ${row} |`), row);
  // Steps of both, and those that only one of them has.
  for (const step of ["boot", "prepare", "init", "join"])
    t.regex(stdout, new RegExp(`^\\| ${step} \\| \\d.* \\| \\d.* \\|$`, "m"), step);
  t.regex(
    stdout,
    /^\| certificates \| \d.* \| {2}\|$/m,
    "kubeadm's parts, of the script: an update keeps what init prints to itself",
  );
  t.regex(stdout, /^\| observe \| {2}\| \d.* \|$/m);
  t.regex(stdout, /^Waited for, pulumi up: .*init on/m);
  t.true(existsSync(picture));
  t.regex(readFileSync(picture, "utf8"), /<title>join /);
  rmSync(picture);
  t.deepEqual(traces("bench"), []);
});
