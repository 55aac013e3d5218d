// The whole lab on three virtual machines: `./lab test vm`. Where KVM works it takes a few minutes, under emulation half an hour or more; each step
// says how long it took. It does not prove what a VM alone does (tests/vm/machine.test.ts), nor the faults (tests/live/faults.test.ts).
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import { execa } from "execa";
import { stackFolder } from "../../platforms/vm/state.ts";
import { withSecretFiles } from "../../cli/stack/secret-files.ts";
import { sshArguments } from "../../cli/verbs/ssh.ts";
import { contract } from "../live/contract.ts";
import { destroyAndRemove, openStack, progress } from "../live/lab.ts";

const stackName = "live-three-vms";
const folder = stackFolder(stackName);
const stack = await openStack(stackName, {
  platform: "vm",
  workers: 2,
  machineCidr: "172.28.67.0/24",
  portBase: 33370,
});
const nodes = ["k8s-master", "k8s-worker1", "k8s-worker2"];

const read = async () =>
  contract.parse(
    Object.fromEntries(Object.entries(await stack.outputs()).map(([key, { value }]) => [key, value as unknown])),
  );
const claims = async () => Object.values((await read()).scenarios).flatMap((scenario) => scenario.claims);

/** What a command prints on a node, past the engine. */
async function on(name: string, command: string): Promise<string> {
  const { nodes: all, access } = await read();
  const { ssh = "" } = all.find((node) => node.name === name) ?? {};
  return await withSecretFiles({ key: access.privateKey, known: access.knownHosts }, async (path) => {
    const { stdout } = await execa(
      "ssh",
      [...sshArguments({ name, role: "", address: "", ssh }, path("key"), path("known")), command],
      { stdin: "ignore" },
    );
    return stdout;
  });
}
const bootId = (name: string): Promise<string> => on(name, "cat /proc/sys/kernel/random/boot_id");

async function timed<T>(t: ExecutionContext, what: string, work: () => Promise<T>): Promise<T> {
  const begun = Date.now();
  const result = await work();
  t.log(`${what}: ${Math.round((Date.now() - begun) / 1000)} s`);
  return result;
}

/** Every check once more. */
async function verify(round: string): Promise<void> {
  await stack.setConfig("pod-networking-lab:verify", { value: round });
  await stack.up(progress);
}

/** After the node has missed a beat, and is Ready again. */
async function readyAgain(name: string): Promise<void> {
  await on(
    "k8s-master",
    `kubectl --kubeconfig=/etc/kubernetes/admin.conf wait --for=condition=Ready --timeout=1200s node/${name}`,
  );
}

test.before(async () => {
  await stack.destroy(progress);
});
test.after.always(async () => {
  await destroyAndRemove(stack);
});

test.serial("a lab on three virtual machines comes up, and every claim holds", async (t) => {
  await timed(t, "up", () => stack.up(progress));
  const all = await claims();
  t.deepEqual(
    all.filter(({ ok }) => !ok),
    [],
  );
  for (const name of nodes) {
    t.true(
      all.some(({ id }) => id === `pod-to-pod-multi-node/own-kernel/${name}`),
      name,
    );
    t.true(
      all.some(({ id }) => id === `pod-to-pod-multi-node/private-interface/${name}`),
      name,
    );
  }
});

test.serial("an unchanged lab changes nothing", async (t) => {
  const { summary } = await timed(t, "up with nothing to do", () => stack.up(progress));
  t.deepEqual(Object.keys(summary.resourceChanges ?? {}), ["same"]);
});

test.serial("a worker reboots from inside, and every claim holds again", async (t) => {
  const before = await bootId("k8s-worker1");
  await on("k8s-worker1", "systemd-run --quiet --on-active=1 systemctl reboot");
  await timed(t, "reboot of a worker", async () => {
    let after = before;
    while (after === before) {
      await pause(3000);
      after = await bootId("k8s-worker1").catch(() => before);
    }
    await readyAgain("k8s-worker1");
  });
  await timed(t, "every check again", () => verify("rebooted"));
  t.deepEqual(
    (await claims()).filter(({ ok }) => !ok),
    [],
  );
});

test.serial("a VM that died is found by the next update, and is the same machine again", async (t) => {
  const id = readFileSync(`${folder}/k8s-worker2/id`, "utf8");
  process.kill(Number(readFileSync(`${folder}/k8s-worker2/pid`, "utf8")), "SIGKILL");
  await pause(1000);
  const { summary } = await timed(t, "up after a VM died", () => stack.up(progress));
  t.is(summary.resourceChanges?.update, 1);
  t.is(readFileSync(`${folder}/k8s-worker2/id`, "utf8"), id);
  await readyAgain("k8s-worker2");
});

test.serial("destroyed, it has left no machine", async (t) => {
  await timed(t, "destroy", () => stack.destroy(progress));
  t.false(existsSync(folder));
});
