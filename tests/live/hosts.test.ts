// A real lab on three plain machines, Debian 12 and 13, that know nothing of it: preflight, installation, cluster, claims, and that after a destroy they
// are as they were; first of what they fetch for themselves, from upstream's layout on this machine, then of what they are sent over SSH.
// They are containers, so it does not prove real kernels' modules, Ubuntu, or arm64; nor that upstream's sites have what the plan names.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { LocalWorkspace } from "@pulumi/pulumi/automation/index.js";
import test from "ava";
import { execa } from "execa";
import { ensureBundle } from "../../bundle/build.ts";
import { defaultChoice } from "../../bundle/choice.ts";
import { bundleSubject, decide } from "../../bundle/decide.ts";
import type { Mirrors } from "../../bundle/mirrors.ts";
import { hostArch } from "../../bundle/versions.ts";
import { ensureCrane } from "../upstream/crane.ts";
import { openSite } from "../upstream/site.ts";
import { openUpstream } from "../upstream/upstream.ts";
import { contract } from "./contract.ts";
import { configure, destroyAndRemove, root, run } from "./lab.ts";
import { changes, invite, snapshot, toldNewer, type Stranger } from "./strangers.ts";

const stackName = "live-hosts";
const strangers = await invite(stackName, "172.28.65.0/24", ["root", "ops", "root"], "trixie");
const [first, second, third] = strangers.machines as [Stranger, Stranger, Stranger];
/** This machine, as the strangers see it. */
const gateway = "172.28.65.1";
// ./lab test removes this folder, however the tests end.
const folder = join(root, ".lab/test-state/hosts");
rmSync(folder, { recursive: true, force: true });
const bundle = await ensureBundle(await decide(bundleSubject(defaultChoice), defaultChoice));
const upstream = await openUpstream(bundle.dir, await ensureCrane(), hostArch(), folder, gateway);
const { downloads = "", registries = {} } = upstream.mirrors;
const stack = await LocalWorkspace.createOrSelectStack({ stackName, workDir: root });
await configure(stack, {
  platform: "hosts",
  podCidr: "10.232.0.0/16",
  sshKnownHosts: strangers.knownHosts,
  sshPrivateKeyFile: first.privateKeyFile,
  artifacts: "release",
  mirrors: JSON.stringify({ downloads, registries }),
});
const nodes = ["k8s-master", "k8s-worker1", "k8s-worker2"];

/** Puts a stranger on the list of hosts. */
async function list(index: number): Promise<void> {
  const { address, user, privateKeyFile } = strangers.machines[index]!;
  const host = {
    name: nodes[index]!,
    role: index === 0 ? "control-plane" : "worker",
    address,
    ...(user !== "root" && { user, privateKeyFile }),
  };
  for (const [key, value] of Object.entries(host))
    await stack.setConfig(`pod-networking-lab:hosts[${index}].${key}`, { value }, true);
}
for (const index of strangers.machines.keys()) await list(index);
const hostOf = (node: string): string | undefined => strangers.machines[nodes.indexOf(node)]?.hostname;
/** Of what is not as it was found: the versions that a reset has named. */
const newer = new Set<string>();
const progress = {
  onOutput: (text: string) => {
    process.stderr.write(text);
    for (const line of toldNewer(text, hostOf)) newer.add(line);
  },
  suppressOutputs: true,
  color: "never",
} as const;
/** @returns what was done to each resource, by its name */
async function up(): Promise<Map<string, string>> {
  const done = new Map<string, string>();
  await stack.up({
    ...progress,
    onEvent: ({ resourcePreEvent: step }) => {
      if (step !== undefined) done.set(step.metadata.urn.split("::").slice(-2).join(" "), step.metadata.op);
    },
  });
  return done;
}
const kubectl = (...args: string[]): string =>
  strangers.inside(first, ["kubectl", "--kubeconfig=/etc/kubernetes/admin.conf", ...args].join(" "));
const snapshots = (of: readonly Stranger[] = strangers.machines) =>
  Object.fromEntries(of.map((stranger) => [stranger.hostname, snapshot(strangers, stranger)]));
const before = snapshots();
/** What is not on these machines as it was found, and no reset has named it. */
const unlike = (...of: readonly Stranger[]): string[] =>
  changes(Object.fromEntries(of.map(({ hostname }) => [hostname, before[hostname] ?? {}])), snapshots(of)).filter(
    (line) => !newer.has(line),
  );
const logins = () =>
  strangers.machines.map((stranger) =>
    strangers
      .inside(stranger, "journalctl --unit ssh --output cat --no-pager | grep --count '^Accepted' || true")
      .trim(),
  );
const outputs = async () =>
  Object.fromEntries(Object.entries(await stack.outputs()).map(([key, { value }]) => [key, value]));

/** A verb of `./lab` on this stack. */
const lab = (verb: string) =>
  spawnSync(process.execPath, [join(root, "cli/main.ts"), verb, "--stack", stackName], { encoding: "utf8" });

test.after.always(async () => {
  try {
    await destroyAndRemove(stack);
  } finally {
    // As long as it is open, ava waits for this file.
    await upstream.close();
    strangers.remove();
    rmSync(folder, { recursive: true, force: true });
  }
});

test.serial("what is in the way on any host is named, all of it, before anything is changed on any", async (t) => {
  strangers.inside(second, "echo '#!/bin/sh' >/usr/local/bin/kubectl; mkdir -p /etc/kubernetes/manifests");
  strangers.inside(third, "cp /bin/sleep /usr/local/bin/containerd");
  const busy = snapshots();
  const error = await t.throwsAsync(up);
  t.regex(error.message, /k8s-worker1 \(172\.28\.65\.11\) has \/usr\/local\/bin\/kubectl already/);
  t.regex(error.message, /k8s-worker1 \(172\.28\.65\.11\) has \/etc\/kubernetes already/);
  t.regex(
    error.message,
    /k8s-worker2 \(172\.28\.65\.12\) has \/usr\/local\/bin\/containerd, and one machine has one container runtime/,
  );
  t.deepEqual(changes(busy, snapshots()), []);
  strangers.inside(second, "rm -r /usr/local/bin/kubectl /etc/kubernetes");
  strangers.inside(third, "rm /usr/local/bin/containerd");
});

test.serial("an update killed in the middle of an installation is taken up again", async (t) => {
  const killed = spawn("pulumi", ["up", "--yes", "--skip-preview", "--stack", stackName], {
    cwd: root,
    detached: true,
    stdio: "ignore",
  });
  const deadline = Date.now() + 240_000;
  while (strangers.inside(first, "ls /opt/cni/bin 2>/dev/null || true") === "") {
    if (Date.now() > deadline) return t.fail("no installation was seen within four minutes");
    await pause(200);
  }
  process.kill(-(killed.pid ?? Number.NaN), "SIGKILL");
  await once(killed, "exit");
  await stack.cancel();
  const done = await up();
  t.is(
    [...done].find(([resource]) => resource.endsWith(" machines-k8s-master"))?.[1],
    "same",
    "the way back was there",
  );
  for (const stranger of strangers.machines)
    t.regex(strangers.inside(stranger, "cat /var/lib/podnet/installed"), /^fetched-[0-9a-f]{16}$/);
  t.true(upstream.site.asked.filter((path) => path.endsWith("/kubelet")).length >= 3, "each fetched for itself");
});

test.serial("the outputs fit the contract and every claim holds", async (t) => {
  const { nodes: got, verification, scenarios } = contract.parse(await outputs());
  t.deepEqual(
    got.map(({ name, address, ssh }) => [name, address, ssh]),
    [
      ["k8s-master", "172.28.65.10", "ssh://root@172.28.65.10:22"],
      ["k8s-worker1", "172.28.65.11", "ssh://ops@172.28.65.11:22"],
      ["k8s-worker2", "172.28.65.12", "ssh://root@172.28.65.12:22"],
    ],
  );
  const claims = Object.values(scenarios).flatMap((scenario) => scenario.claims);
  t.is(verification.passed, claims.length);
  t.true(
    claims.every(({ node }) => nodes.includes(node)),
    "nodes are called as the config has them, whatever the machines call themselves",
  );
});

test.serial("no private key stands in the state or in a host's process list", async (t) => {
  const { access } = await stack.outputs();
  t.true(access?.secret);
  t.deepEqual(Object.keys(access?.value.privateKeys ?? {}), nodes, "these hosts have keys of their own");
  const state = run("pulumi", "stack", "export", "--stack", stackName);
  t.false(state.includes("BEGIN OPENSSH PRIVATE KEY"));
  t.false(state.includes("client-key-data"));
});

test.serial(
  "a host that is offered a tampered file, or reaches nobody, is named with the address and the way out, and keeps nothing",
  async (t) => {
    const stages = "/var/lib/podnet/stage";
    strangers.inside(second, "cd /var/lib/podnet && mv installed kept");
    const site = await openSite({ "/": { forward: `${downloads}/`, spoil: /\/kubelet$/ } }, gateway);
    const tampered = await supply({ downloads: site.url });
    t.regex(
      tampered,
      /^k8s-worker1 \(172\.28\.65\.11\) could not fetch its programs: kubelet is not what its maker published; nothing of it is kept$/m,
    );
    t.true(tampered.includes(`${site.url}/dl.k8s.io/release/`));
    t.is(strangers.inside(second, `ls ${stages}/*/bin`), "kubeadm\n");
    await site.close();
    const begun = Date.now();
    const alone = await supply({ downloads: site.url });
    t.true(Date.now() - begun < 60_000);
    t.regex(
      alone,
      /^k8s-worker1 \(172\.28\.65\.11\) could not fetch its programs: .*cannot fetch http:\/\/172\.28\.65\.1:\d+\/dl\.k8s\.io\/.*\/kubelet\.sha256: /m,
    );
    t.regex(alone, /artifacts: auto or source sends the host all it needs from this machine$/m);
    strangers.inside(second, `rm -r ${stages} && cd /var/lib/podnet && mv kept installed`);
  },
);

/** What the second host is told when it is given its parts once more, from elsewhere. */
async function supply(mirrors: Mirrors): Promise<string> {
  const { address, user, privateKeyFile } = second;
  const hostKey = strangers.inside(second, "cut -d ' ' -f 1,2 /etc/ssh/ssh_host_ed25519_key.pub").trim();
  const host = {
    name: "k8s-worker1",
    role: "worker",
    address,
    privateAddress: address,
    port: 22,
    user,
    privateKey: readFileSync(privateKeyFile, "utf8"),
    hostKey,
  };
  const env = { ARCH: hostArch(), ARTIFACTS: "release", MIRRORS: JSON.stringify(mirrors) };
  return (
    await execa("node", ["platforms/hosts/supply.ts"], { cwd: root, env, input: JSON.stringify(host), reject: false })
  ).stderr;
}

test.serial("an unchanged lab changes nothing and logs in nowhere", async (t) => {
  const seen = logins();
  t.deepEqual(
    [...(await up())].filter(([, done]) => done !== "same"),
    [],
  );
  t.deepEqual(logins(), seen);
});

test.serial("after a destroy every host is as it was found", async (t) => {
  await stack.destroy(progress);
  t.deepEqual(unlike(...strangers.machines), []);
});

test.serial(
  "a lab with another pod CIDR comes up on two of the hosts, which reach nobody and are sent all they need",
  async (t) => {
    // Nobody listens there. The same address every time: what "auto" has found out of it is kept.
    const mirrors: Mirrors = { downloads: `http://${gateway}:9` };
    await configure(stack, { podCidr: "10.233.0.0/16", artifacts: "auto", mirrors: JSON.stringify(mirrors) });
    await stack.removeConfig("pod-networking-lab:hosts[2]", true);
    upstream.site.asked.length = 0;
    await up();
    t.deepEqual(upstream.site.asked, []);
    for (const stranger of [first, second])
      t.regex(strangers.inside(stranger, "cat /var/lib/podnet/installed"), /^[0-9a-f]{16}$/);
    const { podIPs } = contract.parse(await outputs());
    const addresses = Object.values(podIPs).flatMap((pods) => Object.values(pods));
    t.true(addresses.length > 0 && addresses.every((address) => address.startsWith("10.233.")), addresses.join(", "));
  },
);

test.serial("a worker more touches no other node and replaces no Kubernetes resource", async (t) => {
  await list(2);
  const done = await up();
  for (const [resource, what] of done) {
    // What is observed is observed anew: another overlay is there.
    if (/observe|journey|echo|reachability|verdict/.test(resource)) continue;
    if (/kubernetes:|k8s-master|k8s-worker1/.test(resource))
      t.true(["same", "read"].includes(what), `${resource}: ${what}`);
  }
  t.regex(kubectl("get", "node", "k8s-worker2"), / Ready /);
  contract.parse(await outputs());
});

test.serial(
  "a worker less is drained first, its pods are made anew elsewhere, every claim holds, and its host is as it was found",
  async (t) => {
    // With one worker one of the pods had to go to the control plane; made anew, it goes to the new worker.
    const lesson = "--namespace=pod-to-pod-multi-node";
    kubectl(
      "delete",
      lesson,
      kubectl("get", "pods", lesson, "--field-selector=spec.nodeName=k8s-master", "--output=name").trim(),
    );
    await stack.refresh(progress);
    await up();
    const there = kubectl("get", "pods", lesson, "--field-selector=spec.nodeName=k8s-worker2", "--output=name");
    t.regex(there, /mypod/);
    await stack.removeConfig("pod-networking-lab:hosts[2]", true);
    await up();
    t.notRegex(kubectl("get", "nodes", "--output=name"), /k8s-worker2/);
    const { scenarios } = contract.parse(await outputs());
    t.true(Object.values(scenarios).every(({ pods }) => pods.every(({ node }) => node !== "k8s-worker2")));
    t.deepEqual(unlike(third), []);
  },
);

test.serial(
  "a host that does not answer is named by outputs, up and verify, and when it cannot be reset, with the way out; the others are reset",
  async (t) => {
    strangers.inside(second, "systemctl stop ssh.socket ssh.service");
    const shown = lab("outputs");
    t.is(shown.status, 0);
    t.regex(shown.stderr, /changes nothing while a machine does not answer/);
    t.regex(shown.stderr, /note: .*k8s-worker1 \(172\.28\.65\.11\) does not answer/);
    for (const verb of ["up", "verify"]) {
      const refused = lab(verb);
      t.is(refused.status, 1);
      t.regex(refused.stderr, /k8s-worker1 \(172\.28\.65\.11\) does not answer\nNothing was changed\. Start it/);
    }
    const begun = Date.now();
    const error = await t.throwsAsync(() => stack.destroy(progress));
    t.true(Date.now() - begun < 120_000);
    t.regex(error.message, /k8s-worker1 \(172\.28\.65\.11\) does not answer SSH/);
    t.regex(error.message, /PODNET_ABANDON=k8s-worker1 \.\/lab destroy/);
    strangers.inside(second, "systemctl start ssh.service");
    await stack.destroy(progress);
    t.deepEqual((await stack.exportStack()).deployment.resources ?? [], []);
    t.deepEqual(unlike(...strangers.machines), []);
  },
);
