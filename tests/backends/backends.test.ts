// Every backend of flannel's that this kernel can carry, one after the other on one lab: each is switched to, proved, left alone and traced; two of them are
// compared, and one is switched to by hand. It does not prove those that this kernel does not have, nor nodes in several subnets, nor what a number of the comparison should be.
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import type { forPrograms } from "../../cli/verbs/compare.ts";
import { backendNames, backendOf, hopsOnEnd, isFlannels } from "../../evidence/backends.ts";
import { networkOf } from "../../evidence/cidr.ts";
import { placeOf } from "../../evidence/journey/journey.ts";
import { parseSubnet } from "../../evidence/parse/flannel.ts";
import { parseNftRules } from "../../evidence/parse/nft-rules.ts";
import { flannelsRules, goldenRules, goldenTable } from "../upstream/flannel-rules.ts";
import { contract } from "../live/contract.ts";
import { beginAndEndWithout, configure, inMachine, openStack, progress, root, trace } from "../live/lab.ts";

const stackName = "livebackends";
const config = {
  platform: "local",
  workers: 2,
  machineCidr: "172.28.68.0/24",
  portBase: 28610,
  podCidr: "10.232.0.0/16",
};
const nodes = ["k8s-master", "k8s-worker1", "k8s-worker2"];
const stack = await openStack(stackName, config);
const values = (outputs: Awaited<ReturnType<typeof stack.outputs>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(outputs).map(([key, { value }]) => [key, value as unknown]));

const lab = join(root, "cli", "main.ts");
const stackConfig = (): string => readFileSync(join(root, `Pulumi.${stackName}.yaml`), "utf8");

/** Of a thousand pings from a pod, as ping sums them up. */
function roundTrips({ uid, node }: { readonly uid: string; readonly node: string }, to: string): string {
  const id = `crictl ps --quiet --label io.kubernetes.pod.uid=${uid}`;
  const pid = `crictl inspect --output go-template --template '{{.info.pid}}' $(${id})`;
  return inMachine(
    stackName,
    node,
    `nsenter -t $(${pid}) -n ping -n -q -c 1000 -i 0.002 ${to} | grep -E 'received|rtt'`,
  );
}

beginAndEndWithout(stack, test);

/** Tried as the machines try it: of those that not every kernel has, whether this one does. */
const able = backendNames.filter((name) => {
  const { kernel } = backendOf(name);
  return (
    kernel === undefined ||
    spawnSync("unshare", [
      "--net",
      "ip",
      "link",
      "add",
      "podnet-try",
      "type",
      kernel,
      ...(kernel === "ipip" ? ["local", "192.0.2.1"] : []),
    ]).status === 0
  );
});

// Back to the first at the end: what another one has left would be in its way.
for (const [turn, backend] of [...able, backendNames[0]].entries()) {
  const again = turn === able.length;
  test.serial(
    `${backend}${again ? " once more" : ""}: switched to, every claim holds, nothing is left to do, and a packet goes its way`,
    async (t) => {
      await configure(stack, { ...config, backend });
      const { devices, manner } = backendOf(backend);
      await stack.up(progress);
      const { scenarios, network } = contract.parse(values(await stack.outputs()));
      t.is(network.backend, backend);
      const pods = scenarios["pod-to-pod-multi-node"].pods;
      const claims = Object.values(scenarios).flatMap((scenario) => scenario.claims);
      t.deepEqual(
        claims.filter(({ ok }) => !ok),
        [],
      );
      for (const node of nodes) {
        const links = inMachine(stackName, node, "ls /sys/class/net").split(/\s+/);
        t.deepEqual(links.filter(isFlannels), devices, node);
      }
      for (const node of nodes) {
        const { network, subnet } = parseSubnet(inMachine(stackName, node, "cat /run/flannel/subnet.env"));
        for (const table of ["nat", "filter"] as const) {
          const rules = flannelsRules(inMachine(stackName, node, `iptables-save -t ${table}`));
          const golden = goldenRules(table, { network, subnet: networkOf(subnet) });
          t.deepEqual(rules.toSorted(), golden.toSorted(), `${node} ${table}`);
        }
      }
      t.deepEqual(Object.keys((await stack.up(progress)).summary.resourceChanges ?? {}), ["same"]);
      const [from, to] = pods.map(({ name }) => `pod-to-pod-multi-node/${name}`);
      t.log(backend, roundTrips(pods[0]!, pods[1]!.ip));
      for (const proto of ["icmp", "tcp"]) {
        const { result, code } = trace(stackName, from!, to!, "--proto", proto);
        t.is(code, 0, JSON.stringify(result.loss));
        t.is(result.verdict, "answered");
        const request = result.hops.filter(({ leg }) => leg === "request");
        t.is(request.length, hopsOnEnd(backendOf(backend)), proto);
        const wire = request.filter((hop) => placeOf(hop) === "wire");
        t.is(wire.length, 2);
        t.true(wire.every(({ outer }) => (outer === undefined) === (manner === "bare")));
      }
    },
  );
}

test.serial(
  "what is set beside a backend's name is what carries packets, and leaves nothing when it is taken back",
  async (t) => {
    const proved = async (backendOptions: object): Promise<void> => {
      await configure(stack, { ...config, backend: "vxlan", backendOptions: JSON.stringify(backendOptions) });
      await stack.up(progress);
      const { scenarios } = contract.parse(values(await stack.outputs()));
      const claims = Object.values(scenarios).flatMap((scenario) => scenario.claims);
      t.deepEqual(
        claims.filter(({ ok }) => !ok),
        [],
      );
    };
    const devices = (node: string): readonly string[] =>
      inMachine(stackName, node, "ls /sys/class/net").split(/\s+/).filter(isFlannels);
    await proved({ vni: 42, port: 4789, mtu: 1400, rules: "nftables" });
    for (const node of nodes) {
      t.deepEqual(devices(node), ["flannel.42"], node);
      t.regex(
        inMachine(stackName, node, "ip -details link show flannel.42"),
        /mtu 1350 [^]*vxlan id 42 .*dstport 4789/,
      );
      const { network, subnet } = parseSubnet(inMachine(stackName, node, "cat /run/flannel/subnet.env"));
      const chains = parseNftRules(inMachine(stackName, node, "nft list table ip flannel-ipv4"));
      t.deepEqual(
        Object.fromEntries([...chains].map(([chain, rules]) => [chain, rules.map(({ text }) => text)])),
        goldenTable({ network, subnet: networkOf(subnet) }) as never,
        node,
      );
      t.is(inMachine(stackName, node, "iptables-save | grep -c FLANNEL || true").trim(), "0", node);
    }
    // The name is the same: flanneld only looks whether the device is there.
    await proved({ port: 4789, mtu: 1400 });
    await proved({});
    for (const node of nodes) {
      t.deepEqual(devices(node), ["flannel.1"], node);
      t.regex(inMachine(stackName, node, "ip -details link show flannel.1"), /mtu 1450 [^]*vxlan id 1 .*dstport 8472/);
      t.notRegex(inMachine(stackName, node, "nft list tables"), /flannel/);
    }
  },
);

test.serial(
  "./lab compare measures two backends on the machines as they are, and leaves the lab as it was",
  async (t) => {
    const file = join(tmpdir(), `${stackName}-compared.html`);
    t.teardown(() => rmSync(file, { force: true }));
    const config = stackConfig();
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [lab, "compare", "host-gw", "vxlan", "--stack", stackName, "--rounds", "1", "--json", "--output", file],
      { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
    );
    t.is(status, 0, stderr);
    const { measured, again, machines, figures } = JSON.parse(stdout) as ReturnType<typeof forPrograms>;
    t.deepEqual(
      measured.map(({ backend, mtu, journey, claims }) => [backend, mtu, journey.length, claims.held === claims.all]),
      [
        ["vxlan", 1450, 16, true],
        ["host-gw", 1500, 12, true],
      ],
    );
    t.is(again?.backend, "vxlan");
    t.is(machines.kernels, 1);
    for (const { rounds } of [...measured, again!])
      for (const { median, late, tcp, udp, udpLost } of [...rounds.near, ...rounds.across]) {
        t.true(median > 0 && late >= median && tcp > 1e6 && udp > 1e6 && udpLost >= 0 && udpLost < 100);
      }
    t.true(measured.some(({ rounds }) => rounds.across[0]!.tcpWork > 0));
    t.log(figures);
    t.regex(readFileSync(file, "utf8"), /id="packet-host-gw"/);
    t.is(stackConfig(), config);
    t.is(contract.parse(values(await stack.outputs())).network.backend, "vxlan");
    t.deepEqual(Object.keys((await stack.up(progress)).summary.resourceChanges ?? {}), ["same"]);
    for (const node of nodes) t.is(inMachine(stackName, node, "pgrep -c iperf3 || true").trim(), "0", node);
    t.is(spawnSync(process.execPath, [lab, "compare", "hostgw", "--stack", stackName]).status, 2);
  },
);

test.serial("a backend that somebody has switched by hand is said in one sentence, and ./lab up goes back", (t) => {
  const kubectl = "kubectl --kubeconfig /etc/kubernetes/admin.conf --namespace kube-flannel";
  const edited = `jq '.data["net-conf.json"] |= (fromjson | .Backend = { Type: "host-gw" } | tojson)'`;
  const daemon = "daemonset/kube-flannel-ds";
  inMachine(
    stackName,
    nodes[0]!,
    `set -e; ${kubectl} get configmap kube-flannel-cfg --output json | ${edited} | ${kubectl} replace --filename -; ${kubectl} rollout restart ${daemon}; ${kubectl} rollout status ${daemon} --timeout=180s`,
  );
  const verified = spawnSync(process.execPath, [lab, "verify", "--stack", stackName], { encoding: "utf8" });
  t.not(verified.status, 0);
  t.regex(
    verified.stdout + verified.stderr,
    /On k8s-master, k8s-worker1, k8s-worker2 flannel carries packets by backend host-gw and not by vxlan, as the config says: somebody has switched it by hand; \.\/lab up puts vxlan back/,
  );
  const mended = spawnSync(process.execPath, [lab, "up", "--stack", stackName], { encoding: "utf8" });
  t.is(mended.status, 0, mended.stderr);
  t.regex(mended.stderr, /Somebody has switched flannel to backend host-gw by hand/);
  for (const node of nodes) t.regex(inMachine(stackName, node, "ip route"), / dev flannel\.1 onlink/, node);
});
