// Proves that the scripts which ./lab itself starts for VMs run under the Node that ./lab runs under, whatever PATH has, with a stand-in for QEMU. It does not
// prove that a cluster goes on (tests/vm does).
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import test from "ava";
import { checkpointsOf } from "../../../cli/stack/checkpoints.ts";
import { rest } from "../../../cli/stack/paused.ts";
import { stackFolder, sweepVms } from "../../../platforms/vm/state.ts";
import { host } from "./host.ts";

const id = "t-00000001";

test("a Node on PATH that cannot read the lab's code, or none, is in nobody's way", async (t) => {
  const { folder, machine, run } = await host(t);
  t.is((await run("machine.sh create")).exitCode, 0);
  const old = join(folder, "old");
  mkdirSync(old);
  writeFileSync(join(old, "node"), "#!/bin/sh\necho this Node is too old >&2\nexit 1\n", { mode: 0o755 });
  process.env["PATH"] = [old, join(folder, "bin"), process.env["PATH"]].join(delimiter);
  process.env["XDG_STATE_HOME"] = join(folder, "state");
  const said = (): string[] =>
    readFileSync(join(machine, "said"), "utf8")
      .split("\n")
      .filter((line) => line !== "" && line !== "qmp_capabilities");
  t.deepEqual(await rest("vm", "freeze", id), ["n"]);
  t.deepEqual(await rest("vm", "resume", id), []);
  await checkpointsOf({ platform: "vm", id }).save("one", "{}");
  t.deepEqual(said(), ["stop", "cont", "stop", "human-monitor-command savevm podnet-one", "cont"]);
  t.true(await sweepVms("t", () => true));
  t.throws(() => readFileSync(join(stackFolder("t"), "n", "pid")));
});
