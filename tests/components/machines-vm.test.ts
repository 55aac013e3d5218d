// Proves names, secrets, the seed and what replaces or restarts a VM. It does not prove that one boots (tests/live does).
import * as pulumi from "@pulumi/pulumi";
import test from "ava";
import { parse } from "yaml";
import { defaultOrigin } from "../../bundle/choice.ts";
import { components, inputsOf, recorded, secretInput, useMocks, valueOf } from "./mocks.ts";

const disk = "vm-disk-amd64-0123456789abcdef";
await useMocks(
  ({ name }) => {
    if (name.endsWith("-lab")) return { stdout: "mock-0a1b2c3d" };
    if (name.endsWith("-login") || name.endsWith("-host-key")) {
      return { stdout: JSON.stringify({ privateKey: `private ${name}\n`, publicKey: `ssh-ed25519 ${name}` }) };
    }
    if (name.endsWith("-disk")) return { stdout: disk };
    return { stdout: JSON.stringify({ id: `id of ${name}`, start: "now" }) };
  },
  {},
  () => ({ stdout: JSON.stringify({ boss: "monday", left: "tuesday" }) }),
);
type Settings = Parameters<typeof createMachines>[1];
const { createMachines } = await import("../../components/machines/machines.ts");
const { macAddress } = await import("../../components/machines/vm.ts");

const settings: Settings = {
  stack: "mock",
  platform: {
    kind: "vm",
    machineCidr: "10.9.0.0/24",
    portBase: 4000,
    sizes: { "control-plane": { cpus: 2, memory: 4096, disk: 8 }, worker: { cpus: 1, memory: 2048, disk: 6 } },
  },
  nodes: [
    { name: "boss", role: "control-plane" },
    { name: "left", role: "worker" },
  ],
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
};
const machines = await createMachines("machines", settings);
const dual = await createMachines("dual", {
  ...settings,
  ipFamily: "dual",
  ranges6: { machineCidr: "fd00:10:9::/64", podCidr: "fd00:10:200::/48", serviceCidr: "fd00:10:100::/112" },
});
await Promise.all([...machines, ...dual].map(({ identity }) => valueOf(pulumi.output(identity))));

interface CommandInputs {
  readonly environment: Readonly<Record<string, string>>;
  readonly triggers: readonly unknown[];
  readonly logging?: string;
  readonly stdin?: unknown;
}
const inputs = (name: string): CommandInputs => inputsOf(name);
/** user-data, meta-data and network-config of a machine. */
const seed = (name: string, component = "machines"): string[] =>
  String(secretInput(inputs(`${component}-${name}`).stdin))
    .trim()
    .split("\n")
    .map((line) => Buffer.from(line, "base64").toString());
const ethernets = (network = "") =>
  (parse(network, { version: "1.1" }) as { ethernets: Record<string, { addresses: string[]; routes?: unknown }> })
    .ethernets;

test("each machine has the size of its role, and the host is asked for the sum", (t) => {
  t.like(inputs("machines-boss").environment, {
    CPUS: "2",
    MEMORY: "4096",
    SIZE: "8",
    API_PORT: "4009",
    SSH_PORT: "4000",
  });
  t.like(inputs("machines-left").environment, { CPUS: "1", MEMORY: "2048", SIZE: "6", API_PORT: "", SSH_PORT: "4001" });
  t.like(inputs("machines-ground").environment, { MEMORY: "6144", SIZE: "14", PORTS: "4000 4001 4009" });
});

test("the node's address is on the private interface; the other leads outside", (t) => {
  const { eth0, eth1 } = ethernets(seed("left")[2]);
  t.deepEqual(eth1?.addresses, ["10.9.0.11/24"]);
  t.is(eth1?.routes, undefined);
  t.deepEqual(eth0?.routes, [{ to: "0.0.0.0/0", via: "10.0.2.2" }]);
  t.is(machines[1]?.address, "10.9.0.11");
  t.is(machines[1]?.address6, undefined);
});

test("with both families the private interface has an IPv6 address, and one of the link that no other VM has", (t) => {
  const [boss, left] = ["boss", "left"].map((name) => ethernets(seed(name, "dual")[2]));
  t.deepEqual(boss?.["eth1"]?.addresses, ["10.9.0.10/24", "fd00:10:9::10/64", "fe80::1/64"]);
  t.deepEqual(left?.["eth1"]?.addresses, ["10.9.0.11/24", "fd00:10:9::11/64", "fe80::2/64"]);
  t.deepEqual(left?.["eth0"], ethernets(seed("left")[2])["eth0"]);
  t.deepEqual(
    dual.map(({ address6 }) => address6),
    ["fd00:10:9::10", "fd00:10:9::11"],
  );
  // cloud-init runs once: what is in the seed cannot be changed on a machine.
  t.true(inputs("dual-left").triggers.includes("fd00:10:9::11"));
});

test("a private key is in the seed, which is a secret, and nowhere else", (t) => {
  t.true(seed("left")[0]?.includes("private machines-left-host-key"));
  for (const name of ["boss", "left"]) {
    const { stdin: _, ...rest } = inputs(`machines-${name}`);
    t.notRegex(JSON.stringify(rest), /private/);
  }
});

test("another disk, size or port is another machine; more memory, and a start, are not", (t) => {
  const { triggers, environment } = inputs("machines-left");
  for (const value of [disk, "6", "4001", "10.9.0.11", "ssh-ed25519 machines-login"])
    t.true(triggers.includes(value), value);
  t.is(environment["START"], "tuesday");
  for (const value of ["2048", "tuesday"]) t.false(triggers.includes(value), value);
});

test("a lab of an earlier version keeps its VMs: what replaces one is the same, in the same order", (t) => {
  const macs = [macAddress("mock", 1, 0), macAddress("mock", 1, 1)].join(" ");
  const keys = ["ssh-ed25519 machines-left-host-key", "ssh-ed25519 machines-login"];
  t.deepEqual(inputs("machines-left").triggers, [disk, "6", macs, "4001", "", "10.9.0.11", ...keys]);
  t.false("triggers" in inputs("machines-ground"), "another trigger would replace the ground: sweep.sh would run");
});

test("VMs are under the component's own type, and have no network that the host would have to make", async (t) => {
  t.regex(
    await valueOf(machines[0]!.resource.urn),
    /podnet:machines:VmMachines\$command:local:Command::machines-boss$/,
  );
  t.false(recorded.has("machines-network"));
});

test("the component's inputs are plain values: no machine, key or other setting is in the state twice", (t) => {
  t.deepEqual(
    components.map((component) => component.inputs),
    Array(2).fill({ machineCidr: "10.9.0.0/24", portBase: 4000 }),
  );
});

test("a MAC is the same at every update, and no two interfaces share one", (t) => {
  t.is(macAddress("dev", 1, 0), macAddress("dev", 1, 0));
  const all = [0, 1, 8].flatMap((machine) => [
    macAddress("dev", machine, 0),
    macAddress("dev", machine, 1),
    macAddress("other", machine, 0),
  ]);
  t.is(new Set(all).size, all.length);
  for (const mac of all) t.regex(mac, /^52:54:00(:[0-9a-f]{2}){3}$/);
});

test("no input holds a path of this machine", (t) => {
  for (const { inputs: given } of recorded.values()) t.false(JSON.stringify(given ?? {}).includes(process.cwd()));
});
