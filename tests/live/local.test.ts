// A real lab on container machines: real engine, kubeadm, flannel and packets, with the plugins that ./lab has provided. It does not prove the
// other platforms, nor that a whole lab of an earlier version is taken over: only what decides whose its machines are.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { LocalWorkspace } from "@pulumi/pulumi/automation/index.js";
import test from "ava";
import { execa } from "execa";
import { renderReport } from "../../report/page.ts";
import { reportOutputs } from "../../report/proofs.ts";
import { assets } from "../../cli/verbs/report.ts";
import { contract } from "./contract.ts";
import {
  configure,
  container,
  destroyAndRemove,
  inMachine,
  logins,
  openStack,
  progress,
  root,
  run,
  traces,
} from "./lab.ts";

const stackName = "live";
const config = {
  platform: "local",
  workers: 2,
  machineCidr: "172.28.57.0/24",
  portBase: 32310,
  podCidr: "10.231.0.0/16",
};
const nodes = ["k8s-master", "k8s-worker1", "k8s-worker2"];
const stack = await openStack(stackName, config);
const up = () => stack.up(progress);

test.before(async () => {
  await stack.destroy(progress);
});
test.after.always(async () => {
  await destroyAndRemove(stack);
});

test.serial("a config that cannot be used creates nothing, and every problem is named", async (t) => {
  await configure(stack, { ...config, workers: 0, podCidr: "10.231.0.1/16" });
  const error = await t.throwsAsync(up);
  t.regex(error.message, /workers 0 is not a whole number from 1 to 8/);
  t.regex(error.message, /podCidr "10.231.0.1\/16" is not an IPv4 network/);
  t.notRegex(error.message, /\n\s+at .*\.ts:\d+/, "no stack trace");
  t.deepEqual(traces(stackName), []);
  await configure(stack, config);
});

test.serial("an update killed in the middle of kubeadm init is taken up again, with one init in all", async (t) => {
  const killed = spawn("pulumi", ["up", "--yes", "--skip-preview", "--stack", stackName], {
    cwd: root,
    detached: true,
    stdio: "ignore",
  });
  const deadline = Date.now() + 120_000;
  for (;;) {
    const initialising =
      run("docker", "ps", "--quiet", "--filter", `name=${container(stackName, nodes[0] ?? "")}`) !== "" &&
      inMachine(stackName, nodes[0] ?? "", "pgrep --full 'kubeadm init' || true") !== "";
    if (initialising) break;
    if (Date.now() > deadline) return t.fail("kubeadm init was not seen within two minutes");
    await pause(200);
  }
  process.kill(-(killed.pid ?? Number.NaN), "SIGKILL");
  await once(killed, "exit");
  // A hard kill leaves the file backend's lock; `./lab up` releases it by itself.
  await stack.cancel();
  await up();
  const inits = inMachine(
    stackName,
    nodes[0] ?? "",
    "grep --count '^\\[init\\] Using Kubernetes version' /var/log/podnet-init.log",
  );
  t.is(inits.trim(), "1");
});

test.serial("the outputs fit the contract and every claim holds", async (t) => {
  const outputs = Object.fromEntries(Object.entries(await stack.outputs()).map(([key, { value }]) => [key, value]));
  const { nodes: got, verification, scenarios } = contract.parse(outputs);
  t.deepEqual(
    got.map(({ name }) => name),
    nodes,
  );
  const claims = Object.values(scenarios).flatMap((scenario) => scenario.claims);
  t.is(verification.passed, claims.length);
  t.deepEqual(
    claims.filter(({ ok }) => !ok),
    [],
  );
  t.is(new Set(claims.map(({ id }) => id)).size, claims.length, "claim ids are unique");
});

test.serial("the report shows every claim and every hop", async (t) => {
  const outputs = reportOutputs.parse(values(await stack.outputs()));
  const page = renderReport(outputs, { stack: stackName, ...assets() });
  for (const [namespace, { claims, journey = [] }] of Object.entries(outputs.scenarios)) {
    for (const { id } of claims) t.true(page.includes(`data-claim="${id}"`), id);
    for (const at of journey.keys())
      t.true(page.includes(`id="journey-${namespace}-${at + 1}"`), `${namespace}, hop ${at + 1}`);
  }
});

test.serial("./lab outputs prints what pulumi prints, secrets hidden alike", (t) => {
  // It reads the state by itself, since that is faster.
  const printed = run(process.execPath, join(root, "cli", "main.ts"), "outputs", "--stack", stackName);
  t.deepEqual(JSON.parse(printed), JSON.parse(run("pulumi", "stack", "output", "--json", "--stack", stackName)));
});

test.serial("the kubeconfig works from here as it is, and is a secret", async (t) => {
  const { kubeconfig, access } = await stack.outputs();
  t.true(kubeconfig?.secret);
  t.true(access?.secret);
  // The Automation API's own export shows secrets; this is the state as it is kept.
  const state = run("pulumi", "stack", "export", "--stack", stackName);
  t.false(state.includes("BEGIN OPENSSH PRIVATE KEY"));
  t.false(state.includes("client-key-data"));
});

test.serial("an unchanged lab changes nothing and is not logged in to", async (t) => {
  const before = nodes.map((node) => logins(stackName, node));
  const { summary } = await up();
  t.deepEqual(Object.keys(summary.resourceChanges ?? {}), ["same"]);
  t.deepEqual(
    nodes.map((node) => logins(stackName, node)),
    before,
  );
});

test.serial("a recreated pod is observed again", async (t) => {
  const before = contract.parse(values(await stack.outputs()));
  run(
    "docker",
    "exec",
    container(stackName, "k8s-master"),
    "kubectl",
    "--kubeconfig=/etc/kubernetes/admin.conf",
    "delete",
    "pod",
    "--namespace=container-to-container",
    "my-pod",
  );
  await stack.refresh(progress);
  await up();
  const after = contract.parse(values(await stack.outputs()));
  t.not(
    after.scenarios["container-to-container"].claims[0]?.output,
    before.scenarios["container-to-container"].claims[0]?.output,
  );
  // What every pod does with every other is tried again; what concerns other pods alone is not.
  const others = ({ claims, ...rest }: (typeof after.scenarios)["pod-to-pod-single-node"]) => ({
    ...rest,
    claims: claims.filter(({ id }) => !/\/(reach|dns|outside-name|no-translation)\//.test(id)),
  });
  t.deepEqual(others(after.scenarios["pod-to-pod-single-node"]), others(before.scenarios["pod-to-pod-single-node"]));
});

test.serial(
  "a worker that was stopped and one that was removed are back after an update, and every claim holds again",
  async (t) => {
    const identity = (node: string): string =>
      run("docker", "inspect", "--format", "{{.Id}}", container(stackName, node)).trim();
    const before = nodes.map(identity);
    run("docker", "stop", container(stackName, "k8s-worker1"));
    run("docker", "rm", "--force", container(stackName, "k8s-worker2"));
    await up();
    const after = nodes.map(identity);
    t.deepEqual(after.slice(0, 2), before.slice(0, 2));
    t.not(after[2], before[2]);
    const claims = Object.values(contract.parse(values(await stack.outputs())).scenarios).flatMap(
      (scenario) => scenario.claims,
    );
    t.deepEqual(
      claims.filter(({ ok }) => !ok),
      [],
    );
    t.deepEqual(Object.keys((await up()).summary.resourceChanges ?? {}), ["same"]);
  },
);

test.serial(
  "a second clone with the same stack name is refused with both named, and neither its up nor its destroy touches the first",
  async (t) => {
    const clone = join(root, ".lab/test-state/clone");
    rmSync(clone, { recursive: true, force: true });
    mkdirSync(join(clone, "state"), { recursive: true });
    const tracked = run("git", "-C", root, "ls-files", "-z").split("\0").filter(Boolean);
    await execa("xargs", ["-0", "cp", "--parents", "-t", clone], { cwd: root, input: tracked.join("\0") });
    symlinkSync(join(root, "node_modules"), join(clone, "node_modules"));
    const second = await LocalWorkspace.createOrSelectStack(
      { stackName, workDir: clone },
      { envVars: { PULUMI_BACKEND_URL: `file://${join(clone, "state")}` } },
    );
    await configure(second, config);
    const before = nodes.map(started);
    const refused = await t.throwsAsync(() => second.up(progress));
    t.regex(refused.message, /the names that this lab needs are taken: the container "podnet-live-k8s-master"/);
    t.regex(refused.message, new RegExp(`is that of lab "live" \\(live-\\w+\\) of ${root};`));
    t.regex(refused.message, new RegExp(`this is lab "live" \\(live-\\w+\\) of ${clone}`));
    await second.destroy(progress);
    t.deepEqual(nodes.map(started), before);
    t.is(traces(stackName).length, 2 * nodes.length + 1);
    rmSync(clone, { recursive: true, force: true });
  },
);

test.serial(
  "a machine without an id, as earlier versions made them, is the lab's whose key it lets in, and stays for all others",
  async (t) => {
    const [STACK, name] = ["live-earlier", "podnet-live-earlier-k8s-master"];
    const image = run("docker", "inspect", "--format", "{{.Config.Image}}", container(stackName, "k8s-master")).trim();
    run("docker", "create", "--name", name, "--label=pod-networking-lab.stack=live-earlier", image);
    t.teardown(() => run("docker", "rm", "--force", name));
    const keys = join(root, ".lab/test-state/earlier");
    await execa("sh", ["-c", `mkdir -p ${keys}/.ssh && echo 'ssh-ed25519 AAAA live' >${keys}/.ssh/authorized_keys`]);
    run("docker", "cp", `${keys}/.ssh`, `${name}:/root/`);
    rmSync(keys, { recursive: true, force: true });
    const verb = (script: string, LAB: string, LOGIN = "") =>
      execa(join(root, "platforms/local", script), script === "machine.sh" ? ["delete"] : [], {
        env: { STACK, LAB, LOGIN, NODE: "k8s-master", NODES: "k8s-master", CIDR: "172.28.58.0/24", PORTS: "32390" },
        reject: false,
      });
    const other = await verb("ground.sh", "live-earlier-1", "ssh-ed25519 BBBB live");
    t.is(other.exitCode, 1);
    t.regex(other.stderr, /is that of a lab "live-earlier" of an earlier version, in a checkout that is not known/);
    const own = await verb("ground.sh", "live-earlier-2", "ssh-ed25519 AAAA live");
    t.is(own.exitCode, 0, own.stderr);
    t.regex(own.stderr, /was made by an earlier version; it is this lab's, and stays/);
    t.regex((await verb("machine.sh", "live-earlier-1")).stderr, /it stays, with its volume/);
    t.not(run("docker", "ps", "--all", "--quiet", "--filter", `name=^${name}$`), "");
    await verb("machine.sh", "live-earlier-2");
    t.is(run("docker", "ps", "--all", "--quiet", "--filter", `name=^${name}$`), "");
  },
);

test.serial("ports are open on loopback only", (t) => {
  for (const node of nodes) {
    const published = run("docker", "port", container(stackName, node)).trim().split("\n");
    t.deepEqual(
      published.filter((line) => !line.includes("-> 127.0.0.1:")),
      [],
    );
  }
});

test.serial(
  "a lab whose API server is dead and whose worker was removed by hand is destroyed, by a run that is killed in the middle and another",
  async (t) => {
    run("docker", "rm", "--force", container(stackName, "k8s-worker2"));
    inMachine(stackName, "k8s-master", "systemctl stop kubelet containerd; pkill kube-apiserver || true");
    const before = traces(stackName).length;
    const killed = spawn("pulumi", ["destroy", "--yes", "--skip-preview", "--stack", stackName], {
      cwd: root,
      detached: true,
      stdio: "ignore",
    });
    const exit = once(killed, "exit");
    const deadline = Date.now() + 120_000;
    while (traces(stackName).length === before) {
      if (Date.now() > deadline) return t.fail("nothing of the lab was removed within two minutes");
      await pause(100);
    }
    process.kill(-(killed.pid ?? Number.NaN), "SIGKILL");
    t.deepEqual(await exit, [null, "SIGKILL"], "it had not ended yet");
    await stack.cancel();
    await stack.destroy(progress);
    t.deepEqual(traces(stackName), []);
    t.deepEqual((await stack.exportStack()).deployment.resources ?? [], []);
  },
);

/** Which container a machine is, and when it was started last. */
function started(node: string): string {
  return run("docker", "inspect", "--format", "{{.Id}} {{.State.StartedAt}}", container(stackName, node)).trim();
}

function values(outputs: Readonly<Record<string, { readonly value: unknown }>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(outputs).map(([key, { value }]) => [key, value]));
}
