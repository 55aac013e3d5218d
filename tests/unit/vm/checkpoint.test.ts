// Proves in which order VMs are frozen, kept, ended and put back, and what is refused, with a stand-in for QEMU. It does not prove that QEMU's memory of a
// machine is whole (tests/vm/machine.test.ts does).
import { existsSync } from "node:fs";
import { chmod, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { execa } from "execa";
import { parseCheckpoints } from "../../../cli/stack/checkpoints.ts";
import { checkpointsOfVms } from "../../../cli/cache/look.ts";
import { vmLabs } from "../../../platforms/vm/state.ts";
import { host, type Host } from "./host.ts";

const text = async (path: string): Promise<string> => await readFile(path, "utf8").catch(() => "");
const said = async ({ machine }: Host): Promise<string[]> =>
  (await text(join(machine, "said"))).split("\n").filter((line) => line !== "" && line !== "qmp_capabilities");
const named = { NAME: "one" };

/** A host with one machine, and a checkpoint "one" of it. */
async function kept(t: ExecutionContext): Promise<Host> {
  const made = await host(t);
  await made.run("machine.sh create");
  const { exitCode, stderr } = await made.run("checkpoint.sh save", named);
  t.is(exitCode, 0, stderr);
  return made;
}

test("a machine stands still while it is kept, goes on afterwards, and the state is kept for its owner alone", async (t) => {
  const made = await kept(t);
  t.deepEqual(await said(made), ["stop", "human-monitor-command savevm podnet-one", "cont"]);
  t.false(existsSync(join(made.machine, "frozen")));
  const list = await made.run("checkpoint.sh list");
  t.deepEqual(
    parseCheckpoints(list.stdout).map(({ name, half }) => [name, half]),
    [["one", false]],
  );
  const folder = join(made.machine, "..", ".checkpoints");
  t.is((await execa("find", [folder, "-perm", "/077"])).stdout, "");
  const { stdout } = await made.run("checkpoint.sh restore", named);
  t.is(stdout, (await text(join(folder, "one", "state.json"))).trimEnd());
});

test("it goes on where keeping it fails, and what was half made can be made again and removed", async (t) => {
  const made = await host(t, { FAKE_QEMU_FULL: "yes" });
  await made.run("machine.sh create");
  const { exitCode, stderr } = await made.run("checkpoint.sh save", named);
  t.is(exitCode, 1);
  t.regex(stderr, /QEMU says to "savevm podnet-one": Error: No space left on device/);
  t.is((await said(made)).at(-1), "cont");
  t.regex((await made.run("checkpoint.sh list")).stdout, /^one \S+ 0 half$/m);
  t.regex((await made.run("checkpoint.sh restore", named)).stderr, /there is no checkpoint "one"/);
  await made.run("checkpoint.sh save", named);
  t.true((await said(made)).includes("human-monitor-command delvm podnet-one"), "before it is made again");
  await made.run("checkpoint.sh remove", named);
  t.is((await made.run("checkpoint.sh list")).stdout, "");
  t.is(await text(join(made.machine, "snapshots")), "");
});

test("where the machines' memory does not fit, nothing stands still, and it is said how much is missing", async (t) => {
  const made = await host(t);
  await made.run("machine.sh create");
  await writeFile(join(made.folder, "bin", "df"), "#!/bin/sh\necho Avail\necho 3\n");
  await chmod(join(made.folder, "bin", "df"), 0o755);
  const { exitCode, stderr } = await made.run("checkpoint.sh save", named);
  t.is(exitCode, 1);
  t.regex(stderr, /the machines' memory takes up to \d+ MiB, and \S+ has 3 MiB left/);
  t.deepEqual(await said(made), []);
});

test("going back ends the machine and starts it as it was at that moment, and the next update looks at it again", async (t) => {
  const made = await kept(t);
  const before = Number(await text(join(made.machine, "pid")));
  // More memory since: QEMU would not take the old one's.
  await made.run("machine.sh create", { MEMORY: "4096" });
  const { exitCode, stderr } = await made.run("checkpoint.sh restore", named);
  t.is(exitCode, 0, stderr);
  const starts = await made.starts();
  t.regex(starts.at(-1) ?? "", / -m 2048 .* -S -loadvm podnet-one$/);
  t.deepEqual((await said(made)).slice(-2), ["quit", "cont"]);
  t.not(Number(await text(join(made.machine, "pid"))), before);
  const status = await made.run("status.sh");
  t.not(status.stdout, '{"n":"first"}');
  t.is(status.stderr, "");
  // One made after that begins as the machine itself does.
  await made.run("checkpoint.sh save", { NAME: "two" });
  await made.run("checkpoint.sh restore", { NAME: "two" });
  t.regex((await made.starts()).at(-1) ?? "", /-append \S.* -S -loadvm podnet-two$/);
  t.notRegex((await made.starts()).at(-1) ?? "", /podnet-one/);
});

test("a memory that QEMU does not take is said, and the machine boots from its disk of that moment", async (t) => {
  const made = await kept(t);
  const { exitCode, stderr } = await made.run("checkpoint.sh restore", { ...named, FAKE_QEMU_FORGETS: "yes" });
  t.is(exitCode, 0, stderr);
  t.regex(stderr, /n: QEMU does not take its memory back, so it boots .*: Error while loading state/);
  t.regex(await text(join(made.folder, "images")), /^snapshot -a podnet-one .*disk\.qcow2$/m);
  t.regex((await made.starts()).at(-1) ?? "", / -S$/);
  t.is((await said(made)).at(-1), "cont");
  const none = await made.run("checkpoint.sh restore", { ...named, FAKE_QEMU_FORGETS: "all" });
  t.is(none.exitCode, 1);
  t.regex(none.stderr, /n does not start as it did at that moment; \.\/lab up starts it .*QEMU says: Error/);
});

test("a machine that died is put back; one that was made anew is not given another one's disk", async (t) => {
  const made = await kept(t);
  process.kill(Number(await text(join(made.machine, "pid"))), "SIGKILL");
  t.is((await made.run("checkpoint.sh restore", named)).exitCode, 0);
  t.true(existsSync(join(made.machine, "pid")));
  await writeFile(join(made.machine, "id"), "another");
  const count = (await made.starts()).length;
  t.regex((await made.run("checkpoint.sh restore", named)).stderr, /n was made anew since checkpoint "one"/);
  await rm(join(made.machine, "made-from"));
  t.regex(
    (await made.run("checkpoint.sh restore", named)).stderr,
    /the lab has other machines than at checkpoint "one"/,
  );
  t.is((await made.starts()).length, count);
});

test("a checkpoint is not written over, another lab's is not touched, and the sweep takes all of them", async (t) => {
  const made = await kept(t);
  t.regex(
    (await made.run("checkpoint.sh save", named)).stderr,
    /there is a checkpoint "one" already; take another name/,
  );
  for (const verb of ["save", "restore", "remove", "list"]) {
    const { exitCode, stderr } = await made.run(`checkpoint.sh ${verb}`, { ...named, LAB: "t-00000002" });
    t.is(exitCode, 1, verb);
    t.regex(stderr, /nothing of it is touched/);
  }
  await made.run("sweep.sh");
  t.false(existsSync(join(made.machine, "..")));
  t.regex((await made.run("checkpoint.sh restore", named)).stderr, /lab "t" has no machines/);
});

test("what lists labs and the cache knows checkpoints by name and size, and takes none for a machine", async (t) => {
  const made = await kept(t);
  await writeFile(join(made.machine, "..", ".checkpoints", "one", "n.kib"), "2048\n");
  const labs = vmLabs({ XDG_STATE_HOME: join(made.folder, "state") });
  t.deepEqual(
    labs.map(({ machines, checkpoints }) => [machines.map(({ name }) => name), checkpoints]),
    [[["n"], [{ name: "one", bytes: 2048 * 1024 }]]],
  );
  t.like(checkpointsOfVms(labs)[0], { place: "checkpoint/t/one", bytes: 2048 * 1024 });
  t.regex((await made.run("checkpoint.sh list")).stdout, /^one \S+ 2048 whole$/m);
});
