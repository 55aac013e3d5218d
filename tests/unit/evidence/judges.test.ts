// Proves that the judges believe the transcripts of a sound lab, and that each of them can say no: one thing is changed at a
// time, and exactly the claims that rest on it fail. It does not prove that a broken lab prints what is made up here.
import test from "ava";
import { judge, type Lab, readLab, without, withOutput } from "./lab.ts";

const lab = readLab();
const failing = (changed: Lab): string[] =>
  [...judge(changed).values()]
    .filter(({ ok }) => !ok)
    .map(({ id }) => id)
    .sort();
const observed = (changed: Lab, id: string): string => judge(changed).get(id)!.observed;

const c2c = (name: string): string => `container-to-container/${name}`;
const single = (name: string): string => `pod-to-pod-single-node/${name}`;
const multi = (name: string): string => `pod-to-pod-multi-node/${name}`;
const [, , , first, second] = lab.facts.pods;
const near = first!.node;
const far = second!.node;
const addressOf = (node: string): string => lab.facts.nodes.find(({ name }) => name === node)!.address;
const replace =
  (pattern: RegExp | string, text: string) =>
  (output: string): string =>
    output.replace(pattern, text);
const empty = (): string => "";

test("every claim holds in a sound lab", (t) => {
  t.deepEqual(failing(lab), []);
});

test("every claim names its node, its command and when it was looked at", (t) => {
  for (const claim of judge(lab).values()) {
    t.true(claim.command.length > 0 && claim.output.length > 0, claim.id);
    t.regex(claim.at ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, claim.id);
    t.true(claim.node.length > 0, claim.id);
  }
});

/** What is changed, and the claims that must fail then, all of them and no other. */
const cases: readonly [title: string, changed: Lab, ids: readonly string[]][] = [
  [
    "a container missing from the list",
    withOutput(lab, "containers", "containers", (text) => text.split("\n").slice(-2).join("\n")),
    [c2c("containers-on-node")],
  ],
  [
    "another image",
    withOutput(lab, "containers", "containers", (text) => text.replaceAll("net-box", "busybox")),
    [c2c("containers-on-node")],
  ],
  [
    "a network namespace of another process",
    withOutput(lab, "containers", "namespaces/container2", replace(/\/proc\/\d+\/ns\/net/, "/proc/1/ns/net")),
    [c2c("same-namespaces")],
  ],
  [
    "a network namespace of its own",
    withOutput(lab, "containers", "namespaces/container2", replace(/,\s+"path": "\/proc\/\d+\/ns\/net"/, "")),
    [c2c("same-namespaces")],
  ],
  [
    "a shared PID namespace",
    withOutput(
      lab,
      "containers",
      "namespaces/container1",
      replace('"type": "pid"', '"type": "pid", "path": "/proc/1/ns/pid"'),
    ),
    [c2c("own-namespaces")],
  ],
  [
    "another inode",
    withOutput(lab, "containers", "network-namespace/container2", replace(/\d+/, "1")),
    [c2c("same-network-inode")],
  ],
  [
    "another address inside",
    withOutput(lab, "containers", "addresses", replace(/inet 10\.\d+\.\d+\.\d+/, "inet 10.9.9.9")),
    [c2c("pod-address")],
  ],
  ["another MTU inside", withOutput(lab, "containers", "addresses", replace("mtu 1450", "mtu 1500")), [c2c("pod-mtu")]],
  ["a veth that is no port of cni0", withOutput(lab, "containers", "ports", empty), [c2c("veth-peer")]],
  [
    "a listener that nobody reaches",
    withOutput(lab, "containers", "caller", () => "Connection refused\n", 1),
    [c2c("localhost-shared")],
  ],
  [
    "a listener that the node reaches",
    withOutput(lab, "containers", "caller-on-node", () => "hello from the first container\n"),
    [c2c("localhost-not-from-outside")],
  ],
  ["a port that is free", withOutput(lab, "containers", "second-listener", empty, 124), [c2c("port-taken")]],
  [
    "one namespace for two pods",
    withOutput(
      lab,
      "bridge",
      "network-namespace/mypod2",
      () => lab.reports.bridge!.observations.find(({ id }) => id === "network-namespace/mypod1")!.output,
    ),
    [single("two-network-namespaces")],
  ],
  [
    "another subnet of the node",
    withOutput(lab, "bridge", "subnet", replace(/FLANNEL_SUBNET=.*/, "FLANNEL_SUBNET=10.9.9.1/24")),
    [single("in-node-cidr/mypod1"), single("in-node-cidr/mypod2")],
  ],
  [
    "a bridge without ports",
    withOutput(lab, "bridge", "bridge", replace(/^(cni0\s+\S+\s+\w+)[^]*$/m, "$1\n")),
    [single("bridge-port/mypod1"), single("bridge-port/mypod2")],
  ],
  [
    "no bridge",
    withOutput(lab, "bridge", "bridge", () => "bridge cni0 does not exist!\n", 1),
    [single("bridge-port/mypod1"), single("bridge-port/mypod2")],
  ],
  [
    "an empty forwarding table",
    withOutput(lab, "bridge", "fdb", empty),
    [single("forwarding/mypod1"), single("forwarding/mypod2")],
  ],
  [
    "a lost ping",
    withOutput(
      lab,
      "bridge",
      "ping/mypod1/mypod2",
      replace(/3 received, 0% packet loss/, "2 received, 33.3333% packet loss"),
    ),
    [single("ping/mypod1/mypod2")],
  ],
  [
    "a router between pods of one node",
    withOutput(lab, "bridge", "ping/mypod2/mypod1", (text) => text.replaceAll("ttl=64", "ttl=63")),
    [single("ping/mypod2/mypod1")],
  ],
  [
    "a neighbour with another MAC",
    withOutput(lab, "bridge", "neighbours/mypod1", (text) =>
      text.replaceAll(/lladdr \S+/g, "lladdr 02:00:00:00:00:99"),
    ),
    [single("neighbour/mypod1")],
  ],
  ["no neighbour", withOutput(lab, "bridge", "neighbours/mypod2", empty), [single("neighbour/mypod2")]],
  [
    "both pods on one node, says the API",
    withOutput(lab, "cluster", "pods", (text) => text.replaceAll(far, near)),
    [multi("different-nodes")],
  ],
  [
    "no route to the other's pods",
    withOutput(lab, `overlay-${near}`, "routes", (text) =>
      text
        .split("\n")
        .filter((line) => !(line.includes("flannel.1") && line.startsWith(second!.ip.split(".").slice(0, 3).join("."))))
        .join("\n"),
    ),
    [multi(`route/${near}`)],
  ],
  [
    "a route that is not onlink",
    withOutput(lab, `overlay-${near}`, "routes", (text) => text.replaceAll(" onlink", "")),
    [multi(`route/${near}`)],
  ],
  [
    "a VTEP with another VNI",
    withOutput(lab, `overlay-${far}`, "vtep", replace("vxlan id 1", "vxlan id 2")),
    [multi(`vtep/${far}`)],
  ],
  [
    "a VTEP that sends from another address",
    withOutput(lab, `overlay-${far}`, "vtep", replace(/local \S+/, "local 10.0.2.15")),
    [multi(`vtep/${far}`)],
  ],
  [
    "a stale neighbour entry for a VTEP",
    withOutput(lab, `overlay-${near}`, "vtep-neighbours", (text) =>
      text.replaceAll(/lladdr \S+/g, "lladdr 02:00:00:00:00:99"),
    ),
    lab.facts.nodes.filter(({ name }) => name !== near).map(({ name }) => multi(`vtep-neighbour/${near}/${name}`)),
  ],
  [
    "a forwarding entry that is gone",
    withOutput(lab, `overlay-${near}`, "vtep-fdb", (text) =>
      text
        .split("\n")
        .filter((line) => !line.includes(`dst ${addressOf(far)} `))
        .join("\n"),
    ),
    [multi(`vtep-forwarding/${near}/${far}`)],
  ],
  [
    "a forwarding entry to another machine",
    withOutput(lab, `overlay-${near}`, "vtep-fdb", replace(`dst ${addressOf(far)} `, "dst 192.0.2.1 ")),
    [multi(`vtep-forwarding/${near}/${far}`)],
  ],
  [
    "one router too few",
    withOutput(lab, `overlay-${near}`, "ping/mypod1/mypod2", (text) => text.replaceAll("ttl=62", "ttl=63")),
    [multi("ping/mypod1/mypod2")],
  ],
  [
    "a full-sized packet that does not pass",
    withOutput(lab, `overlay-${near}`, "largest/mypod1/mypod2", replace("1 received, 0%", "0 received, 100%"), 1),
    [multi("mtu-passes/mypod1/mypod2")],
  ],
  [
    "a larger packet that another MTU refuses",
    withOutput(lab, `overlay-${near}`, "too-large/mypod1/mypod2", replace("mtu=1450", "mtu=1400"), 1),
    [multi("mtu-exceeded/mypod1/mypod2")],
  ],
  [
    "a larger packet that passes",
    withOutput(
      lab,
      `overlay-${near}`,
      "too-large/mypod1/mypod2",
      () => "1431 bytes from x: icmp_seq=1 ttl=62 time=0.1 ms\n1 packets transmitted, 1 received, 0% packet loss\n",
    ),
    [multi("mtu-exceeded/mypod1/mypod2")],
  ],
  [
    "a larger packet that is refused for another MTU",
    withOutput(lab, `overlay-${near}`, "too-large/mypod1/mypod2", replace("mtu=1450", "mtu=1400"), 1),
    [multi("mtu-exceeded/mypod1/mypod2")],
  ],
  [
    "a larger packet that a router refuses",
    withOutput(
      lab,
      `overlay-${near}`,
      "too-large/mypod1/mypod2",
      replace(/ping: local error: message too long/i, "From 10.244.1.1 icmp_seq=1 Frag needed and DF set"),
      1,
    ),
    [multi("mtu-exceeded/mypod1/mypod2")],
  ],
  [
    "a larger packet whose refusal is told without the MTU",
    withOutput(
      lab,
      `overlay-${near}`,
      "too-large/mypod1/mypod2",
      replace(/ping: local error: message too long, mtu=1450/i, "ping: sendmsg: Message too long"),
      1,
    ),
    [],
  ],
  [
    "a pod that does not answer TCP",
    withOutput(
      lab,
      `reach-${near}`,
      `tcp/${multi("mypod1")}`,
      replace(`${second!.ip} answered hello`, `${second!.ip} answered `),
    ),
    [multi("reach/mypod1/tcp")],
  ],
  [
    "a pod that does not answer UDP",
    withOutput(lab, `reach-${near}`, `udp/${multi("mypod1")}`, empty, 124),
    [multi("reach/mypod1/udp")],
  ],
  [
    "a pod that does not answer pings",
    withOutput(lab, `reach-${near}`, `icmp/${multi("mypod1")}`, replace(`64 bytes from ${second!.ip}:`, ""), 1),
    [multi("reach/mypod1/icmp")],
  ],
  [
    "another answer from DNS",
    withOutput(lab, `reach-${far}`, `dns/${multi("mypod2")}`, (text) =>
      text.replaceAll(lab.facts.apiAddress, "192.0.2.1"),
    ),
    [multi("dns/mypod2")],
  ],
  [
    "a name of the outside that only the node finds",
    withOutput(
      lab,
      `reach-${far}`,
      `outside-name/${multi("mypod2")}`,
      () =>
        "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n** server can't find a.root-servers.net.: NXDOMAIN\n\n" +
        "** server can't find a.root-servers.net.: NXDOMAIN\n\n",
      1,
    ),
    [multi("outside-name/mypod2")],
  ],
  [
    "another address of the outside name than the node's",
    withOutput(lab, `reach-${far}`, `outside-name/${multi("mypod2")}`, replace("198.41.0.4", "192.0.2.1")),
    [multi("outside-name/mypod2")],
  ],
  [
    "a probe without an answer",
    withOutput(lab, "probe-multi", "probe", replace("1 received, 0%", "0 received, 100%"), 1),
    [multi("journey/answered")],
  ],
  [
    "a capture that cannot be read",
    withOutput(lab, "captured-multi2", "pcap", () => "AAAA"),
    [
      multi("journey/encapsulation/reply"),
      multi("journey/encapsulation/request"),
      multi(`journey/reply/${near}`),
      multi(`journey/reply/${far}`),
      multi(`journey/request/${near}`),
      multi(`journey/request/${far}`),
    ],
  ],
  [
    "a packet that never reached the other node",
    withOutput(lab, "captured-multi2", "pcap", (text) =>
      Buffer.from(text, "base64").subarray(0, 24).toString("base64"),
    ),
    [multi("journey/encapsulation/reply"), multi(`journey/reply/${far}`), multi(`journey/request/${far}`)],
  ],
];

for (const [title, changed, ids] of cases) {
  test(`${title}: the claims that rest on it fail, and no other`, (t) => {
    t.deepEqual(failing(changed), [...ids].sort());
  });
}

test("a command that failed fails its claim, with what it said", (t) => {
  const changed = withOutput(
    lab,
    "bridge",
    "neighbours/mypod1",
    () => "nsenter: cannot open /proc/1/ns/net: No such file\n",
    1,
  );
  t.deepEqual(failing(changed), [single("neighbour/mypod1")]);
  t.regex(observed(changed, single("neighbour/mypod1")), /exited with 1: nsenter: cannot open/);
});

test("an output that cannot be read fails its claim, and says so", (t) => {
  const changed = withOutput(lab, "containers", "namespaces/container1", () => "null");
  t.deepEqual(failing(changed), [c2c("own-namespaces"), c2c("same-namespaces")]);
});

test("an observation that is missing fails its claim, and names it", (t) => {
  const changed = without(lab, "containers", "addresses");
  t.deepEqual(failing(changed), [c2c("pod-address"), c2c("pod-mtu"), c2c("veth-peer")]);
  t.is(observed(changed, c2c("pod-address")), `nothing was observed as "addresses" on ${lab.reports.containers!.node}`);
});

test("where the node itself finds no name of the outside, nothing is claimed of its pods, and all else holds", (t) => {
  const changed = withOutput(lab, `reach-${far}`, "outside", empty, 2);
  t.deepEqual(failing(changed), []);
  const made = [...judge(changed).values()].filter(({ kind }) => kind === "outside-name").map(({ node }) => node);
  t.deepEqual([...new Set(made)], [near]);
});

test("a pod that is not asked for a name that its node finds fails its claim", (t) => {
  t.deepEqual(failing(without(lab, `reach-${far}`, `outside-name/${multi("mypod2")}`)), [multi("outside-name/mypod2")]);
});

test("a packet that got lost is said to be where it was seen last", (t) => {
  const lost = withOutput(
    withOutput(lab, "captured-multi2", "pcap", (text) =>
      Buffer.from(text, "base64").subarray(0, 24).toString("base64"),
    ),
    "probe-multi",
    "probe",
    replace("1 received, 0%", "0 received, 100%"),
    1,
  );
  t.is(observed(lost, multi(`journey/request/${far}`)), "never seen");
  t.regex(observed(lost, multi("journey/answered")), /no answer; last seen/);
});
