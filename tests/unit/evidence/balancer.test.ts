// Proves that the judge of LoadBalancers believes the transcripts of a sound lab, and that each of its claims can say no. It does not prove that anybody
// answers for an address.
import test from "ava";
import { inRange } from "../../../evidence/cidr.ts";
import { type BalancerEvidence, balancersOf, judgeBalancers } from "../../../evidence/judge/balancer.ts";
import type { Observations } from "../../../evidence/observation.ts";
import { parseArping } from "../../../evidence/parse/balancer.ts";
import { soundBalancers as sound } from "./balancer-lab.ts";

const failing = (evidence: BalancerEvidence): string[] =>
  judgeBalancers(evidence)
    .filter(({ ok }) => !ok)
    .map(({ id }) => id.replace(/^load-balancer\//, ""));
const edit = (report: Observations, id: string, change: (text: string) => string): Observations => {
  const observations = report.observations.map((one) => (one.id === id ? { ...one, output: change(one.output) } : one));
  if (JSON.stringify(observations) === JSON.stringify(report.observations))
    throw new Error(`${id}: nothing was changed`);
  return { ...report, observations };
};
const changed = (node: string, id: string, change: (text: string) => string): BalancerEvidence => ({
  ...sound,
  reports: sound.reports.map((report) => (report.node === node ? edit(report, id, change) : report)),
});
const inCluster = (id: string, change: (text: string) => string): BalancerEvidence => ({
  ...sound,
  cluster: edit(sound.cluster, id, change),
});

const [plain, local] = balancersOf(sound.cluster);
const announcer = plain!.announcer!;
const other = sound.nodes.find(({ name }) => name !== announcer)!.name;
const localAnnouncer = local!.announcer!;
const otherOfLocal = sound.nodes.find(({ name }) => name !== localAnnouncer)!.name;
const elsewhere = sound.backends.find(({ node }) => node !== localAnnouncer)!.name;

test("a sound lab's claims all hold, one of each about each node", (t) => {
  t.deepEqual(failing(sound), []);
  const count = sound.nodes.length;
  t.is(judgeBalancers(sound).length, 2 * (1 + count + (count - 1) + count + 1));
  t.not(plain!.address, local!.address);
});

const cases: readonly (readonly [string, BalancerEvidence, readonly string[]])[] = [
  [
    "an address that is not out of the range",
    inCluster("balancers", (text) => text.replace(plain!.address!, "172.28.81.12")),
    ["balancer-address/hello-world"],
  ],
  [
    "one address for two Services",
    inCluster("balancers", (text) => text.replace(local!.address!, plain!.address!)),
    ["balancer-address/hello-world", "balancer-address/hello-world-local"],
  ],
  [
    "a range of somebody else's",
    inCluster("pool", (text) => text.replace("172.28.81.251", "172.28.81.10")),
    ["balancer-address/hello-world", "balancer-address/hello-world-local"],
  ],
  [
    "two that answer for one address",
    changed(other, "arp/hello-world", (text) =>
      text.replace(/^(Unicast reply from \S+ \[)[^\]]+(\].*)$/m, "$&\n$102:0:0:0:0:1$2"),
    ),
    [`balancer-announced/hello-world/${other}`],
  ],
  [
    "nobody that answers",
    changed(other, "arp/hello-world", (text) => text.replace(/^Unicast reply.*\n/gm, "")),
    [`balancer-announced/hello-world/${other}`],
  ],
  [
    "another one that answers beside the node itself",
    changed(
      announcer,
      "arp/hello-world",
      (text) => `Unicast reply from ${plain!.address} [2:0:0:0:0:1] 0.1ms\n${text}`,
    ),
    [`balancer-announced/hello-world/${announcer}`],
  ],
  [
    "a caller that one connection is not answered",
    changed(other, "outside/hello-world", (text) => text.replace(/^Hostname: \S+\n/m, "")),
    [`balancer-from-outside/hello-world/${other}`],
  ],
  [
    "with Local a pod of another node",
    changed(otherOfLocal, "outside/hello-world-local", (text) =>
      text.replace(/^Hostname: \S+$/m, `Hostname: ${elsewhere}`),
    ),
    [`balancer-from-outside/hello-world-local/${otherOfLocal}`],
  ],
  [
    "a node whose own processes are not answered",
    changed(announcer, "from-node/hello-world", () => "curl: (28) Connection timed out after 2001 milliseconds\n"),
    [`balancer-from-node/hello-world/${announcer}`],
  ],
  [
    "with Cluster the caller's own address",
    changed(announcer, "callers/hello-world", (text) =>
      text.replace(
        / src=(172\.28\.81\.1\d) (dst=\S+ sport=\d+ dport=80 src=\S+) dst=10\.244\.\S+/,
        " src=$1 $2 dst=$1",
      ),
    ),
    [`source-changed/hello-world/${announcer}`],
  ],
  [
    "with Local another address than the caller's",
    changed(localAnnouncer, "callers/hello-world-local", (text) =>
      text.replaceAll(
        / src=(172\.28\.81\.1\d) (dst=\S+ sport=\d+ dport=80 src=\S+) dst=172\.28\.81\.\S+/g,
        " src=$1 $2 dst=10.244.9.1",
      ),
    ),
    [`source-kept/hello-world-local/${localAnnouncer}`],
  ],
  [
    "a caller that never came",
    changed(localAnnouncer, "callers/hello-world-local", () => "\n"),
    [`source-kept/hello-world-local/${localAnnouncer}`],
  ],
];
for (const [what, evidence, ids] of cases)
  test(`${what} is seen, and nothing else`, (t) => t.deepEqual(failing(evidence), ids));

test("a node that hears itself on the wire is still the only one that answers", (t) => {
  const heard = sound.reports
    .find(({ node }) => node === other)!
    .observations.find(({ id }) => id === "arp/hello-world")!.output;
  t.deepEqual(failing(changed(announcer, "arp/hello-world", () => heard)), []);
});

test("a call of before, seen by another address or answered by a pod that has gone, counts no more", (t) => {
  const before = changed(localAnnouncer, "callers/hello-world-local", (text) => {
    const [line = ""] = text.split("\n");
    const gone = line.replace(/ src=\S+ dst=\S+ (sport=8080)/, " src=10.244.9.9 dst=10.244.9.1 $1");
    const hidden = line.replace(/ dst=\S+ (sport=8080)/, " dst=10.244.9.1 $1");
    return `${gone}\n${text}${hidden}\n`;
  });
  t.deepEqual(failing(before), []);
});

test("a Service that nobody answers for fails wherever that is needed, and hides nothing", (t) => {
  const ids = failing(inCluster("announcers", () => "[]"));
  t.true(ids.includes("balancer-announced/hello-world/k8s-master"));
  t.true(ids.includes("source-kept/hello-world-local/k8s-master"), "of a node that there is");
  t.false(ids.some((id) => id.startsWith("balancer-address/")));
});

test("arping's MACs are read whole, each once", (t) => {
  const text =
    "Unicast reply from 10.0.0.1 [2:42:ac:1c:49:a] 0.018ms\nUnicast reply from 10.0.0.1 [02:42:ac:1c:49:0a] 0.020ms\n";
  t.deepEqual(parseArping(text), ["02:42:ac:1c:49:0a"]);
  t.deepEqual(parseArping("Sent 3 probe(s) (3 broadcast(s))\nReceived 0 response(s)\n"), []);
});

test("a range of addresses ends where it says", (t) => {
  t.true(inRange("10.0.0.251-10.0.0.254", "10.0.0.251"));
  t.true(inRange("10.0.0.251-10.0.0.254", "10.0.0.254"));
  t.false(inRange("10.0.0.251-10.0.0.254", "10.0.0.255"));
  t.false(inRange("10.0.0.251-10.0.0.254", "10.0.0.250"));
});
