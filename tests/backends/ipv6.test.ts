// A lab of IPv6 alone on three nodes, by each backend that carries it: nodes and pods have no other address in the cluster, every claim holds, and an update
// has nothing to do. It does not prove the way out by IPv6, nor machines that are no containers.
import test from "ava";
import { backendBy6, type BackendName, backendOf, secondDevices } from "../../evidence/backends.ts";
import { configure, inMachine, trace } from "../live/lab.ts";
import { always, between, kindsBy6, openLab, progress } from "./families.ts";

const stackName = "livesix";
const config = {
  platform: "local",
  workers: 2,
  machineCidr: "172.28.77.0/24",
  portBase: 28770,
  podCidr6: "fd00:10:235::/48",
  serviceCidr6: "fd00:10:99::/112",
  ipFamily: "ipv6",
};
const nodes = ["k8s-master", "k8s-worker1", "k8s-worker2"];
const pair = ["pod-to-pod-multi-node/mypod1", "pod-to-pod-multi-node/mypod2"] as const;
const { stack, outputs } = await openLab(test, stackName, config);
const kubectl = (words: string): string =>
  inMachine(stackName, "k8s-master", `kubectl --kubeconfig /etc/kubernetes/admin.conf ${words}`);

for (const backend of ["vxlan", "vxlan-direct"] as const satisfies readonly BackendName[]) {
  test.serial(`${backend}: the cluster has IPv6 alone, every claim holds, and nothing is left to do`, async (t) => {
    await configure(stack, { ...config, backend });
    await stack.up(progress);
    const { scenarios, network, nodes: machines, podIPs } = await outputs();
    t.deepEqual(network, { backend, ipFamily: "ipv6" });
    t.deepEqual(
      machines.map(({ address, address6 }) => [address, address6]),
      [10, 11, 12].map((part) => [`fd00:172:28:77::${part}`, `fd00:172:28:77::${part}`]),
    );
    const addresses = Object.values(podIPs).flatMap((pods) => Object.values(pods ?? {}));
    t.is(addresses.length, 5);
    t.true(addresses.every((ip) => ip.startsWith("fd00:10:235:")));
    const seen = kubectl("get nodes,pods,services,endpointslices -A --output json");
    t.regex(seen, /fd00:172:28:77::10/);
    t.notRegex(seen, /"(ip|address|podIP|hostIP|clusterIP)": "\d+\.\d+\./);

    const all = Object.values(scenarios).flatMap(({ claims }) => claims);
    t.deepEqual(
      all.filter(({ ok }) => !ok),
      [],
    );
    const by6 = kindsBy6(all);
    for (const kind of [...between[backend], ...always, "dns", "link-up"] as const) t.true(by6.has(kind), kind);
    const kinds = new Set(all.map(({ kind }) => kind));
    for (const kind of ["veth-peer", "backend", "flannel-ready", "new-pod", "node-ready", "qdisc"] as const)
      t.true(kinds.has(kind), kind);

    const { tunnel } = backendBy6(backendOf(backend));
    const hops = scenarios["pod-to-pod-multi-node"].journey ?? [];
    t.true(hops.every(({ kind }) => kind.startsWith("ICMPv6 echo")));
    t.is(hops.length, tunnel === undefined ? 12 : 16);
    for (const { outer, length } of hops.filter((hop) => hop.outer !== undefined))
      t.is(outer!.length - length, tunnel!.overhead);
    for (const node of nodes) {
      const links = inMachine(stackName, node, "ls /sys/class/net").split(/\s+/);
      t.deepEqual(
        links.filter((link) => link.startsWith("flannel")),
        [...secondDevices(backendOf(backend))],
      );
    }
    t.deepEqual(Object.keys((await stack.up(progress)).summary.resourceChanges ?? {}), ["same"]);
    const { result, code } = trace(stackName, ...pair);
    t.is(code, 0, JSON.stringify(result.loss));
    t.is(result.hops.length, hops.length);
  });
}
