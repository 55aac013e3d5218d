// A whole lab on EC2 through the real engine, against a stand-in for Amazon (tests/aws): calls are judged by an implementation of EC2's
// API that is not ours, user-data is done by Debian's cloud-init, and in front of each machine stand its security groups. It does not
// prove Pulumi's own aws plugin, an account's quotas and permissions, that Amazon's answers are like these, Ubuntu, or real boot times.
import { execFileSync } from "node:child_process";
import { connect as connectTls } from "node:tls";
import test from "ava";
import { parse } from "yaml";
import { instanceUserData } from "../../components/machines/aws/instance.ts";
import { userData } from "../../components/machines/cloud-init.ts";
import { holdings } from "../aws/api.ts";
import { openInstances } from "../aws/stack.ts";
import { contract } from "./contract.ts";
import { evidenceOf } from "./evidence.ts";
import { destroyAndRemove, inMachine, logins, openStack, outputsOf, progress, reaches, run, traces } from "./lab.ts";

const stackName = "live-aws";
const nodes = ["k8s-master", "k8s-worker1", "k8s-worker2"] as const;
const [master, worker] = nodes;
const machineCidr = "172.28.68.0/24";
const { stack, api, empty, image, end } = await openInstances(stackName, {
  machineCidr,
  publicCidr: "172.28.69.0/24",
});
const outputs = async (of = stack) => contract.parse(await outputsOf(of));
let evidence: string[] = [];

test.after.always(end);

const keys = {
  name: "k8s-master",
  authorizedKey: "ssh-ed25519 AAAA podnet",
  hostKey: { privateKey: "-----BEGIN OPENSSH PRIVATE KEY-----\n", publicKey: "ssh-ed25519 AAAA" },
};
const schema = (document: string): string =>
  execFileSync(
    "docker",
    [
      "run",
      "--rm",
      "--interactive",
      "--network=none",
      "--entrypoint",
      "cloud-init",
      image,
      "schema",
      "--config-file",
      "/dev/stdin",
    ],
    {
      input: document,
      encoding: "utf8",
      stdio: ["pipe", "pipe", "pipe"],
    },
  );

test.serial("user-data is cloud-config to cloud-init itself, for instances and for virtual machines", (t) => {
  t.regex(schema(instanceUserData(keys, 8)), /^Valid cloud-config/);
  t.regex(schema(instanceUserData(keys, 0)), /^Valid cloud-config/);
  t.regex(schema(userData({ ...keys, user: "root", nameservers: ["10.0.2.3"] })), /^Valid cloud-config/);
  t.throws(() => schema(userData({ ...keys, user: "root", files: { "/x": { content: "", mode: 644 as never } } })), {
    message: /write_files/,
  });
});

test.serial("a preview needs no credentials, asks nothing, and makes nothing", async (t) => {
  stack.workspace.envVars = {
    ...stack.workspace.envVars,
    AWS_ACCESS_KEY_ID: "",
    AWS_SECRET_ACCESS_KEY: "",
    AWS_ENDPOINT_URL: "",
  };
  const { changeSummary } = await stack.preview(progress);
  t.deepEqual(Object.keys(changeSummary), ["create"]);
  t.deepEqual(await holdings(api.ec2), empty);
  t.deepEqual(traces(stackName), []);
});

test.serial("every claim holds, and the outputs fit the contract", async (t) => {
  stack.workspace.envVars = { ...stack.workspace.envVars, ...api.env };
  await stack.up(progress);
  const { nodes: got, verification, scenarios, cost } = await outputs();
  t.deepEqual(
    got.map(({ name, address }) => [name, address]),
    nodes.map((name, index) => [name, `172.28.68.${10 + index}`]),
  );
  for (const { ssh } of got) t.regex(ssh, /^ssh:\/\/ubuntu@172\.28\.69\.\d+:22$/);
  t.is(verification.passed, Object.values(scenarios).flatMap(({ claims }) => claims).length);
  t.deepEqual(Object.keys(cost.machines), [...nodes]);
  t.true(typeof cost.perHour === "number" && cost.perHour > 0.05 && cost.perHour < 0.2, String(cost.perHour));
  evidence = evidenceOf(scenarios);
});

test.serial("what the API holds of it carries the stack's tag, but for what comes with a VPC", async (t) => {
  const { Tags = [] } = await api.ec2.describeTags({
    Filters: [{ Name: "key", Values: ["pod-networking-lab.stack"] }],
  });
  t.deepEqual(new Set(Tags.map(({ Value }) => Value)), new Set([stackName]));
  const tagged = new Set(Tags.map(({ ResourceId }) => ResourceId));
  const now = await holdings(api.ec2);
  for (const kind of ["subnets", "gateways", "vpcs", "volumes", "instances"]) {
    for (const id of now[kind]!) t.true(tagged.has(id) || empty[kind]!.includes(id), `${kind}: ${id}`);
  }
  t.is(now["instances"]!.length, nodes.length);
});

test.serial("the API server is known by its public address, with the kubeconfig as it is", async (t) => {
  const { kubeconfig, nodes: got } = await outputs();
  const { cluster } = (parse(kubeconfig) as { clusters: { cluster: Record<string, string> }[] }).clusters[0]!;
  const host = new URL(got[0]!.ssh).hostname;
  t.is(cluster["server"], `https://${host}:6443`);
  const ca = Buffer.from(cluster["certificate-authority-data"]!, "base64").toString();
  const names = await new Promise<string | undefined>((resolve, reject) => {
    const socket = connectTls({ host, port: 6443, ca }, () => {
      resolve(socket.getPeerCertificate().subjectaltname);
      socket.destroy();
    });
    socket.on("error", reject);
  });
  t.true(names?.split(", ").includes(`IP Address:${host}`), names);
});

test.serial(
  "the first connection was pinned: the machine's one host key is the state's, and older than any login",
  async (t) => {
    const { knownHosts } = (await outputs()).access;
    const { nodes: got } = await outputs();
    for (const [index, node] of nodes.entries()) {
      const inside = (command: string): string => inMachine(stackName, node, command).trim();
      t.is(inside("ls /etc/ssh/ssh_host_*_key"), "/etc/ssh/ssh_host_ed25519_key");
      const [type, key] = inside("cat /etc/ssh/ssh_host_ed25519_key.pub").split(" ");
      t.is(
        knownHosts.split("\n")[index]?.split(" ").slice(0, 3).join(" "),
        `${new URL(got[index]!.ssh).hostname} ${type} ${key}`,
      );
      const written = Number(inside("stat --format %Y /etc/ssh/ssh_host_ed25519_key"));
      const first = Number(
        inside("journalctl --unit ssh --output short-unix --no-pager | awk '/ Accepted /{ print int($1); exit }'"),
      );
      t.true(written <= first && first > 0, `${node}: written ${written}, first login ${first}`);
    }
  },
);

test.serial("user-data was done: name, login, and the hour of its end; nobody else may log in", (t) => {
  for (const node of nodes) {
    const inside = (command: string): string => inMachine(stackName, node, command).trim();
    t.is(inside("hostname"), node);
    t.regex(inside("cloud-init status"), /status: done/);
    t.is(inside("wc -l </home/ubuntu/.ssh/authorized_keys"), "1");
    t.is(inside("cat /root/.ssh/authorized_keys"), "", "the lab's key is not root's");
    t.is(inside("systemctl is-active podnet-deadline.timer"), "active");
    const hours =
      (Number(
        inside(
          "systemctl show --property NextElapseUSecRealtime --value podnet-deadline.timer | xargs -I{} date --date '{}' +%s",
        ),
      ) -
        Date.now() / 1000) /
      3600;
    t.true(hours > 7.5 && hours < 8, `${hours} hours`);
  }
});

test.serial("security groups let through what the lab needs, and nothing else", async (t) => {
  const [control, node] = (await outputs()).nodes.map(({ ssh }) => new URL(ssh).hostname) as [string, string];
  const from = async (host: string, ports: readonly number[]) => Promise.all(ports.map((port) => reaches(host, port)));
  t.deepEqual(await from(control, [22, 6443, 2379, 10250, 10257]), [
    "open",
    "open",
    "no answer",
    "no answer",
    "no answer",
  ]);
  t.deepEqual(await from(node, [22, 6443, 10250]), ["open", "no answer", "no answer"]);
  const between = (source: string, address: string, port: number): string =>
    inMachine(
      stackName,
      source,
      `timeout 2 bash -c 'exec 3<>/dev/tcp/${address}/${port}' 2>/dev/null && echo open || echo shut`,
    ).trim();
  t.is(between(worker, "172.28.68.10", 6443), "open");
  t.is(between(worker, "172.28.68.10", 2379), "shut");
  t.is(between(worker, "172.28.68.10", 22), "shut");
  t.is(between(worker, "172.28.68.12", 10250), "shut");
  t.is(between(master, "172.28.68.11", 10250), "open");
  t.is(between(master, "172.28.68.11", 22), "shut");
});

test.serial("an unchanged lab changes nothing and logs in nowhere", async (t) => {
  const seen = nodes.map((node) => logins(stackName, node));
  const { summary } = await stack.up(progress);
  t.deepEqual(Object.keys(summary.resourceChanges ?? {}), ["same"]);
  t.deepEqual(
    nodes.map((node) => logins(stackName, node)),
    seen,
  );
});

test.serial(
  "after a destroy the API holds nothing of the lab, and this machine no container, network or route",
  async (t) => {
    await stack.destroy(progress);
    t.deepEqual(await holdings(api.ec2), empty);
    t.deepEqual(traces(stackName), []);
    t.notRegex(run("ip", "route"), /172\.28\.6[89]\./);
  },
);

test.serial("a lab on this machine proves the same, claim by claim", async (t) => {
  const local = await openStack("live-aws-local", { platform: "local", machineCidr, portBase: 31510 });
  try {
    await local.up(progress);
    t.true(evidence.length > 80);
    t.deepEqual(evidenceOf((await outputs(local)).scenarios), evidence);
  } finally {
    await destroyAndRemove(local);
  }
});
