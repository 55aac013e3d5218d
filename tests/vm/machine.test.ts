// One real virtual machine, made by the component that makes a lab's, with a program of the test's own: the disk boots, the first
// connection is pinned, and the machine is ready for kubeadm and survives a reboot. That takes minutes under emulation; what a whole
// lab of three does is proved by `./lab test vm`, and what the verbs do to a VM that died by tests/unit/vm.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { LocalWorkspace } from "@pulumi/pulumi/automation/index.js";
import test from "ava";
import { execa } from "execa";
import { z } from "zod";
import { defaultChoice } from "../../bundle/choice.ts";
import { decide } from "../../bundle/decide.ts";
import { diskSubject } from "../../platforms/vm/disk.ts";
import { versions } from "../../bundle/versions.ts";
import { installedLater } from "../../bundle/recipes/packages.ts";
import { OwnedMachines } from "../../components/machines/owned.ts";
import { virtualMachines } from "../../components/machines/vm.ts";
import { Script } from "../../components/script.ts";
import { parseResult, readScript } from "../../nodes/script.ts";
import { stackFolder } from "../../platforms/vm/state.ts";
import { checkpointsOf } from "../../cli/stack/checkpoints.ts";
import { withSecretFiles } from "../../cli/stack/secret-files.ts";
import { sshArguments } from "../../cli/verbs/ssh.ts";
import { destroyAndRemove, progress, root } from "../live/lab.ts";

const stackName = "live-vm";
const [address, portBase] = ["172.28.66.10", 33360];
const folder = stackFolder(stackName);

const decided = await decide(diskSubject(defaultChoice), defaultChoice);
const stack = await LocalWorkspace.createOrSelectStack(
  {
    stackName,
    projectName: "pod-networking-lab",
    program: async () => {
      const size = { cpus: 2, memory: 2048, disk: 6 };
      const one = {
        stack: stackName,
        nodes: [{ name: "k8s-master", role: "control-plane" }],
        machineCidr: "172.28.66.0/24",
      } as const;
      const { machines } = new OwnedMachines("machines", {
        ...one,
        portBase,
        artifacts: { choice: defaultChoice, decided },
        platform: virtualMachines({ ...one, sizes: { "control-plane": size, worker: size } }),
      });
      const machine = machines[0]!;
      const params = {
        NODE_NAME: machine.name,
        NODE_ADDRESS: machine.address,
        POD_CIDR: "10.244.0.0/16",
        SERVICE_CIDR: "10.96.0.0/16",
        POD_PACKETS: "wrapped",
        BACKEND: "vxlan",
      };
      const prepared = new Script("cluster/prepare", { machine, script: "cluster/prepare", params }, {});
      const installed = new Script(
        "cluster/packages",
        { machine, script: "cluster/packages", params: { PACKAGES: installedLater.join(" ") } },
        { dependsOn: [prepared] },
      );
      const { privateKey, hostKey } = machine.shell;
      return { identity: machine.identity, privateKey, hostKey, packages: installed.stdout };
    },
  },
  { workDir: root },
);
const outputs = z.object({ identity: z.string(), privateKey: z.string(), hostKey: z.string(), packages: z.string() });

const read = async () =>
  outputs.parse(
    Object.fromEntries(Object.entries(await stack.outputs()).map(([key, { value }]) => [key, value as unknown])),
  );

/** What a command prints on the machine, whose host key must be the one that the program gave it. */
async function on(command: string, input = ""): Promise<string> {
  const { privateKey, hostKey } = await read();
  const node = { name: "k8s-master", role: "", address, ssh: `ssh://root@127.0.0.1:${portBase}` };
  return await withSecretFiles({ key: privateKey, known: `[127.0.0.1]:${portBase} ${hostKey}\n` }, async (path) => {
    const { stdout } = await execa(
      "ssh",
      [...sshArguments(node, path("key"), path("known")), "-o", "ConnectTimeout=60", command],
      { input },
    );
    return stdout;
  });
}
const bootId = (): Promise<string> => on("cat /proc/sys/kernel/random/boot_id");

test.before(async () => {
  await stack.destroy(progress);
  await stack.up(progress);
});
test.after.always(async () => {
  await destroyAndRemove(stack);
});

test.serial("the machine boots from the built disk, with the name and the host key that it was given", async (t) => {
  t.is(await on("hostname"), "k8s-master");
  t.is(
    await on("cut -d ' ' -f 1,2 /etc/ssh/ssh_host_ed25519_key.pub"),
    (await read()).hostKey.split(" ").slice(0, 2).join(" "),
  );
  t.regex(await on("cloud-init schema --system"), /^Valid cloud-config/);
});

test.serial("its kernel is its own, and its disk as large as it was asked for", async (t) => {
  t.not(await bootId(), readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
  const size = Number(await on("df --output=size --block-size=1M / | tail -n 1"));
  t.true(size > 5.5 * 1024 && size <= 6 * 1024, `${size} MiB`);
});

test.serial("two interfaces: the default route on the one, the node's address on the other", async (t) => {
  const interfaces = z.array(
    z.looseObject({ ifname: z.string(), addr_info: z.array(z.looseObject({ local: z.string() })) }),
  );
  const found = interfaces.parse(JSON.parse(await on("ip -json -4 addr show")));
  t.deepEqual(
    found.map(({ ifname, addr_info: [first] }) => [ifname, first?.local]),
    [
      ["lo", "127.0.0.1"],
      ["eth0", "10.0.2.15"],
      ["eth1", address],
    ],
  );
  t.regex(await on("ip route show default"), /^default via 10\.0\.2\.2 dev eth0/);
});

test.serial("the course's packages were installed by a remote command", async (t) => {
  const installed = JSON.parse((await read()).packages) as Record<string, string>;
  t.deepEqual(Object.keys(installed).toSorted(), [...installedLater].toSorted());
});

test.serial("kubeadm's preflight passes with nothing ignored, the images being there already", async (t) => {
  const configuration = [
    "apiVersion: kubeadm.k8s.io/v1beta4",
    "kind: InitConfiguration",
    `localAPIEndpoint: { advertiseAddress: ${address} }`,
    "---",
    "apiVersion: kubeadm.k8s.io/v1beta4",
    "kind: ClusterConfiguration",
    `kubernetesVersion: v${versions.kubernetes}`,
  ].join("\n");
  const output = await on("kubeadm init phase preflight --config /dev/stdin 2>&1", configuration);
  t.regex(output, /\[preflight\]/);
  t.notRegex(output, /ERROR/);
});

test.serial("it reboots from inside: another boot, the same address, port and disk", async (t) => {
  const before = await bootId();
  await on("echo kept >/root/mark; sync; systemd-run --quiet --on-active=1 systemctl reboot");
  let after = before;
  for (const deadline = Date.now() + 240_000; after === before && Date.now() < deadline; await pause(2000)) {
    after = await bootId().catch(() => before);
  }
  t.not(after, before);
  t.is(await on("cat /root/mark"), "kept");
  t.regex(await on("ip -4 -brief addr show eth1"), new RegExp(`${address}/24`));
  t.is(await on("systemctl is-active containerd podnet-guard"), "active\nactive");
});

test.serial(
  "a checkpoint of it is gone back to, disk and memory: what was changed since is as it was, in the same boot",
  async (t) => {
    const [id = ""] = readFileSync(`${folder}/.lab`, "utf8").split("\n");
    const checkpoints = checkpointsOf({ platform: "vm", id });
    const before = await bootId();
    // What is below /run is in memory only, and so is a process.
    await on("echo kept | tee /root/mark /run/mark; systemd-run --quiet --unit=podnet-mark sleep infinity");
    let begun = Date.now();
    await checkpoints.save("begin", "{}");
    t.log(`kept in ${Math.round((Date.now() - begun) / 1000)} s`);
    await on(`echo broken | tee /root/mark /run/mark; systemctl stop podnet-mark; rm "$(command -v kubeadm)"; sync`);
    begun = Date.now();
    t.is(await checkpoints.restore("begin"), "{}");
    t.is(await bootId(), before);
    t.log(`back in ${Math.round((Date.now() - begun) / 1000)} s`);
    t.is(
      await on("cat /root/mark /run/mark; systemctl is-active podnet-mark; command -v kubeadm >/dev/null"),
      "kept\nkept\nactive",
    );
    t.log(`its clock was late by ${parseResult("host/clock", await on("bash -s", readScript("host/clock"))).late} s`);
    t.true(Math.abs(Number(await on("date +%s")) - Date.now() / 1000) < 15, "its clock is right again");
    const [one] = await checkpoints.list();
    t.like(one, { name: "begin", half: false });
    t.log(`${Math.round((one?.bytes ?? 0) / 2 ** 20)} MiB`);
    t.true((one?.bytes ?? 0) > 100 * 2 ** 20, "memory is in it");
    await checkpoints.remove("begin");
    t.deepEqual(await checkpoints.list(), []);
    t.is(await on("cat /root/mark"), "kept");
  },
);

test.serial("an update takes it for one that was started since, and the next one leaves it alone", async (t) => {
  t.is((await stack.up(progress)).summary.resourceChanges?.["update"], 1);
  const { summary } = await stack.up(progress);
  t.deepEqual(Object.keys(summary.resourceChanges ?? {}), ["same"]);
});

test.serial("destroyed, it has left no process, socket, disk or key", async (t) => {
  const pid = readFileSync(`${folder}/k8s-master/pid`, "utf8").trim();
  await stack.destroy(progress);
  t.false(existsSync(folder));
  t.false(existsSync(`/proc/${pid}`) && readFileSync(`/proc/${pid}/cmdline`, "utf8") !== "");
  t.deepEqual(
    readdirSync("/dev/shm").filter((name) => name.startsWith(`podnet:${stackName}:`)),
    [],
  );
});
