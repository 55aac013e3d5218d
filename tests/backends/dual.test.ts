// A lab of both address families on three nodes, by each backend that carries them: every claim of both, an update that has nothing to do, and what is broken
// for IPv6 alone, with exactly the claims that fail; an MTU that is set, and network policies. It does not prove the way out by IPv6, nor machines that are
// no containers.
import test from "ava";
import { backendBy6, type BackendName, backendOf, secondDevices } from "../../evidence/backends.ts";
import { configure, inMachine, setLessons, trace } from "../live/lab.ts";
import { always, between, kindsBy6, openLab, progress } from "./families.ts";

const stackName = "livedual";
const config = {
  platform: "local",
  workers: 2,
  machineCidr: "172.28.71.0/24",
  portBase: 28710,
  podCidr: "10.233.0.0/16",
  podCidr6: "fd00:10:233::/48",
  serviceCidr6: "fd00:10:97::/112",
  ipFamily: "dual",
};
const nodes = ["k8s-master", "k8s-worker1", "k8s-worker2"];
const pair = ["pod-to-pod-multi-node/mypod1", "pod-to-pod-multi-node/mypod2"] as const;
const { stack, outputs, failing } = await openLab(test, stackName, config);

for (const backend of ["vxlan", "vxlan-direct", "host-gw"] as const satisfies readonly BackendName[]) {
  test.serial(
    `${backend}: pods have two addresses, every claim of both families holds, and nothing is left to do`,
    async (t) => {
      await configure(stack, { ...config, backend });
      await stack.up(progress);
      const { scenarios, network, nodes: machines } = await outputs();
      t.deepEqual(network, { backend, ipFamily: "dual" });
      t.true(machines.every(({ address6 }) => address6?.startsWith("fd00:172:28:71::")));
      const all = Object.values(scenarios);
      t.true(all.flatMap(({ pods }) => pods).every(({ ip6 }) => ip6?.startsWith("fd00:10:233:")));
      const claims = all.flatMap((scenario) => scenario.claims);
      t.deepEqual(
        claims.filter(({ ok }) => !ok),
        [],
      );
      const second = kindsBy6(claims);
      for (const kind of [...between[backend], ...always]) t.true(second.has(kind), kind);
      const hops = scenarios["pod-to-pod-multi-node"].journey6 ?? [];
      t.true(hops.every(({ kind }) => kind.startsWith("ICMPv6 echo")));
      const { tunnel } = backendBy6(backendOf(backend));
      for (const { outer, length } of hops.filter((hop) => hop.outer !== undefined))
        t.is(outer!.length - length, tunnel!.overhead);
      t.is(hops.length, tunnel === undefined ? 12 : 16);
      for (const node of nodes) {
        const links = inMachine(stackName, node, "ls /sys/class/net").split(/\s+/);
        t.deepEqual(
          links.filter((link) => link.startsWith("flannel")).sort(),
          [...backendOf(backend).devices, ...secondDevices(backendOf(backend))].sort(),
        );
      }
      t.deepEqual(Object.keys((await stack.up(progress)).summary.resourceChanges ?? {}), ["same"]);
      const { result, code } = trace(stackName, ...pair, "--family", "6");
      t.is(code, 0, JSON.stringify(result.loss));
      t.is(result.hops.length, hops.length);
    },
  );
}

/** What cannot hold where no packet crosses. */
const symptom = /^[a-z-]+\/(ping|loss|mtu-passes|mtu-exceeded|no-translation|journey|reach)\/.*\/ipv6$/;

test.serial(
  "vxlan once more: what is broken for IPv6 alone fails exactly its claims, and none of IPv4's",
  async (t) => {
    await configure(stack, { ...config, backend: "vxlan" });
    await stack.up(progress);
    const { scenarios, nodes: machines } = await outputs();
    const [first, second] = scenarios["pod-to-pod-multi-node"].pods as unknown as [
      { readonly node: string },
      { readonly node: string; readonly ip6: string },
    ];
    const [near, far] = [first.node, second.node];
    const address = machines.find(({ name }) => name === far)!.address6;
    const range = `${second.ip6.split("::")[0]}::/64`;
    const entry = inMachine(stackName, near, `bridge fdb show dev flannel-v6.1 | grep 'dst ${address} '`).trim();
    const route = inMachine(stackName, near, `ip -6 route show ${range} dev flannel-v6.1`).trim();
    const id = (words: string): string => `pod-to-pod-multi-node/${words}/ipv6`;
    const broken: readonly [title: string, breaks: string, mends: string, causes: readonly string[]][] = [
      [
        "FDB entry",
        `bridge fdb del ${entry.split(" ")[0]} dev flannel-v6.1 dst ${address}`,
        `bridge fdb add ${entry.split(" ")[0]} dev flannel-v6.1 dst ${address} self permanent`,
        [id(`vtep-forwarding/${near}/${far}`)],
      ],
      [
        "route",
        `ip -6 route del ${range} dev flannel-v6.1`,
        `ip -6 route add ${range} dev flannel-v6.1 ${route.replace(/^\S+ /, "")}`,
        [id(`route/${near}`), id(`route-decision/${near}/mypod1/mypod2`)],
      ],
      [
        "MTU",
        "ip link set flannel-v6.1 mtu 1400",
        "ip link set flannel-v6.1 mtu 1430",
        [id("mtu-passes/mypod1/mypod2")],
      ],
    ];
    for (const [title, breaks, mends, causes] of broken) {
      inMachine(stackName, near, breaks);
      const found = await failing(`without ${title}`);
      const traced = trace(stackName, ...pair, "--family", "6").result;
      t.log(
        title,
        traced.verdict,
        traced.loss?.last?.interface,
        traced.loss?.failing.map((claim) => claim.id),
      );
      // An MTU that is too small takes no small packet.
      t.is(traced.verdict, title === "MTU" ? "answered" : "lost");
      if (title !== "MTU") t.true(traced.loss!.failing.some((claim) => claim.id === causes[0]));
      inMachine(stackName, near, mends);
      t.log(title, found);
      for (const cause of causes) t.true(found.includes(cause), `${title}: ${cause}`);
      t.deepEqual(
        found.filter((one) => !causes.includes(one) && !symptom.test(one)),
        [],
        title,
      );
    }
    t.deepEqual(await failing("mended"), []);
  },
);

test.serial(
  "an MTU that is set is kept by both families; policies are enforced for IPv4, and by IPv6 they let everything through",
  async (t) => {
    await configure(stack, {
      ...config,
      backend: "vxlan",
      backendOptions: '{"mtu":1400}',
    });
    await setLessons(stack, ["pod-network", "network-policy"]);
    await stack.up(progress);
    const { scenarios, network } = await outputs();
    t.deepEqual(network, { backend: "vxlan", options: { mtu: 1380 }, ipFamily: "dual" });
    const claims = Object.values(scenarios).flatMap((scenario) => scenario.claims);
    t.deepEqual(
      claims.filter(({ ok }) => !ok),
      [],
    );
    const policies = claims.filter(({ kind }) => kind.startsWith("policy-"));
    t.is(policies.length, 6 + 6 + 9 + 6);
    t.is(policies.filter(({ id, kind }) => kind === "policy-ignored" && id.endsWith("/ipv6")).length, 6);
    for (const node of nodes)
      for (const device of ["flannel.1", "flannel-v6.1"])
        t.is(inMachine(stackName, node, `cat /sys/class/net/${device}/mtu`).trim(), "1330", `${node} ${device}`);
    t.deepEqual(Object.keys((await stack.up(progress)).summary.resourceChanges ?? {}), ["same"]);
    await configure(stack, { ...config, backend: "vxlan", backendOptions: "{}" });
    await setLessons(stack, ["pod-network"]);
    await stack.up(progress);
    for (const node of nodes) {
      t.is(inMachine(stackName, node, "iptables-save | grep -c KUBE-ROUTER || true").trim(), "0", node);
      t.is(inMachine(stackName, node, "cat /sys/class/net/flannel-v6.1/mtu").trim(), "1430", node);
    }
  },
);
