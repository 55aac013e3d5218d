// Proves that a clock is set by the hardware clock where it is late, and only there. It does not prove that QEMU's hardware clock goes on while a machine
// stands still (tests/vm/machine.test.ts does).
import test, { type ExecutionContext } from "ava";
import { parseResult, readScript } from "../../../nodes/script.ts";
import { newRoot } from "./root.ts";

async function set(t: ExecutionContext, late: number) {
  const root = newRoot(t, { date: `if [[ $1 == +%s ]]; then echo 1000; else echo "$*" >>"$HOME/calls"; fi` });
  root.write("root/calls");
  root.write("sys/class/rtc/rtc0/since_epoch", `${1000 + late}\n`);
  const { code, stdout, stderr } = await root.run(readScript("host/clock"));
  t.is(code, 0, stderr);
  return { late: parseResult("host/clock", stdout).late, calls: root.read("root/calls") };
}

test("a clock that stood still for an hour is set, and it is told by how much it was late", async (t) => {
  t.deepEqual(await set(t, 3600), { late: 3600, calls: "--set @4600\n" });
});

test("a clock that is right to the second is left alone", async (t) => {
  t.deepEqual(await set(t, 1), { late: 1, calls: "" });
});
