// Proves what a trace takes for its target, how it reads a lookup, and what it says of a Service that refuses. Packets and nodes are tests/live's.
import test from "ava";
import { backendOf } from "../../evidence/backends.ts";
import { readLookup } from "../../cli/trace/lookup.ts";
import {
  chooseTarget,
  nameFrom,
  portOf,
  type Called,
  type Known,
  type Target,
  type ListedService,
  targetAt,
  whyRefused,
} from "../../cli/trace/target.ts";
import { seenFromOutside } from "../../cli/trace/outside.ts";
import { asTranslated } from "../../cli/trace/through.ts";
import { findThrough } from "../../cli/verbs/trace.ts";
import { lookupLines, renderTrace } from "../../cli/trace/view.ts";
import type { Hop } from "../../evidence/journey/journey.ts";

const pod = (namespace: string, name: string, ip: string, node = "k8s-worker1") => ({
  namespace,
  name,
  uid: `uid-${name}`,
  node,
  ip,
  phase: "Running",
  hostNetwork: false,
  containers: ["main"],
});
const service = (name: string, change: Partial<ListedService> = {}): ListedService => ({
  namespace: "service",
  name,
  address: "10.96.0.50",
  balancers: [],
  announcer: "",
  ports: [{ name: "", protocol: "TCP", port: 80, targetPort: "8080", nodePort: 0 }],
  selector: ["app=hello"],
  selected: [
    { name: "hello-a", ready: true, ports: [8080] },
    { name: "hello-b", ready: true, ports: [8080] },
  ],
  endpoints: [
    { address: "10.244.1.4", ready: true, name: "", port: 8080 },
    { address: "10.244.2.4", ready: true, name: "", port: 8080 },
    { address: "10.244.2.5", ready: false, name: "", port: 8080 },
  ],
  ...change,
});
const node = (name: string, address: string) => ({ name, address, role: "worker", ssh: `ssh://root@${address}:22` });
const known: Known = {
  pods: [
    pod("service", "hello-a", "10.244.1.4"),
    pod("service", "hello-b", "10.244.2.4", "k8s-worker2"),
    pod("service", "client", "10.244.1.9"),
    pod("default", "dotted.name", "10.244.1.10"),
  ],
  services: [
    service("hello"),
    service("twice", { address: "10.96.0.51" }),
    service("twice", { namespace: "other", address: "10.96.0.52" }),
    service("none", { address: "None" }),
  ],
  nodes: [node("k8s-worker1", "172.28.73.11"), node("k8s-worker2", "172.28.73.12")],
};

test("svc/NAME is a Service at its first port, and the ready pods behind it", (t) => {
  const target = chooseTarget("svc/hello", known, {});
  t.is(target.kind, "service");
  if (target.kind !== "service") return;
  t.is(target.address, "10.96.0.50");
  t.deepEqual(
    target.backends.map(({ pod: { name }, port }) => `${name}:${port}`),
    ["service/hello-a:8080", "service/hello-b:8080"],
  );
});

test("an address is whose it is: a Service's, a pod's, a node's, or nobody's in the lab", (t) => {
  t.is(targetAt("10.96.0.50", known, {}).kind, "service");
  t.like(targetAt("10.244.2.4", known, {}), { kind: "pod", pod: { name: "service/hello-b" } });
  t.like(chooseTarget("node/k8s-worker2", known, {}), {
    kind: "address",
    address: "172.28.73.12",
    node: { name: "k8s-worker2" },
  });
  t.deepEqual(chooseTarget("192.0.2.1", known, {}), { kind: "address", address: "192.0.2.1" });
});

const balanced: Known = {
  ...known,
  services: [service("hello", { balancers: ["172.28.73.251"], announcer: "k8s-worker2" })],
};
test("an address for callers outside is its Service's at the Service's port, and the node's that answers for it", (t) => {
  const target = targetAt("172.28.73.251", balanced, {});
  t.like(target, { kind: "service", address: "172.28.73.251", title: "service/hello", node: { name: "k8s-worker2" } });
  if (target.kind !== "service") return;
  t.is(portOf(target, {}), 80);
  t.is(portOf({ ...target, address: "172.28.73.12" }, { port: 31000 }), 31000, "a node's port is asked for");
});

test("from outside a Service is called at its address for those outside, and at no other", (t) => {
  const inside = chooseTarget("svc/hello", balanced, {});
  t.like(inside, { address: "10.96.0.50" });
  t.like(seenFromOutside(inside, balanced, {}), { address: "172.28.73.251", node: { name: "k8s-worker2" } });
  t.like(seenFromOutside(chooseTarget("svc/hello", known, {}), known, {}), { address: "10.96.0.50" });
});

test("what has a dot and is no pod is a DNS name", (t) => {
  t.deepEqual(chooseTarget("kubernetes.default", known, {}), { kind: "name", host: "kubernetes.default" });
  t.is(chooseTarget("dotted.name", known, {}).kind, "pod");
  t.is(chooseTarget("service/hello-a", known, {}).kind, "pod");
});

const refusals: readonly (readonly [string, () => unknown, RegExp])[] = [
  [
    "a mistyped Service",
    () => chooseTarget("svc/helo", known, {}),
    /^no Service "svc\/helo"; did you mean svc\/hello\?$/,
  ],
  [
    "an ambiguous Service",
    () => chooseTarget("svc/twice", known, {}),
    /write one of svc\/twice.service, svc\/twice.other$/,
  ],
  ["a headless Service", () => chooseTarget("svc/none", known, {}), /headless.*name one of the pods, service\/hello-a/],
  ["a ping of a Service", () => chooseTarget("svc/hello", known, { protocol: "icmp" }), /nobody answers a ping/],
  ["another port", () => chooseTarget("svc/hello", known, { port: 81 }), /has no port 81; its ports are 80\/TCP$/],
  ["a node that is none", () => chooseTarget("node/k8s-worker9", known, {}), /the nodes are k8s-worker1, k8s-worker2$/],
];
for (const [what, choose, message] of refusals)
  test(`${what} is refused with what to write instead`, (t) => {
    t.throws(choose, { message });
  });

const called = (change: Partial<ListedService> = {}, backends = true): Extract<Target, { kind: "service" }> => {
  const target = chooseTarget("svc/changed", { ...known, services: [service("changed", change)] }, {});
  if (target.kind !== "service") throw new Error("no Service");
  return backends ? target : { ...target, backends: [] };
};
const reasons: readonly (readonly [string, Called, RegExp])[] = [
  [
    "a selector that fits no pod",
    called({ selected: [], endpoints: [] }),
    /no pod of service has the labels of its selector, app=hello/,
  ],
  [
    "pods that are not ready",
    called({ selected: [{ name: "hello-a", ready: false, ports: [8080] }], endpoints: [] }),
    /fits 1, of which none is ready: hello-a/,
  ],
  ["no selector at all", called({ selector: [], selected: [], endpoints: [] }), /has no selector/],
  ["a named targetPort that no pod has", called({ endpoints: [] }), /its targetPort 8080 is no port of its pods/],
  [
    "a wrong targetPort",
    called({
      ports: [{ name: "", protocol: "TCP", port: 80, targetPort: "8081", nodePort: 0 }],
      endpoints: [{ address: "10.244.1.4", ready: true, name: "", port: 8081 }],
    }),
    /nothing listens on the pod's port 8081, to which the Service's targetPort 8081 leads; its containers declare 8080/,
  ],
];
for (const [what, one, why] of reasons)
  test(`${what} is named as the reason why a Service refuses`, (t) => {
    t.regex(whyRefused(one).why, why);
    t.regex(whyRefused(one).see, /^kubectl (describe|get) /);
  });

const sections = [
  "# kubernetes.default.x.svc.cluster.local",
  "Server:\t\t10.96.0.10",
  "Address:\t10.96.0.10:53",
  "",
  "** server can't find kubernetes.default.x.svc.cluster.local: NXDOMAIN",
  "",
  "# kubernetes.default.svc.cluster.local",
  "Server:\t\t10.96.0.10",
  "Address:\t10.96.0.10:53",
  "",
  "Name:\tkubernetes.default.svc.cluster.local",
  "Address: 10.96.0.1",
  "",
].join("\n");

test("a lookup shows each question and its answer, and ends with the address", (t) => {
  const lookup = readLookup("kubernetes.default", "search x.svc.cluster.local\nnameserver 10.96.0.10\n", sections);
  t.is(lookup.address, "10.96.0.1");
  t.is(lookup.server, "10.96.0.10");
  t.deepEqual(
    lookup.asked.map(({ name, addresses }) => [name, ...addresses]),
    [["kubernetes.default.x.svc.cluster.local"], ["kubernetes.default.svc.cluster.local", "10.96.0.1"]],
  );
  const text = lookupLines(lookup).join("\n");
  t.regex(text, /x\.svc\.cluster\.local: no such name\n.*default\.svc\.cluster\.local: 10\.96\.0\.1$/);
});

test("a name that nobody has says so, and that nothing was sent", (t) => {
  const lookup = readLookup(
    "nobody.x",
    "nameserver 10.96.0.10\n",
    "# nobody.x\n** server can't find nobody.x: NXDOMAIN\n",
  );
  t.is(lookup.address, undefined);
  t.regex(lookupLines(lookup).at(-1) ?? "", /not found: no packet was sent/);
});

const client = { ...known.pods[2]!, name: "service/client" };
const hop = (change: Partial<Hop>): Hop => ({
  leg: "request",
  kind: "TCP SYN",
  machine: "k8s-worker1",
  interface: "veth1",
  direction: "in",
  source: "10.244.1.9",
  destination: "10.96.0.50",
  ttl: 64,
  length: 60,
  sourceMac: "02:00:00:00:00:01",
  micros: 0,
  ...change,
});
const passage = (hops: readonly Hop[], exit: number, chosen?: Called["backends"][number]) => ({
  journey: {
    steps: hops.map((one) => ({ hop: one, frame: {} as never })),
    captured: [],
    probe: { id: "probe", command: "socat", output: "", exit },
    answered: exit === 0,
    veths: [],
  },
  ...(chosen && { chosen }),
  reports: [],
  nodes: [known.nodes[0]!] as const,
});
const flow = {
  protocol: "tcp",
  from: client,
  to: client,
  port: 80,
  nodes: [known.nodes[0]!],
  backend: backendOf(),
} as const;

test("a Service's choice and the change of the address are shown, before the verdict", (t) => {
  const to = called();
  const [chosen] = to.backends;
  const hops = [
    hop({}),
    hop({ interface: "veth2", direction: "out", destination: "10.244.1.4" }),
    hop({ leg: "reply", kind: "TCP SYN, ACK", interface: "veth2", source: "10.244.1.4", destination: "10.244.1.9" }),
    hop({ leg: "reply", kind: "TCP SYN, ACK", direction: "out", source: "10.96.0.50", destination: "10.244.1.9" }),
  ];
  const result = findThrough({ ...flow, to: chosen!.pod }, passage(hops, 0, chosen), to.address, to);
  t.is(result.verdict, "answered");
  const text = renderTrace(result).join("\n");
  t.regex(
    text,
    /to +service\/changed 10\.96\.0\.50:80\n +one of 10\.244\.1\.4:8080, 10\.244\.2\.4:8080, by chance service\/hello-a 10\.244\.1\.4:8080 on k8s-worker1/,
  );
  t.regex(text, /the destination 10\.96\.0\.50 became 10\.244\.1\.4/);
  t.regex(text, /the source 10\.244\.1\.4 became 10\.96\.0\.50, as it was before/);
});

test("an error from the node for a Service without endpoints is a refusal with its reason, no loss", (t) => {
  const empty = called({ selected: [], endpoints: [] });
  const back = hop({
    leg: "reply",
    kind: "ICMP destination unreachable (port)",
    direction: "out",
    source: "10.244.1.1",
  });
  const result = findThrough(flow, passage([hop({}), back], 1), empty.address, empty);
  t.is(result.verdict, "refused");
  t.regex(
    renderTrace(result).join("\n"),
    /refused: ICMP destination unreachable \(port\) came back from 10\.244\.1\.1\n +why +no pod of service has/,
  );
});

test("a connection that its pod turns away names the targetPort", (t) => {
  const wrong = called({ endpoints: [{ address: "10.244.1.4", ready: true, name: "", port: 8081 }] });
  const back = hop({ leg: "reply", kind: "TCP RST, ACK", direction: "out", source: "10.96.0.50" });
  const result = findThrough(flow, passage([hop({}), back], 1, wrong.backends[0]), wrong.address, wrong);
  t.is(result.verdict, "refused");
  t.regex(result.refused?.why ?? "", /nothing listens on the pod's port 8081/);
});

test("an error for a Service whose pods are ready is a loss with a cause: a filter on the way turned the packet away, no pod did", (t) => {
  const to = called();
  const back = hop({
    leg: "reply",
    kind: "ICMP destination unreachable (port)",
    direction: "out",
    source: "10.96.0.50",
  });
  const result = findThrough(flow, passage([hop({}), back], 1, to.backends[0]), to.address, to);
  t.is(result.verdict, "lost");
  t.is(result.refused, undefined);
});

test("silence is a loss, seen last where the packet was", (t) => {
  const result = findThrough(flow, passage([hop({})], 1), "10.96.0.50", called());
  t.is(result.verdict, "lost");
  t.is(result.loss?.last?.interface, "veth1");
});

test("a Service is called by the shortest name that leads to it", (t) => {
  t.is(nameFrom("service", service("hello")), "hello");
  t.is(nameFrom("default", service("hello")), "hello.service");
});

test("what listens in a node's own network is called by the node: many pods have that address", (t) => {
  const own = { ...pod("kube-system", "proxy", "172.28.73.11"), hostNetwork: true };
  const endpoints = [{ address: "172.28.73.11", ready: true, name: "", port: 6443 }];
  const target = chooseTarget(
    "svc/changed",
    { ...known, pods: [own], services: [service("changed", { endpoints })] },
    {},
  );
  t.is(target.kind === "service" && target.backends[0]?.pod.name, "node/k8s-worker1");
});

test("a node at the port of a Service is that Service, and at any other what listens there itself", (t) => {
  const opened = service("opened", {
    ports: [{ name: "", protocol: "TCP", port: 80, targetPort: "8080", nodePort: 31000 }],
  });
  const all = { ...known, services: [opened] };
  for (const written of ["node/k8s-worker2", "172.28.73.12"]) {
    const target = chooseTarget(written, all, { port: 31000 });
    t.like(target, { kind: "service", address: "172.28.73.12", title: "service/opened" }, written);
    t.is(chooseTarget(written, all, { port: 22 }).kind, "address", written);
  }
});

test("a node's own connection is known by the addresses and ports that conntrack gave it", (t) => {
  const sent = (output: string, exit = 0) => ({
    node: "k8s-master",
    at: "2026-01-02T03:04:05Z",
    observations: [{ id: "translated", command: "conntrack", output, exit }],
  });
  const line =
    "tcp      6 119 TIME_WAIT src=172.28.73.10 dst=10.96.0.50 sport=21129 dport=80 src=10.244.1.3 dst=10.244.0.0 sport=8080 dport=20902 [ASSURED] mark=0 use=1\n";
  const marked = { protocol: "tcp", from: "172.28.73.10", sourcePort: 21129, destinationPort: 80 } as const;
  t.deepEqual(asTranslated(marked, sent(line)), {
    protocol: "tcp",
    from: "10.244.0.0",
    sourcePort: 20902,
    destinationPort: 8080,
  });
  t.is(asTranslated(marked, sent("conntrack: not found", 127)), marked);
  t.is(asTranslated(marked, sent("")), marked);
});
