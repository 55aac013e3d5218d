// Proves what a trace from the user's own machine may call, how it calls, and in which order its hops are told. It does not prove that a node can be reached.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import test from "ava";
import { readLookup } from "../../cli/trace/lookup.ts";
import { addressTowards, callFromHere, refuseApart, refuseUnreachable } from "../../cli/trace/outside.ts";
import type { Reached } from "../../cli/trace/target.ts";
import { lookupLines } from "../../cli/trace/view.ts";
import { followSteps } from "../../evidence/journey/journey.ts";
import { observationsJson, type Observations } from "../../evidence/observation.ts";

const pod = {
  name: "service/hello-a",
  namespace: "service",
  uid: "uid",
  node: "k8s-worker1",
  ip: "10.244.1.4",
  containers: [],
};
const node = { name: "k8s-master", address: "172.28.85.10", role: "control-plane", ssh: "ssh://root@127.0.0.1:28510" };
const ofService = { namespace: "service", name: "hello", balancers: ["172.28.85.251"] };
const service = {
  kind: "service",
  title: "service/hello",
  address: "10.96.0.50",
  port: { port: 80 },
  service: ofService,
} as unknown as Reached;
const balanced = (announcer?: object) => ({ ...service, address: "172.28.85.251", ...announcer }) as Reached;

const refused: readonly (readonly [string, Reached, number | undefined, string | undefined, RegExp])[] = [
  ["a pod", { kind: "pod", pod }, 80, undefined, /no route leads to service\/hello-a from outside/],
  [
    "a ClusterIP",
    service,
    80,
    undefined,
    /no route leads to service\/hello at 10\.96\.0\.50 .*node\/NAME --port NODEPORT/,
  ],
  [
    "an address that nobody answers for",
    balanced(),
    undefined,
    undefined,
    /no node answers for service\/hello at 172\.28\.85\.251/,
  ],
  ["an address of the world", { kind: "address", address: "192.0.2.1" }, 80, undefined, /is no machine of the lab's/],
  ["a datagram", { kind: "address", address: node.address, node }, 80, "udp", /opens a connection: --proto tcp/],
  ["no port", { kind: "address", address: node.address, node }, undefined, undefined, /--port PORT/],
];
for (const [what, target, port, protocol, message] of refused)
  test(`from outside ${what} is refused, with what can be called`, (t) => {
    t.throws(() => refuseUnreachable(target, port, protocol), { message });
  });

test("from outside nothing is called on platforms whose machines are on a network of their own", (t) => {
  for (const platform of ["vm", "aws"] as const)
    t.throws(() => refuseApart(platform), {
      message: /this machine is not on; trace from a node instead: node\/NAME$/,
    });
  for (const platform of ["local", "hosts"] as const) t.notThrows(() => refuseApart(platform));
});

test("a node's port may be called from outside, and an address that a node answers for at its Service's own port", (t) => {
  t.notThrows(() => refuseUnreachable(balanced({ node }), undefined, undefined));
  t.notThrows(() => refuseUnreachable({ kind: "address", address: node.address, node }, 6443, undefined));
});

test("a connection is opened by the port that it is known by, and says whether it was answered", async (t) => {
  const server = createServer((socket) => void socket.on("error", () => {}).end()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const seen = once(server, "connection");
  const answered = await callFromHere("127.0.0.1", port, 0);
  await seen;
  t.like(answered, { id: "probe", exit: 0, output: "" });
  server.close();
  await once(server, "close");
  const turnedAway = await callFromHere("127.0.0.1", port, 0);
  t.is(turnedAway.exit, 1);
  t.regex(turnedAway.output, /ECONNREFUSED/);
  t.is(await addressTowards("127.0.0.1"), "127.0.0.1");
});

test("what comes in from outside is told from the wire to the pod, and back", (t) => {
  const folder = join(import.meta.dirname, "../transcripts/lab");
  const read = (name: string): Observations =>
    observationsJson.parse(JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")));
  const probe = read("probe-multi").observations.find(({ id }) => id === "probe")!;
  const [, mark = ""] = / -p ([0-9a-f]+) /.exec(probe.command) ?? [];
  const receiver = read("captured-multi2");
  const told = followSteps({ protocol: "icmp", mark }, { sender: receiver, enters: true }).map(
    ({ hop }) => `${hop.leg} ${hop.interface.replace(/^veth.*/, "veth")} ${hop.direction}`,
  );
  t.deepEqual(told, [
    "request eth0 in",
    "request flannel.1 in",
    "request cni0 out",
    "request veth out",
    "reply veth in",
    "reply cni0 in",
    "reply flannel.1 out",
    "reply eth0 out",
  ]);
});

test("a node asks its own resolver first, and the cluster's DNS where that knows no such name", (t) => {
  const output = [
    "# web.x.svc.cluster.local",
    "** server can't find web.x.svc.cluster.local: NXDOMAIN",
    "",
    "# web.x.svc.cluster.local at 10.96.0.10",
    "Server:\t\t10.96.0.10",
    "Address:\t10.96.0.10:53",
    "",
    "Name:\tweb.x.svc.cluster.local",
    "Address: 10.96.0.77",
    "",
  ].join("\n");
  const lookup = readLookup("web.x.svc.cluster.local", "nameserver 127.0.0.11\n", output);
  t.is(lookup.address, "10.96.0.77");
  t.deepEqual(
    lookup.asked.map(({ server, addresses }) => [server, ...addresses]),
    [[undefined], ["10.96.0.10", "10.96.0.77"]],
  );
  t.regex(
    lookupLines(lookup).join("\n"),
    /cluster\.local: no such name\n.*cluster\.local at 10\.96\.0\.10: 10\.96\.0\.77/,
  );
});
