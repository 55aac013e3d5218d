// Proves names, parents, secrets, ports and what replaces a machine. It does not prove that a container boots (tests/live does).
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import test from "ava";
import { defaultOrigin, settled } from "../../bundle/choice.ts";
import { components, inputsOf, recorded, secretInput, useMocks, valueOf } from "./mocks.ts";

const network = "podnet-mock";
const image = "pod-networking-lab/node:0123456789abcdef";
await useMocks(
  ({ name }) => {
    if (name.endsWith("-lab")) return { stdout: "born-0a1b2c3d" };
    if (name.endsWith("-login") || name.endsWith("-host-key")) {
      return { stdout: JSON.stringify({ privateKey: `private ${name}\n`, publicKey: `ssh-ed25519 ${name}` }) };
    }
    if (name.endsWith("-image")) return { stdout: image };
    if (name.endsWith("-network")) return { stdout: network };
    return { stdout: JSON.stringify({ id: `container of ${name}`, start: `start of ${name}` }) };
  },
  {},
  () => ({ stdout: JSON.stringify({ boss: "monday", left: "tuesday", right: "wednesday" }) }),
);
const { createMachines } = await import("../../components/machines/machines.ts");
const { imageKey } = await import("../../platforms/local/image.ts");

const names = ["boss", "left", "right"];
const machines = await createMachines("machines", {
  stack: "mock",
  platform: { kind: "local", machineCidr: "10.9.0.0/24", portBase: 4000 },
  nodes: names.map((name, index) => ({ name, role: index === 0 ? "control-plane" : "worker" })),
  podCidr: "10.200.0.0/16",
  backend: "vxlan",
  ipFamily: "ipv4",
  serviceCidr: "10.100.0.0/16",
  dnsAddress: "10.100.0.10",
  artifacts: { ...defaultOrigin, way: "source" },
  proxyMode: "iptables",
  lessons: ["pod-network"],
  faults: [],
  verify: "first",
});
await Promise.all(machines.map(({ identity }) => valueOf(pulumi.output(identity))));

interface CommandInputs {
  readonly environment: Readonly<Record<string, string>>;
  readonly triggers: readonly unknown[];
  readonly logging?: string;
  readonly stdin?: unknown;
  readonly update?: string;
}

const inputs = (name: string): CommandInputs => inputsOf(name);

test("a machine that was last started at another moment, or does not run, is another input, and not another machine", async (t) => {
  t.deepEqual(
    names.map((name) => inputs(`machines-${name}`).environment.START),
    ["monday", "tuesday", "wednesday"],
  );
  for (const name of names) t.false(JSON.stringify(inputs(`machines-${name}`).triggers).includes("day"));
  t.is(await valueOf(pulumi.output(machines[1]?.start)), "start of machines-left");
});

test("resources are named after the component and the node, and nothing else is made", (t) => {
  const made = [...recorded.keys()].filter((name) => name !== "mock" && name !== "pod-networking-lab-mock").toSorted();
  const each = names.flatMap((name) => [`machines-${name}`, `machines-${name}-host-key`]);
  t.deepEqual(
    made,
    [
      "machines",
      "machines-ground",
      "machines-image",
      "machines-lab",
      "machines-login",
      "machines-network",
      ...each,
    ].toSorted(),
  );
});

test("every resource has the component as its parent", async (t) => {
  for (const { resource } of machines) {
    t.regex(await valueOf(resource.urn), /podnet:machines:LocalMachines\$command:local:Command::machines-/);
  }
});

test("the control plane has .10, the workers .11 and up", async (t) => {
  t.deepEqual(await Promise.all(machines.map(({ address }) => valueOf(pulumi.output(address)))), [
    "10.9.0.10",
    "10.9.0.11",
    "10.9.0.12",
  ]);
});

test("machines are reached on loopback, by ports in the order of the nodes; the API server is on the tenth", (t) => {
  t.deepEqual(
    machines.map(({ shell }) => [shell.host, shell.port]),
    [
      ["127.0.0.1", 4000],
      ["127.0.0.1", 4001],
      ["127.0.0.1", 4002],
    ],
  );
  t.deepEqual(
    machines.map(({ api }) => api),
    [{ host: "127.0.0.1", port: 4009 }, undefined, undefined],
  );
  t.deepEqual(
    names.map((name) => inputs(`machines-${name}`).environment.API_PORT),
    ["4009", "", ""],
  );
  t.is(inputs("machines-ground").environment.PORTS, "4000 4001 4002 4009");
});

test("private keys reach a machine by standard input, as secrets, and nowhere else", (t) => {
  for (const name of names) {
    const { stdin, ...rest } = inputs(`machines-${name}`);
    const keys = `ssh-ed25519 machines-${name}-host-key\nssh-ed25519 machines-login\nprivate machines-${name}-host-key\n`;
    t.is(secretInput(stdin), keys);
    t.notRegex(JSON.stringify(rest), /private/);
  }
});

test("the key to log in is a secret; a host's public key is not", async (t) => {
  for (const { shell } of machines) {
    t.true(await pulumi.isSecret(pulumi.output(shell.privateKey)));
    t.false(await pulumi.isSecret(pulumi.output(shell.hostKey)));
  }
});

test("making a key logs nothing", (t) => {
  for (const name of ["login", ...names.map((node) => `${node}-host-key`)])
    t.is(inputs(`machines-${name}`).logging, "none");
});

test("machines of one role share an image, and each has a host key of its own", async (t) => {
  t.deepEqual(
    names.map((name) => inputs(`machines-${name}`).environment.IMAGE),
    [`${image}-control-plane`, `${image}-worker`, `${image}-worker`],
  );
  t.is(
    new Set(await Promise.all(machines.map(({ shell }) => valueOf(pulumi.output(shell.hostKey))))).size,
    names.length,
  );
});

test("another image, network, address or port is another machine", (t) => {
  t.deepEqual(inputs("machines-image").triggers, [imageKey(settled("source"))]);
  const { triggers } = inputs("machines-left");
  for (const value of [`${image}-worker`, network, "10.9.0.11", "4001"]) t.true(triggers.includes(value));
});

test("a lab of an earlier version keeps its machines: what replaces one is the same, in the same order", (t) => {
  const keys = ["ssh-ed25519 machines-left-host-key", "ssh-ed25519 machines-login"];
  t.deepEqual(inputs("machines-left").triggers, [network, `${image}-worker`, "10.9.0.11", "4001", "", ...keys]);
  t.deepEqual(inputs("machines-network").triggers, ["10.9.0.0/24"]);
});

test("after a boot of the host its settings are set again, and no machine is swept away for it", (t) => {
  const ground = inputs("machines-ground");
  t.is(ground.environment.BOOT, readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
  t.false("triggers" in ground, "another trigger would replace the ground: sweep.sh would run");
});

test("the component's inputs are plain values: no machine, key or other setting is in the state twice", (t) => {
  t.deepEqual(
    components.map((component) => component.inputs),
    [{ machineCidr: "10.9.0.0/24", portBase: 4000 }],
  );
});

test("no other node is named in a machine's inputs, so that one more leaves it alone", (t) => {
  const left = recorded.get("machines-left");
  t.notRegex(JSON.stringify(left?.inputs), /boss|right|4000|4002/);
});

test("whatever is made in the engine is told the lab's own id, and the name that the lab was born with", (t) => {
  for (const name of ["ground", "network", ...names])
    t.like(inputs(`machines-${name}`).environment, { LAB: "born-0a1b2c3d", STACK: "born" }, name);
});

test("the id is made once: whatever the stack is called later, an update prints the one that is there", (t) => {
  const { update, environment } = inputs("machines-lab");
  t.is(update, 'printf %s "$PULUMI_COMMAND_STDOUT"');
  t.deepEqual(environment, { STACK: "mock" });
  for (const name of ["login", "boss-host-key"]) t.is(inputs(`machines-${name}`).environment["STACK"], "born");
});

test("no input holds a path of this machine", (t) => {
  for (const { inputs: given } of recorded.values()) t.false(JSON.stringify(given ?? {}).includes(process.cwd()));
});

test("a machine's identity is its container's", async (t) => {
  t.is(await valueOf(pulumi.output(machines[1]?.identity ?? "")), "container of machines-left");
});
