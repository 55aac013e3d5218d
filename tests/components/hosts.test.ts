// Proves names, secrets, order and what is pinned for machines of the user's own. It does not prove that one is set up (tests/live does).
import * as pulumi from "@pulumi/pulumi";
import test from "ava";
import { defaultOrigin } from "../../bundle/choice.ts";
import type { Settings } from "../../components/settings/settings.ts";
import type { HostSettings } from "../../components/settings/hosts.ts";
import { Secret } from "../../components/settings/secret.ts";
import { at, recorded, recordedAs, secretInput, useMocks, valueOf } from "./mocks.ts";

await useMocks(({ name }) => {
  if (name.endsWith("-lab")) return { stdout: "mock-12345678" };
  if (/^(machines|other)-(boss|left|right)$/.test(name))
    return {
      stdout: JSON.stringify({ id: `machine-id of ${name}`, arch: name === "machines-left" ? "arm64" : "amd64" }),
    };
  const pulls = name === "machines-right-supply";
  return {
    stdout: name.endsWith("-supply") ? JSON.stringify({ key: "0123456789abcdef", stage: "/stage", pulls }) : "",
  };
});
const { createMachines } = await import("../../components/machines/machines.ts");
const { accessTo } = await import("../../components/machines/access.ts");

const host = (name: string, index: number): HostSettings => ({
  name,
  role: index === 0 ? "control-plane" : "worker",
  address: `192.0.2.${10 + index}`,
  privateAddress: `10.9.0.${10 + index}`,
  port: index === 2 ? 2222 : 22,
  user: index === 1 ? "ops" : "root",
  privateKey: new Secret(index === 1 ? "KEY OF OPS" : "KEY OF ROOT"),
  hostKey: `ssh-ed25519 ${name}`,
});
const names = ["boss", "left", "right"];
const settings: Settings = {
  stack: "mock",
  platform: { kind: "hosts", hosts: names.map(host) },
  nodes: names.map((name, index) => ({ name, role: index === 0 ? "control-plane" : "worker" })),
  podCidr: "10.200.0.0/16",
  backend: "vxlan",
  ipFamily: "ipv4",
  serviceCidr: "10.100.0.0/16",
  dnsAddress: "10.100.0.10",
  artifacts: { ...defaultOrigin, way: "source", mirrors: { registries: { "ghcr.io": "https://m.example" } } },
  proxyMode: "iptables",
  lessons: ["pod-network"],
  faults: [],
  verify: "first",
};
const machines = await createMachines("machines", settings);
const identities = await Promise.all(machines.map(({ identity }) => valueOf(pulumi.output(identity))));

const inputs = (name: string) => recordedAs(name).inputs;

test("resources are named after the component and the host, and nothing else is made", (t) => {
  const made = [...recorded.keys()].filter((name) => name.startsWith("machines")).toSorted();
  const each = names.flatMap((name) => ["", "-base", "-supply", "-install"].map((step) => `machines-${name}${step}`));
  t.deepEqual(made, ["machines", "machines-lab", "machines-preflight", ...each].toSorted());
});

test("all hosts are looked at before any is claimed, and the way back exists before anything is installed", (t) => {
  for (const name of names) {
    t.true(at("machines-preflight") < at(`machines-${name}`));
    t.true(at(`machines-${name}`) < at(`machines-${name}-base`));
    t.true(at(`machines-${name}-base`) < at(`machines-${name}-supply`));
    t.true(at(`machines-${name}-supply`) < at(`machines-${name}-install`));
    t.is(inputs(`machines-${name}`).delete, "node platforms/hosts/host.ts reset");
  }
});

test("private keys go by standard input and connection only, as secrets", (t) => {
  const hosts = JSON.parse(String(secretInput(inputs("machines-preflight").stdin))) as {
    name: string;
    privateKey: string;
  }[];
  t.deepEqual(
    hosts.map(({ name, privateKey }) => [name, privateKey]),
    [
      ["boss", "KEY OF ROOT"],
      ["left", "KEY OF OPS"],
      ["right", "KEY OF ROOT"],
    ],
  );
  for (const name of names) {
    for (const step of ["", "-supply"]) {
      const { stdin, ...rest } = inputs(`machines-${name}${step}`);
      t.is((JSON.parse(String(secretInput(stdin))) as { name: string }).name, name);
      t.notRegex(JSON.stringify(rest), /KEY OF/);
    }
    for (const step of ["-base", "-install"]) {
      const { connection, ...rest } = inputs(`machines-${name}${step}`);
      t.regex(JSON.stringify(secretInput(connection)), /KEY OF/);
      t.notRegex(JSON.stringify(rest), /KEY OF/);
    }
  }
});

test("every connection pins the host's own key", (t) => {
  for (const [index, name] of names.entries()) {
    for (const step of ["-base", "-install"]) {
      const {
        hostKey,
        host: dialled,
        port,
      } = secretInput(inputs(`machines-${name}${step}`).connection) as Record<string, unknown>;
      t.deepEqual([dialled, port, hostKey], [`192.0.2.${10 + index}`, index === 2 ? 2222 : 22, `ssh-ed25519 ${name}`]);
    }
  }
});

test("a host's triggers name no other host, so that one more leaves it alone", (t) => {
  for (const name of names) {
    const others = names.filter((other) => other !== name).join("|");
    for (const step of ["", "-base", "-supply", "-install"])
      t.notRegex(JSON.stringify(inputs(`machines-${name}${step}`)), new RegExp(`"(ssh-ed25519 )?(${others})"`));
  }
});

test("another host, by address or host key, is another machine", (t) => {
  const { triggers } = inputs("machines-right") as { triggers: unknown[] };
  t.deepEqual(triggers.slice(0, 3), ["192.0.2.12", 2222, "ssh-ed25519 right"]);
});

test("each host gets what its own architecture runs", (t) => {
  t.deepEqual(
    names.map((name) => inputs(`machines-${name}-supply`).environment.ARCH),
    ["amd64", "arm64", "amd64"],
  );
  const [boss, left, right] = names.map((name) => (inputs(`machines-${name}-supply`).triggers as unknown[])[1]);
  t.is(boss, right);
  t.not(boss, left);
});

test("a host pulls its images exactly when it was sent none, by the mirrors either way", (t) => {
  const [boss = "", , right = ""] = names.map((name) => String(secretInput(inputs(`machines-${name}-install`).stdin)));
  t.regex(boss, /^IMAGES=''$/m);
  t.regex(boss, /^PLUGIN=''$/m);
  t.regex(right, /^IMAGES='[^']*registry\.k8s\.io\/kube-proxy:[^']*'$/m);
  t.notRegex(right, /^IMAGES='[^']*etcd/m, "it is a worker");
  for (const text of [boss, right]) t.regex(text, /^MIRRORS='ghcr\.io https:\/\/m\.example'$/m);
});

test("every host gets curl, which the course types and a host fetches with, and nft, which names the rule that dropped a packet", (t) => {
  for (const name of names) {
    const given = /^PACKAGES='(.*)'$/m.exec(String(inputs(`machines-${name}-base`).stdin))?.[1] ?? "";
    for (const each of ["curl", "nftables"]) t.true(given.split(" ").includes(each), `${name}: ${each}`);
  }
});

test("a machine is known by its machine id, its nodes by the private address, the API server by the address that is dialled", async (t) => {
  t.deepEqual(
    identities,
    names.map((name) => `machine-id of machines-${name}`),
  );
  t.deepEqual(await Promise.all(machines.map(({ address }) => valueOf(pulumi.output(address)))), [
    "10.9.0.10",
    "10.9.0.11",
    "10.9.0.12",
  ]);
  t.deepEqual(
    machines.map(({ api }) => api),
    [{ host: "192.0.2.10", port: 6443 }, undefined, undefined],
  );
});

test("the access output is a secret that has a key for every node, and the hosts' keys as OpenSSH looks them up", async (t) => {
  const access = accessTo(machines);
  t.true(await pulumi.isSecret(access));
  t.deepEqual(await valueOf(access), {
    privateKey: "KEY OF ROOT",
    privateKeys: { boss: "KEY OF ROOT", left: "KEY OF OPS", right: "KEY OF ROOT" },
    knownHosts: "192.0.2.10 ssh-ed25519 boss\n192.0.2.11 ssh-ed25519 left\n[192.0.2.12]:2222 ssh-ed25519 right\n",
  });
  t.deepEqual(
    Object.keys(await valueOf(accessTo([machines[0]!, machines[2]!]))),
    ["privateKey", "knownHosts"],
    "one key does for all",
  );
});
