// Proves what the verbs of the VM platform start, keep and leave behind, with a stand-in for QEMU on PATH. It does not prove that a
// VM boots (tests/vm/machine.test.ts does).
import { existsSync, readdirSync } from "node:fs";
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import test from "ava";
import { execa } from "execa";
import { freePort } from "../../free-port.ts";
import { host, secret, verbs } from "./host.ts";

/** What machine.sh prints. */
interface Started {
  readonly id: string;
  readonly start: string;
}
const idOf = (printed: string): string => (JSON.parse(printed) as { id: string }).id;

test("a machine is started once, however often it is asked for, and stays the same one", async (t) => {
  const { run, starts } = await host(t);
  const first = await run("machine.sh create");
  t.is(first.exitCode, 0, first.stderr);
  t.regex(first.stdout, /^{"id":"[0-9a-f-]{36}","start":"first"}$/);
  t.is((await run("machine.sh create")).stdout, first.stdout);
  t.is((await starts()).length, 1);
});

test("two machines of a new lab begin at the same time, and neither takes the folder for another lab's", async (t) => {
  const { run, folder } = await host(t);
  // Slow, so that each comes while the other is at it.
  await writeFile(join(folder, "bin", "mkdir"), '#!/bin/sh\n/bin/mkdir "$@" && sleep 1\n');
  await chmod(join(folder, "bin", "mkdir"), 0o755);
  const first = run("machine.sh create");
  await pause(500);
  const both = await Promise.all([first, run("machine.sh create", { NODE: "m", SSH_PORT: String(await freePort()) })]);
  for (const { exitCode, stderr } of both) t.is(exitCode, 0, stderr);
  t.deepEqual(readdirSync(join(folder, "state", "pod-networking-lab")), ["t"]);
});

test("one that died is found, and started with its own disk", async (t) => {
  const { run, starts, machine } = await host(t);
  const before = idOf((await run("machine.sh create", { START: "first" })).stdout);
  t.is((await run("status.sh")).stdout, '{"n":"first"}');
  process.kill(Number(await readFile(join(machine, "pid"), "utf8")), "SIGKILL");
  const found = (JSON.parse((await run("status.sh")).stdout) as { n: string }).n;
  t.not(found, "first");
  t.is(idOf((await run("machine.sh create", { START: found })).stdout), before);
  t.is((await starts()).length, 2);
  t.is((await run("status.sh")).stdout, `{"n":"${found}"}`);
});

test("one that was removed by hand is made anew, and is another one", async (t) => {
  const { run, machine } = await host(t);
  const { stdout } = await run("machine.sh create");
  process.kill(Number(await readFile(join(machine, "pid"), "utf8")), "SIGKILL");
  await rm(machine, { recursive: true });
  t.not((await run("status.sh")).stdout, '{"n":"first"}');
  t.not((await run("machine.sh create")).stdout, stdout);
});

test("more memory is the same machine, shut down and started again: its start is another, so that it is looked at again", async (t) => {
  const { run, starts } = await host(t);
  const first = (await run("machine.sh create")).stdout;
  const { id, start } = JSON.parse((await run("machine.sh create", { MEMORY: "4096" })).stdout) as Started;
  t.is(id, idOf(first));
  t.not(start, "first");
  t.deepEqual(
    (await starts()).map((line) => / -m (\d+) /.exec(line)?.[1]),
    ["2048", "4096"],
  );
  // The next update has nothing to do: the lab asked for this start, and the machine says again when it was started.
  t.is((await run("status.sh")).stdout, '{"n":"first"}');
  t.is((JSON.parse((await run("machine.sh create", { MEMORY: "4096" })).stdout) as Started).start, start);
});

const other = { LAB: "t-00000002", LOGIN: "ssh-ed25519 ANOTHER podnet-t", SSH_PORT: "1", PORTS: "1", SIZE: "1" };

test("another clone's lab with the same name is refused with both named, and no verb touches the first one's VMs", async (t) => {
  const { run, machine } = await host(t);
  const { stdout } = await run("machine.sh create");
  for (const verb of ["ground.sh", "machine.sh create"]) {
    const { exitCode, stderr } = await run(verb, other);
    t.is(exitCode, 1, verb);
    t.regex(stderr, /is the folder of lab "t" \(t-00000001\) of \/.*this (is )?lab "t" \(t-00000002\) of \//s);
  }
  for (const verb of ["machine.sh delete", "sweep.sh"]) {
    const { exitCode, stderr } = await run(verb, other);
    t.is(exitCode, 0, verb);
    t.regex(stderr, /is the folder of lab "t" \(t-00000001\).*: it stays/);
  }
  t.not((await run("status.sh", other)).stdout, '{"n":"first"}');
  t.true(existsSync(join(machine, "pid")));
  t.is((await run("machine.sh create")).stdout, stdout);
});

test("VMs of an earlier version are this lab's when they let its key in, and stay as they are", async (t) => {
  const { run, machine, starts } = await host(t);
  const { stdout } = await run("machine.sh create");
  // As that version left it: no owner, and one moment.
  await rm(join(machine, "..", ".lab"));
  await writeFile(join(machine, "start"), "first\n");
  const stranger = await run("ground.sh", other);
  t.is(stranger.exitCode, 1);
  t.regex(stranger.stderr, /is the folder of a lab "t" of an earlier version, in a checkout that is not known/);
  t.false(existsSync(join(machine, "..", ".lab")));
  const { exitCode, stderr } = await run("ground.sh", { PORTS: "1", MEMORY: "1", SIZE: "1" });
  t.is(exitCode, 0, stderr);
  t.is((await run("machine.sh create")).stdout, stdout);
  t.is((await starts()).length, 1);
});

test("VMs that an earlier version made and recorded are destroyed as they stand, without an id; others of that name stay", async (t) => {
  const { run, machine } = await host(t);
  const { stdout } = await run("machine.sh create");
  await rm(join(machine, "..", ".lab"));
  const stolen = await run("machine.sh delete", { LAB: "", PULUMI_COMMAND_STDOUT: '{"id":"another","start":"first"}' });
  t.is(stolen.exitCode, 0, stolen.stderr);
  await run("sweep.sh", { LAB: "" });
  t.true(existsSync(machine));
  await run("machine.sh delete", { LAB: "", PULUMI_COMMAND_STDOUT: stdout });
  t.false(existsSync(machine));
  await run("sweep.sh", { LAB: "" });
  t.false(existsSync(join(machine, "..")));
});

test("a user who may not use /dev/kvm is told of its group, and the answer is not kept", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "podnet-accel-"));
  t.teardown(() => rm(folder, { recursive: true }));
  const device = join(folder, "kvm");
  await cp(join(verbs, ".."), join(folder, "platforms"), { recursive: true });
  await writeFile(device, "");
  await chmod(device, 0);
  const script = join(folder, "platforms", "vm", "accel.sh");
  await writeFile(script, (await readFile(script, "utf8")).replace("device=/dev/kvm", `device=${device}`));
  await mkdir(join(folder, "cache"));
  await chmod(folder, 0o755);
  // Root may use what nobody may.
  const nobody = process.getuid?.() === 0 ? { uid: 65_534 } : {};
  const { stdout, stderr } = await execa(script, {
    env: { DISK: "disk-1", PODNET_CACHE: join(folder, "cache") },
    ...nobody,
  });
  t.is(stdout, "tcg");
  t.regex(stderr, /this user may not use .*kvm.*; run: sudo usermod -aG \S+ \$USER, and log in again/);
  t.deepEqual(readdirSync(join(folder, "cache")), []);
});

test("a disk that was built anew is another machine", async (t) => {
  const { run, folder } = await host(t);
  const { stdout } = await run("machine.sh create");
  await writeFile(join(folder, "cache", "artifacts", "disk-1", "uuid"), "two");
  t.not((await run("machine.sh create")).stdout, stdout);
});

test("the seed's secrets are in no argument, and in files for their owner alone", async (t) => {
  const { run, starts, machine } = await host(t);
  const { stderr } = await run("machine.sh create");
  t.notRegex([...(await starts()), stderr].join("\n"), new RegExp(secret));
  t.true((await readFile(join(machine, "seed.iso"), "utf8")).includes(secret));
  const { stdout } = await execa("find", [join(machine, ".."), "-perm", "/077"]);
  t.is(stdout, "");
});

test("ports are forwarded from loopback only, and the segment is loopback's", async (t) => {
  const { run, starts } = await host(t, { API_PORT: "1" });
  await run("machine.sh create");
  const [line = ""] = await starts();
  t.regex(line, /hostfwd=tcp:127\.0\.0\.1:\d+-:22,hostfwd=tcp:127\.0\.0\.1:1-:6443/);
  t.regex(line, /mcast=239\.[\d.]+:\d+,localaddr=127\.0\.0\.1/);
});

test("destroy leaves no process, socket, disk or key, also where the machine is deaf to its power button", async (t) => {
  for (const change of [{}, { FAKE_QEMU_DEAF: "yes" }] as Record<string, string>[]) {
    const { run, machine } = await host(t, change);
    await run("machine.sh create");
    const pid = Number(await readFile(join(machine, "pid"), "utf8"));
    const { exitCode, stderr } = await run("machine.sh delete");
    t.is(exitCode, 0, stderr);
    t.is(await commandLine(pid), "");
    t.deepEqual(readdirSync(join(machine, "..")), [".lab"]);
  }
});

test("a process that has come by the dead machine's id is left alone", async (t) => {
  const { run, machine } = await host(t);
  await run("machine.sh create");
  process.kill(Number(await readFile(join(machine, "pid"), "utf8")), "SIGKILL");
  await writeFile(join(machine, "pid"), `${process.pid}\n`);
  const { exitCode } = await run("machine.sh delete");
  t.is(exitCode, 0);
  t.false(existsSync(machine));
});

test("the sweep removes what no update has recorded", async (t) => {
  const { run, folder } = await host(t);
  await run("machine.sh create");
  t.is((await run("sweep.sh")).exitCode, 0);
  t.false(existsSync(join(folder, "state", "pod-networking-lab", "t")));
});

test("a host with too little memory or disk, or a port in use, is told all of it at once", async (t) => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const PORTS = String((server.address() as AddressInfo).port);
  const { run } = await host(t);
  const { exitCode, stderr } = await run("ground.sh", { PORTS, MEMORY: "99999999", SIZE: "99999999" });
  server.close();
  t.is(exitCode, 1);
  t.regex(stderr, /port \d+ on 127\.0\.0\.1 is in use; set portBase/);
  t.regex(
    stderr,
    /99999999 MiB of memory, and this host has \d+ MiB left; set controlPlaneMemory or workerMemory lower/,
  );
  t.regex(stderr, /disks may grow to 99999999 GiB, .* set controlPlaneDisk or workerDisk lower/);
});

/** Of a process that has ended none, whether or not somebody has asked for its exit code. */
const commandLine = async (pid: number): Promise<string> =>
  await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");

test("machines are frozen and go on by pause.sh, and an update lets a frozen one go on", async (t) => {
  const { run, starts, machine } = await host(t);
  await run("machine.sh create");
  t.is((await run("pause.sh freeze")).stdout, "n");
  t.true(existsSync(join(machine, "frozen")));
  t.not((await run("status.sh")).stdout, '{"n":"first"}', "an update has to look at it");
  t.is((await run("pause.sh resume")).stdout, "");
  t.is((await run("status.sh")).stdout, '{"n":"first"}');
  await run("pause.sh freeze");
  const again = await run("machine.sh create");
  t.regex(again.stderr, /n was frozen; it goes on/);
  t.false(existsSync(join(machine, "frozen")));
  t.is((await starts()).length, 1);
  await run("pause.sh freeze");
  t.is((await run("pause.sh stop")).stdout, "n", "a frozen one is shut down");
  t.false(existsSync(join(machine, "frozen")));
  t.regex(
    (await run("pause.sh freeze", { LAB: "t-00000002" })).stderr,
    /is the folder of lab "t" .*nothing of it is touched/,
  );
});
