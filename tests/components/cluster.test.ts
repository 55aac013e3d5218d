// Proves names, parents, order, secrets and parameters of the cluster's resources. It does not prove that kubeadm likes them.
import * as pulumi from "@pulumi/pulumi";
import test from "ava";
import type { Machine } from "../../components/machines/machine.ts";
import { digestOf } from "../../nodes/script.ts";
import { at, components, recorded, recordedAs, registered, secretInput, useMocks, valueOf } from "./mocks.ts";

const caHash = `sha256:${"ab".repeat(32)}`;
const token = "abcdef.0123456789abcdef";
await useMocks(({ name }) => {
  if (name.endsWith("-init"))
    return { stdout: JSON.stringify({ kubeconfig: "the kubeconfig", caHash, emulated: false }) };
  if (name.endsWith("-token")) return { stdout: token };
  if (name.endsWith("-packages")) return { stdout: '{"bridge-utils":"1.7.1-1","net-tools":"2.10-0.1"}' };
  if (name.endsWith("-members")) return { stdout: '{"a/b":"uid"}' };
  if (name.endsWith("-backend")) return { stdout: '{"a/b":"uid","c/d":"another"}' };
  return { stdout: "" };
});
const { Cluster } = await import("../../components/cluster/cluster.ts");
const { Flannel } = await import("../../components/cluster/flannel.ts");
const { remote } = await import("@pulumi/command");

class Stub extends pulumi.ComponentResource {}

const machines: Machine[] = ["boss", "left", "right"].map((name, index) => ({
  name,
  role: index === 0 ? "control-plane" : "worker",
  address: `10.9.0.${10 + index}`,
  shell: { host: "127.0.0.1", port: 4000 + index, user: "root", privateKey: "THE KEY", hostKey: `ssh-ed25519 ${name}` },
  ...(index === 0 ? { api: { host: "127.0.0.1", port: 4009 } } : {}),
  identity: `${name}-1`,
  resource: new Stub("test:Machine", name),
}));
const cluster = new Cluster(
  "cluster",
  {
    machines,
    podCidr: "10.200.0.0/16",
    serviceCidr: "10.100.0.0/16",
    kubernetes: "1.37.2",
    dnsAddress: "10.100.0.10",
    proxyMode: "nftables",
  },
  {},
);
await valueOf(cluster.ready.stdout);

const inputs = (name: string) => recordedAs(name).inputs;

test("once the certificates were renewed, the control plane is asked for its kubeconfig anew, in place", async (t) => {
  const renewed = new Cluster(
    "renewed",
    {
      machines: machines.slice(0, 1).map((machine) => ({ ...machine, name: "lone" })),
      podCidr: "10.200.0.0/16",
      serviceCidr: "10.100.0.0/16",
      kubernetes: "1.37.2",
      dnsAddress: "10.100.0.10",
      renewed: "2026-11-28T12:00:00Z",
    },
    {},
  );
  await valueOf(renewed.ready.stdout);
  t.regex(inputs("lone-init").stdin, /# as of/);
  t.deepEqual(inputs("lone-init").triggers, inputs("boss-init").triggers);
});

test("every machine is prepared and gets the course's packages", (t) => {
  for (const { name } of machines) {
    t.regex(inputs(`${name}-prepare`).stdin, /POD_CIDR='10\.200\.0\.0\/16'/);
    t.regex(inputs(`${name}-packages`).stdin, /PACKAGES='bridge-utils net-tools tcpdump'/);
  }
});

test("what shows WireGuard's peers is installed where packets are carried by that, behind the other packages, and nowhere else", async (t) => {
  t.false([...recorded.keys()].some((name) => name.includes("wireguard")));
  const sealed = new Cluster(
    "sealed",
    {
      machines: machines.slice(0, 1).map((machine) => ({ ...machine, name: "sealing" })),
      podCidr: "10.200.0.0/16",
      serviceCidr: "10.100.0.0/16",
      kubernetes: "1.37.2",
      dnsAddress: "10.100.0.10",
      backend: "wireguard",
    },
    {},
  );
  await valueOf(sealed.ready.stdout);
  t.regex(inputs("sealing-wireguard-tools").stdin, /PACKAGES='wireguard-tools'/);
  t.true(at("sealing-packages") < at("sealing-wireguard-tools"));
  t.true(at("sealing-wireguard-tools") < at("sealed-ready"));
  t.regex(inputs("sealing-carry").stdin, /^DEVICES='flannel-wg'$[^]*^ROUTES='one'$/m);
});

test("kube-proxy is put in with the mode that was asked for", (t) => {
  t.regex(inputs("boss-addons").stdin, /^PROXY_MODE='nftables'$/m);
});

test("only the first machine is initialised, with the address and names its certificate must hold", (t) => {
  t.deepEqual(
    [...recorded.keys()].filter((name) => name.endsWith("-init")),
    ["boss-init"],
  );
  t.regex(inputs("boss-init").stdin, /NODE_ADDRESS='10\.9\.0\.10'/);
  t.regex(inputs("boss-init").stdin, /API_PORT='4009'/);
  // Another text would run it once more in every lab that is up.
  t.notRegex(inputs("boss-init").stdin, /# as of/);
});

test("a worker receives the join token as a secret, on standard input, and the CA's hash", async (t) => {
  for (const name of ["left", "right"]) {
    const join = inputs(`${name}-join`);
    const stdin = String(secretInput(join.stdin));
    t.true(stdin.endsWith(token));
    t.true(stdin.includes(caHash));
    t.true(stdin.includes("10.9.0.10:6443"));
    t.false(join.create.includes(token));
  }
  t.true(await pulumi.isSecret(cluster.kubeconfig));
});

test("what prints a secret logs nothing", (t) => {
  for (const name of ["boss-init", "left-token", "right-token"]) t.is(inputs(name).logging, remote.Logging.None);
  t.is(inputs("boss-prepare").logging, remote.Logging.Stderr);
});

test("every connection pins the machine's own host key, and keeps the login key a secret", (t) => {
  const commands = [...recorded].filter(([, { type }]) => type === "command:remote:Command");
  t.true(commands.length > machines.length);
  for (const [name, { inputs: own }] of commands) {
    const { port, hostKey, privateKey } = secretInput(own.connection) as Record<string, unknown>;
    const machine = machines.find(({ shell }) => shell.port === port);
    t.is(hostKey, machine?.shell.hostKey as string, name);
    t.is(privateKey, "THE KEY", name);
  }
});

test("another machine under the same name is set up again", (t) => {
  t.deepEqual(inputs("left-prepare").triggers, ["left-1"]);
  t.deepEqual(inputs("left-join").triggers, ["left-1"]);
});

test("whatever makes a join run again makes its token anew, and ready revokes it", (t) => {
  const join = [caHash, "10.9.0.11", "10.9.0.10:6443", digestOf(["cluster/join"])];
  t.deepEqual(inputs("left-token").triggers, ["boss-1", "left-1", ...join]);
  const { triggers } = inputs("cluster-ready");
  t.deepEqual(triggers, ["boss-1", "boss-1", "left-1", "right-1", "abcdef", "abcdef"]);
  t.notRegex(JSON.stringify(triggers), /0123456789abcdef/, "the other half is the secret");
});

test("components are given plain values: no machine, key or other setting is in the state twice", (t) => {
  const inputsOf = Object.fromEntries(components.map((component) => [component.name, component.inputs]));
  t.deepEqual(Object.keys(inputsOf).toSorted(), ["cluster", "cluster-flannel", "left", "right"]);
  t.deepEqual(inputsOf["cluster"], {
    podCidr: "10.200.0.0/16",
    serviceCidr: "10.100.0.0/16",
    kubernetes: "1.37.2",
    proxyMode: "nftables",
  });
  t.deepEqual(Object.keys(inputsOf["cluster-flannel"] ?? {}), ["image", "podCidr"]);
  for (const worker of ["left", "right"]) t.deepEqual(inputsOf[worker], {}, worker);
});

test("flannel is patient where the control plane says that its processor is emulated, and nowhere else", async (t) => {
  const flannel = (name: string, patient: boolean) =>
    new Flannel(name, { podCidr: "10.200.0.0/16", apiAddress: "10.9.0.10", image: "flannel:1", patient }, {});
  flannel("slow", true);
  flannel("fast", false);
  await Promise.all(["slow-daemon", "fast-daemon"].map(registered));
  const container = (name: string) => inputs(name).spec.template.spec.containers[0];
  t.true(container("slow-daemon").args.includes("--iptables-resync=60"));
  t.is(container("slow-daemon").livenessProbe.timeoutSeconds, 150);
  t.deepEqual(container("fast-daemon"), { ...container("cluster-flannel-daemon"), image: "flannel:1" });
});

test("flannel's configuration is changed in place: replaced, it would take the DaemonSet with it", (t) => {
  t.is(String(inputs("cluster-kubernetes").enableConfigMapMutable), "true");
});

test("flannel gets the backend that the config names, and other pods for another one", async (t) => {
  const common = { podCidr: "10.200.0.0/16", apiAddress: "10.9.0.10", image: "flannel:1", patient: false };
  new Flannel("direct", { ...common, backend: "host-gw" }, {});
  await registered("direct-daemon");
  const netConf = (name: string): unknown =>
    (JSON.parse(inputs(`${name}-config`).data["net-conf.json"]) as { Backend: unknown }).Backend;
  t.deepEqual(netConf("direct"), { Type: "host-gw" });
  t.deepEqual(netConf("cluster-flannel"), { Type: "vxlan", VNI: 1, Port: 8472 });
  new Flannel("tables", { ...common, backend: { name: "vxlan", rules: "nftables" } }, {});
  await registered("tables-daemon");
  const rules = (name: string): unknown =>
    (JSON.parse(inputs(`${name}-config`).data["net-conf.json"]) as { EnableNFTables: unknown }).EnableNFTables;
  t.deepEqual([rules("tables"), rules("direct")], [true, false]);
  t.deepEqual(netConf("tables"), netConf("cluster-flannel"));
  const annotations = (name: string) => inputs(`${name}-daemon`).spec.template.metadata.annotations;
  t.deepEqual(annotations("direct"), { "pod-networking-lab/backend": "host-gw" });
  t.deepEqual(annotations("tables"), { "pod-networking-lab/backend": "vxlan rules=nftables" });
  t.is(annotations("cluster-flannel"), undefined);
});

test("a second family: kubeadm, the kubelet, the guard and flannel are given both ranges and addresses, and IPv4 alone nothing of it", async (t) => {
  const dual = new Cluster(
    "dual",
    {
      machines: machines.slice(0, 1).map((machine) => ({ ...machine, name: "both", address6: "fd00:10:9::10" })),
      podCidr: "10.200.0.0/16",
      serviceCidr: "10.100.0.0/16",
      ipFamily: "dual",
      second: { podCidr: "fd00:10:200::/48", serviceCidr: "fd00:10:100::/112" },
      backend: { name: "vxlan", mtu: 1380 },
      kubernetes: "1.37.2",
      dnsAddress: "10.100.0.10",
    },
    {},
  );
  await Promise.all([valueOf(dual.ready.stdout), registered("dual-flannel-daemon")]);
  for (const name of ["both-prepare", "both-init"])
    for (const given of [/POD_CIDR6='fd00:10:200::\/48'/, /SERVICE_CIDR6='fd00:10:100::\/112'/])
      t.regex(inputs(name).stdin, given, name);
  t.regex(inputs("both-init").stdin, /NODE_ADDRESS6='fd00:10:9::10'/);
  t.regex(inputs("both-carry").stdin, /DEVICES='flannel\.1 flannel-v6\.1'/);
  const netConf = (name: string) => JSON.parse(inputs(`${name}-config`).data["net-conf.json"]) as object;
  t.like(netConf("dual-flannel"), { EnableIPv6: true, IPv6Network: "fd00:10:200::/48", Network: "10.200.0.0/16" });
  t.false("EnableIPv6" in netConf("cluster-flannel"));
  t.like(netConf("dual-flannel"), { Backend: { MTU: 1380 } });
  // By IPv6 what flannel is told of makes packets 20 larger.
  t.regex(inputs("both-prepare").stdin, /BACKEND_MTU='1400'/);
  for (const step of ["prepare", "init"])
    t.notRegex(inputs(`boss-${step}`).stdin, /^(POD|SERVICE)_CIDR6=|^NODE_ADDRESS6=/m, step);
});

test("IPv6 alone: kubeadm, the guard and flannel are given its ranges and nothing of IPv4, and the API server's address stands in brackets", async (t) => {
  const six = new Cluster(
    "six",
    {
      machines: machines.slice(0, 2).map((machine, index) => {
        const address = `fd00:10:9::1${index}`;
        return { ...machine, name: `six${index}`, address, address6: address };
      }),
      ipFamily: "ipv6",
      podCidr: "fd00:10:200::/48",
      serviceCidr: "fd00:10:100::/112",
      kubernetes: "1.37.2",
      dnsAddress: "fd00:10:100::a",
    },
    {},
  );
  await Promise.all([valueOf(six.ready.stdout), registered("six-flannel-daemon")]);
  for (const step of ["prepare", "init"]) {
    t.regex(inputs(`six0-${step}`).stdin, /^POD_CIDR6='fd00:10:200::\/48'$/m, step);
    t.regex(inputs(`six0-${step}`).stdin, /^SERVICE_CIDR6='fd00:10:100::\/112'$/m, step);
    t.notRegex(inputs(`six0-${step}`).stdin, /^(POD|SERVICE)_CIDR=|^NODE_ADDRESS6=/m, step);
    t.regex(inputs(`six0-${step}`).stdin, /^NODE_ADDRESS='fd00:10:9::10'$/m, step);
  }
  t.regex(inputs("six0-carry").stdin, /^DEVICES='flannel-v6\.1'$/m);
  const join = secretInput(inputs("six1-join").stdin) as string;
  t.regex(join, /^API_SERVER='\[fd00:10:9::10\]:6443'$/m);
  t.notRegex(join, /^NODE_ADDRESS6=/m);
  t.like(JSON.parse(inputs("six-flannel-config").data["net-conf.json"]) as object, {
    EnableIPv4: false,
    EnableIPv6: true,
    IPv6Network: "fd00:10:200::/48",
  });
  t.notRegex(inputs("six-flannel-config").data["net-conf.json"], /"Network"/);
});

test("pods wait for the look whether their MTU is still right, and ready for what cleans up on each node", async (t) => {
  t.regex(inputs("cluster-backend").stdin, /BACKEND='vxlan'/);
  t.true(at("cluster-members") < at("cluster-backend"));
  t.true(at("cluster-flannel-daemon") < at("cluster-backend"));
  // What it prints is what the lessons make their pods anew by.
  t.deepEqual(await valueOf(cluster.lostPods), { "a/b": "uid", "c/d": "another" });
  for (const { name } of machines) {
    t.regex(inputs(`${name}-carry`).stdin, /DEVICES='flannel\.1'/);
    t.true(at("cluster-backend") < at(`${name}-carry`));
    t.true(at(`${name}-carry`) < at("cluster-ready"));
  }
});

test("the join comes after the preparation, ready after the joins", (t) => {
  t.true(at("left-prepare") < at("left-join"));
  t.true(at("boss-prepare") < at("boss-init"));
  t.true(at("boss-init") < at("left-token"));
  t.true(at("left-join") < at("cluster-ready"));
  t.true(at("cluster-flannel-daemon") < at("cluster-ready"));
});

test("resources hang under their components", async (t) => {
  t.regex(await valueOf(cluster.ready.urn), /podnet:cluster:Cluster\$command:remote:Command::cluster-ready$/);
});

test("flannel takes the interface that carries the node's address, and the cluster's pod range", (t) => {
  const { spec } = inputs("cluster-flannel-daemon");
  const [container] = spec.template.spec.containers;
  t.true(container.args.includes("--iface=$(NODE_ADDRESS)"));
  // As the API server completes it: else an update that was killed before it recorded the DaemonSet could not be taken up again.
  const references = container.env.flatMap(
    (one: { valueFrom?: { fieldRef?: object } }) => one.valueFrom?.fieldRef ?? [],
  );
  t.true(references.length > 0 && references.every((one: { apiVersion?: string }) => one.apiVersion === "v1"));
  t.false(
    JSON.stringify(spec).includes("iptables-resync"),
    "only where it would take a good part of an emulated processor",
  );
  t.is(JSON.parse(inputs("cluster-flannel-config").data["net-conf.json"]).Network, "10.200.0.0/16");
});
