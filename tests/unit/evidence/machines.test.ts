// The claims that are made of virtual machines alone, on outputs as such machines give them.
import test from "ava";
import { judgeMachines } from "../../../evidence/judge/machines.ts";
import { judgeReach } from "../../../evidence/judge/reach.ts";
import type { Observations } from "../../../evidence/observation.ts";

const nodes = [
  { name: "k8s-master", address: "172.28.56.10" },
  { name: "k8s-worker1", address: "172.28.56.11" },
];

function report(node: string, address: string, boot: string, wire = "eth1"): Observations {
  const outputs = {
    routes:
      "default via 10.0.2.2 dev eth0 proto static \n" +
      "10.0.2.0/24 dev eth0 proto kernel scope link src 10.0.2.15 \n" +
      "10.244.1.0/24 via 10.244.1.0 dev flannel.1 onlink \n" +
      `172.28.56.0/24 dev eth1 proto kernel scope link src ${address} \n`,
    vtep:
      "5: flannel.1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN mode DEFAULT group default \n" +
      "    link/ether 7a:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff promiscuity 0 minmtu 68 maxmtu 65535 \n" +
      `    vxlan id 1 local ${address} dev ${wire} srcport 0 0 dstport 8472 nolearning ttl auto ageing 300 \n`,
    kernel: `${boot}\n`,
  };
  const observations = Object.entries(outputs).map(([id, output]) => ({
    id,
    command: `look at ${id}`,
    output,
    exit: 0,
  }));
  return { node, at: "2026-01-01T00:00:00Z", observations };
}

const good = [report("k8s-master", "172.28.56.10", "boot-a"), report("k8s-worker1", "172.28.56.11", "boot-b")];
const failing = (reports: readonly Observations[]): string[] =>
  judgeMachines("multi", nodes, reports)
    .filter(({ ok }) => !ok)
    .map(({ id }) => id);

test("two kernels, and the cluster on the private interface: every claim holds", (t) => {
  t.deepEqual(failing(good), []);
  const claims = judgeMachines("multi", nodes, good);
  t.is(claims.length, 4);
  t.is(claims[3]?.observed, "172.28.56.11 on eth1, flannel.1 on eth1, the default route on eth0");
});

test("one kernel under two nodes is no kernel of their own", (t) => {
  t.deepEqual(failing([good[0]!, report("k8s-worker1", "172.28.56.11", "boot-a")]), [
    "multi/own-kernel/k8s-master",
    "multi/own-kernel/k8s-worker1",
  ]);
});

test("a VTEP on the interface with the default route is found, on the node where it is", (t) => {
  t.deepEqual(failing([good[0]!, report("k8s-worker1", "172.28.56.11", "boot-b", "eth0")]), [
    "multi/private-interface/k8s-worker1",
  ]);
});

test("a node that was not looked at proves nothing", (t) => {
  t.deepEqual(failing([good[0]!]), ["multi/own-kernel/k8s-worker1", "multi/private-interface/k8s-worker1"]);
});

test("where an answer was waited for longer, the claim says how long", (t) => {
  const pods = ["a", "b"].map((name, index) => ({
    name,
    namespace: "n",
    uid: name,
    node: "k8s-master",
    ip: `10.244.0.${index}`,
    containers: [name],
  }));
  const observed = (command: string): Observations => ({
    node: "k8s-master",
    at: "2026-01-01T00:00:00Z",
    observations: [{ id: "icmp/n/a", command, output: "", exit: 0 }],
  });
  const expected = (command: string): string | undefined =>
    judgeReach(pods, "10.96.0.1", [observed(command)])[0]?.expected;
  t.is(
    expected("for to in 10.244.0.1; do nsenter -t 1 -n ping -n -c 1 -W 10 $to; done"),
    "an answer within 10 seconds from each of 10.244.0.1",
  );
  t.is(
    expected("for to in 10.244.0.1; do nsenter -t 1 -n ping -n -c 1 -W 1 $to; done"),
    "an answer within a second from each of 10.244.0.1",
  );
});
