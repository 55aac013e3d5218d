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
const firstNode = lab.facts.nodes[0]!.name;
const lastNode = lab.facts.nodes.at(-1)!.name;
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
    // By the same file a pod's gateway is known; as many neighbours as before.
    [
      single("in-node-cidr/mypod1"),
      single("in-node-cidr/mypod2"),
      single("pod-route/mypod1"),
      single("pod-route/mypod2"),
    ],
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
    "one CoreDNS of two that is silent",
    withOutput(lab, `reach-${far}`, `dns/${multi("mypod2")}`, (text) =>
      text.replace(
        /(# asked 10[^]*?\n)Server[^]*?(?=# asked|$)/,
        "$1;; connection timed out; no servers could be reached\n",
      ),
    ),
    [multi("dns/mypod2")],
  ],
  [
    "no CoreDNS that kube-proxy would know of",
    withOutput(lab, `reach-${far}`, `dns/${multi("mypod2")}`, (text) =>
      text.replaceAll(/# asked 10[^]*?(?=# asked \n|$)/g, ""),
    ),
    [multi("dns/mypod2")],
  ],
  [
    "an address that is translated on the way to the other node",
    withOutput(lab, `reach-${near}`, `called-as/${multi("mypod1")}`, replace(/by \S+/, "by 10.244.9.0")),
    [multi("no-translation/mypod1/mypod2")],
  ],
  [
    "a pod of the same node that is called from nobody knows where",
    withOutput(lab, `reach-${far}`, `called-as/${single("mypod1")}`, empty, 124),
    [single("no-translation/mypod1/mypod2")],
  ],
  [
    "UDP 8472 closed to one node",
    withOutput(
      lab,
      `reach-${firstNode}`,
      `overlay-port/${lastNode}`,
      () => "5 packets transmitted, 0 received, 100% packet loss, time 200ms\n",
      1,
    ),
    [multi(`overlay-port/${firstNode}/${lastNode}`)],
  ],
  [
    "UDP 8472 with some loss",
    withOutput(lab, `reach-${firstNode}`, `overlay-port/${lastNode}`, replace("5 received, 0%", "3 received, 40%")),
    [],
  ],
  [
    "one packet of fifty that is lost between nodes",
    withOutput(lab, `overlay-${near}`, "loss/mypod1/mypod2", replace("50 received, 0%", "49 received, 2%")),
    [multi("loss/mypod1/mypod2")],
  ],
  [
    "a pod without its default route",
    withOutput(lab, `overlay-${near}`, "pod-routes/mypod1", (text) =>
      text
        .split("\n")
        .filter((line) => !line.startsWith("default"))
        .join("\n"),
    ),
    [multi("pod-route/mypod1")],
  ],
  [
    "a pod without any route",
    withOutput(lab, "bridge", "pod-routes/mypod2", () => "RTNETLINK answers: Network is unreachable\n", 2),
    [single("pod-route/mypod2")],
  ],
  [
    "a pod that takes its neighbour for far",
    withOutput(
      lab,
      "bridge",
      "pod-routes/mypod1",
      replace(/^(\S+) dev eth0 src (?=.*uid)/m, "$1 via 10.244.1.1 dev eth0 src "),
    ),
    [single("pod-route/mypod1")],
  ],
  [
    "a pod with a longer arm",
    withOutput(lab, "bridge", "addresses/mypod1", replace(/(inet 10\.\S+)\/24/, "$1/16")),
    [single("pod-prefix/mypod1")],
  ],
  [
    "a node that knows another MAC of its pod",
    withOutput(lab, `overlay-${near}`, "pod-neighbour/mypod1", replace(/lladdr \S+/, "lladdr 02:00:00:00:00:99")),
    [multi("pod-neighbour/mypod1")],
  ],
  [
    "a pod that does not answer its node's ARP",
    withOutput(lab, "bridge", "pod-neighbour/mypod1", (text) => text.replace(/lladdr \S+ \S+/, "FAILED")),
    [single("pod-neighbour/mypod1")],
  ],
  [
    "a table before the main one",
    withOutput(
      lab,
      `overlay-${near}`,
      "decision/mypod1/mypod2",
      () => `${second!.ip} from ${first!.ip} dev dummy0 table 52 \n    cache iif cni0 \n`,
    ),
    [multi(`route-decision/${near}/mypod1/mypod2`)],
  ],
  [
    "a kernel that would not send it at all",
    withOutput(lab, `overlay-${far}`, "decision/mypod1/mypod2", () => "RTNETLINK answers: No route to host\n", 2),
    [multi(`route-decision/${far}/mypod1/mypod2`)],
  ],
  [
    "two pods with one address, on two nodes",
    withOutput(lab, `overlay-${near}`, "pods-inside", (text) => text.replaceAll(first!.ip, second!.ip)),
    [multi("address-unique")],
  ],
  [
    "a pod with a second address",
    withOutput(lab, `overlay-${near}`, "pods-inside", replace(/^( +inet )(\S+)(.*\n)/m, "$1$2$3$110.244.99.9/24$3")),
    [multi("address-unique")],
  ],
  [
    "two pods with one MAC",
    withOutput(lab, `overlay-${far}`, "pods-inside", (text) =>
      text.replaceAll(/link\/ether \S+/g, "link/ether 02:00:00:00:00:99"),
    ),
    [multi("address-unique")],
  ],
  [
    "a veth that is down",
    withOutput(lab, `overlay-${near}`, "interfaces", replace(/^(\d+: veth.*),UP,LOWER_UP/m, "$1")),
    [multi(`link-up/${near}`)],
  ],
  [
    "a pod's eth0 that is down",
    withOutput(lab, `overlay-${near}`, "interfaces", replace(/^(\d+: veth\S+ <)(.*),LOWER_UP/m, "$1NO-CARRIER,$2")),
    [multi(`link-up/${near}`)],
  ],
  [
    "cni0 that is down",
    withOutput(lab, `overlay-${near}`, "interfaces", replace(/^(\d+: cni0.*),UP,LOWER_UP/m, "$1")),
    [multi(`link-up/${near}`)],
  ],
  [
    "cni0 without its address",
    withOutput(lab, `overlay-${near}`, "interfaces", replace(/^ +inet .* cni0\n/m, "")),
    [multi(`gateway/${near}`)],
  ],
  [
    "cni0 with the address of another pod CIDR",
    withOutput(lab, `overlay-${near}`, "interfaces", replace(/inet \S+(?= .* cni0$)/m, "inet 10.244.77.1/24")),
    [multi(`gateway/${near}`)],
  ],
  [
    "forwarding off",
    withOutput(lab, `overlay-${near}`, "forwarding", replace("ip_forward:1", "ip_forward:0")),
    [multi(`forwarding-enabled/${near}`)],
  ],
  [
    "forwarding off for what comes out of flannel.1",
    withOutput(lab, `overlay-${near}`, "forwarding", replace("flannel.1/forwarding:1", "flannel.1/forwarding:0")),
    [multi(`forwarding-enabled/${near}`)],
  ],
  [
    "a reverse path filter that refuses the other node's pods",
    withOutput(
      lab,
      `overlay-${near}`,
      "ways-back",
      replace(/(on flannel\.1: ).*/, "$1RTNETLINK answers: Invalid cross-device link"),
    ),
    [multi(`rp-filter/${near}`)],
  ],
  [
    "bridged packets that iptables does not see",
    withOutput(lab, `overlay-${near}`, "bridge-netfilter", () => "0\n"),
    [multi(`bridge-netfilter/${near}`)],
  ],
  [
    "a kernel without br_netfilter",
    withOutput(
      lab,
      `overlay-${near}`,
      "bridge-netfilter",
      () => "cat: /proc/sys/net/bridge/bridge-nf-call-iptables: No such file or directory\n",
      1,
    ),
    [multi(`bridge-netfilter/${near}`)],
  ],
  [
    "a static entry in cni0's table",
    withOutput(
      lab,
      `overlay-${near}`,
      "fdb",
      (text) => `${text}02:00:00:00:00:99 dev veth01234567 master cni0 static\n`,
    ),
    [multi(`learned-entries/${near}`)],
  ],
  [
    "a permanent entry in cni0's table that is no port's own MAC",
    withOutput(
      lab,
      `overlay-${near}`,
      "fdb",
      (text) => `${text}02:00:00:00:00:99 dev veth01234567 master cni0 permanent\n`,
    ),
    [multi(`learned-entries/${near}`)],
  ],
  [
    "a neighbour that somebody wrote into a pod",
    withOutput(
      lab,
      `overlay-${near}`,
      "permanent",
      (text) => `${text}10.244.1.9 dev eth0 lladdr 02:00:00:00:00:99 PERMANENT \n`,
    ),
    [multi(`learned-entries/${near}`)],
  ],
  [
    "a queue that shapes the wire",
    withOutput(
      lab,
      `overlay-${near}`,
      "queues",
      replace(
        /^qdisc noqueue 0: dev eth0 root .*/m,
        "qdisc tbf 8001: dev eth0 root refcnt 2 rate 200Kbit burst 32Kb lat 400ms",
      ),
    ),
    [multi(`qdisc/${near}`)],
  ],
  [
    "a queue that dropped while packets passed",
    withOutput(lab, `overlay-${near}`, "queues", replace(/(dev flannel\.1 .*\n.*dropped )0/, "$12")),
    [multi(`qdisc/${near}`)],
  ],
  [
    "a queue that dropped long ago",
    ["queues-before", "queues"].reduce(
      (one, id) => withOutput(one, `overlay-${near}`, id, replace(/(dev flannel\.1 .*\n.*dropped )0/, "$12")),
      lab,
    ),
    [],
  ],
  [
    "a rule that takes what leaves before it is translated",
    withOutput(
      lab,
      `overlay-${near}`,
      "nat",
      replace("-A POSTROUTING", "-A POSTROUTING -s 10.244.0.0/16 ! -d 10.244.0.0/16 -j ACCEPT\n-A POSTROUTING"),
    ),
    [multi(`egress/${near}`)],
  ],
  [
    "such a rule for TCP alone, in flannel's own chain",
    withOutput(
      lab,
      `overlay-${near}`,
      "nat",
      replace("-A FLANNEL-POSTRTG", "-A FLANNEL-POSTRTG -s 10.244.0.0/16 -p tcp -j RETURN\n-A FLANNEL-POSTRTG"),
    ),
    [multi(`egress/${near}`)],
  ],
  [
    "such a rule for another network's packets",
    withOutput(
      lab,
      `overlay-${near}`,
      "nat",
      replace(
        "-A POSTROUTING",
        "-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE\n-A POSTROUTING -m mark --mark 0x1/0x1 -j ACCEPT\n-A POSTROUTING",
      ),
    ),
    [],
  ],
  [
    "no rule of flannel's",
    withOutput(lab, `overlay-${near}`, "nat", (text) =>
      text
        .split("\n")
        .filter((line) => !line.includes("flanneld masq"))
        .join("\n"),
    ),
    [multi(`egress/${near}`)],
  ],
  [
    "a CNI configuration that was moved away",
    withOutput(
      lab,
      `overlay-${near}`,
      "cni-config",
      () =>
        "# /etc/cni/net.d/*.conf*\njq: error: Could not open file /etc/cni/net.d/*.conf*: No such file or directory\n",
      2,
    ),
    [multi(`new-pod/${near}`)],
  ],
  [
    "a CNI configuration of another kind before flannel's",
    withOutput(
      lab,
      `overlay-${near}`,
      "cni-config",
      (text) => `# /etc/cni/net.d/05-other.conflist\n{"name":"other","plugins":[{"type":"bridge"}]}\n${text}`,
    ),
    [multi(`new-pod/${near}`)],
  ],
  [
    "a plugin that is gone",
    withOutput(lab, `overlay-${near}`, "cni-files", replace("host-local\n", "")),
    [multi(`new-pod/${near}`)],
  ],
  [
    "no address left for a new pod",
    withOutput(lab, `overlay-${near}`, "cni-files", (text) =>
      [text.trimEnd(), ...Array.from({ length: 254 }, (_, at) => first!.ip.replace(/\d+$/, String(at + 1)))].join("\n"),
    ),
    [multi(`new-pod/${near}`)],
  ],
  [
    "flannel's file gone",
    withOutput(lab, `overlay-${near}`, "subnet", () => "cat: /run/flannel/subnet.env: No such file or directory\n", 1),
    [
      multi(`flannel-ready/${near}`),
      multi(`new-pod/${near}`),
      ...["in-node-cidr", "pod-prefix", "pod-route"].map((kind) => multi(`${kind}/mypod1`)),
      ...["mtu-passes", "mtu-exceeded"].map((kind) => multi(`${kind}/mypod1/mypod2`)),
    ],
  ],
  [
    "flanneld that was stopped",
    withOutput(lab, `overlay-${near}`, "flanneld", (text) => text.split("\n")[0]!.replace(/^S\S*/, "Tsl"), 124),
    [multi(`flannel-ready/${near}`)],
  ],
  [
    "no flanneld",
    withOutput(lab, `overlay-${near}`, "flanneld", () => "bash: connect: Connection refused\n", 1),
    [multi(`flannel-ready/${near}`)],
  ],
  [
    "a kubelet that does not run",
    withOutput(lab, `overlay-${near}`, "agents", (text) =>
      text.replace(/^kubelet .*\n/m, "").replace(/# kubelet\nHTTP[^]*?(?=# kube-proxy)/, "# kubelet\n"),
    ),
    [multi(`agents/${near}`)],
  ],
  [
    "a kube-proxy that is behind",
    withOutput(
      lab,
      `overlay-${near}`,
      "agents",
      replace(/(# kube-proxy\nHTTP\/1.0 )200 OK/, "$1503 Service Unavailable"),
    ),
    [multi(`agents/${near}`)],
  ],
  [
    "a node that the API server takes for lost",
    withOutput(
      lab,
      "cluster",
      "conditions",
      replace(/"status":"True","reason":"KubeletReady"/, '"status":"Unknown","reason":"NodeStatusUnknown"'),
    ),
    [multi(`node-ready/${firstNode}`)],
  ],
  [
    "a node that has not been heard of for a minute, before anybody has drawn a conclusion",
    withOutput(lab, "cluster", "conditions", replace(/"renewTime":"2026/, '"renewTime":"2025')),
    [multi(`node-ready/${firstNode}`)],
  ],
  [
    "a node that has joined and has written neither lease nor status",
    withOutput(lab, "cluster", "conditions", replace(/"lease":\{[^}]*\}/, '"lease":null')),
    [multi(`node-ready/${firstNode}`)],
  ],
  [
    "a node that has joined just now, with a status and no lease yet: nothing",
    withOutput(lab, "cluster", "conditions", (text) =>
      text
        .replace(/"lease":\{[^}]*\},"now":"([^"]*)"/, '"lease":null,"now":"$1"')
        .replace(
          /"message":"[^"]*"/,
          (message) => `${message},"lastHeartbeatTime":"${/"now":"([^"]*)"/.exec(text)![1]}"`,
        ),
    ),
    [],
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

test("a node without a pod has no bridge, and nothing is missing", (t) => {
  const report = `overlay-${firstNode}`;
  const bare = (
    [
      ["interfaces", (text) => text.replaceAll(/^\d+: (cni0|veth)[^]*?(?=^\d+: (?!cni0|veth)|(?![^]))/gm, ""), 0],
      ["pods-inside", empty, 0],
      ["fdb", () => 'Cannot find bridge device "cni0"\n', 1],
      ["forwarding", (text) => text.replaceAll(/^.*(cni0|veth).*\n/gm, ""), 0],
      ["cni-files", (text) => `${text.split("\n\n")[0]}\n`, 2],
    ] satisfies [string, (output: string) => string, number][]
  ).reduce((one, [id, change, exit]) => withOutput(one, report, id, change, exit), lab);
  t.deepEqual(failing(bare), []);
  // With a pod on it a bridge is what it needs.
  const inside = lab.reports[report]!.observations.find(({ id }) => id === "pods-inside")!.output;
  t.deepEqual(
    failing(withOutput(bare, report, "pods-inside", () => inside)),
    ["gateway", "learned-entries", "link-up"].map((kind) => multi(`${kind}/${firstNode}`)),
  );
});

test("a pod that has its neighbour's address itself sends nothing to it", (t) => {
  const changed = withOutput(lab, "bridge", "pod-routes/mypod1", (text) =>
    text.replace(/^(\S+) dev eth0 src (\S+ uid)/m, "local $1 dev lo src $2"),
  );
  t.deepEqual(failing(changed), [single("pod-route/mypod1")]);
  t.regex(observed(changed, single("pod-route/mypod1")), / directly dev lo$/);
});

test("the rules, the namespace and the device are named", (t) => {
  const nat = withOutput(
    lab,
    `overlay-${near}`,
    "nat",
    replace("-A POSTROUTING", "-A POSTROUTING -j ACCEPT\n-A POSTROUTING"),
  );
  t.is(
    observed(nat, multi(`egress/${near}`)),
    "icmp: -A POSTROUTING -j ACCEPT; tcp: -A POSTROUTING -j ACCEPT; udp: -A POSTROUTING -j ACCEPT",
  );
  const rule = withOutput(
    withOutput(lab, `overlay-${near}`, "rules", (text) => `${text}100:\tfrom ${first!.ip} lookup 200\n`),
    `overlay-${near}`,
    "decision/mypod1/mypod2",
    () => "RTNETLINK answers: Invalid argument\n",
    2,
  );
  t.is(
    observed(rule, multi(`route-decision/${near}/mypod1/mypod2`)),
    `RTNETLINK answers: Invalid argument; rules besides the usual: 100:\tfrom ${first!.ip} lookup 200`,
  );
  const twice = withOutput(lab, `overlay-${near}`, "pods-inside", (text) => text.replaceAll(first!.ip, second!.ip));
  t.regex(
    observed(twice, multi("address-unique")),
    new RegExp(`^${second!.ip}: cni-\\S+ on \\S+ and cni-\\S+ on \\S+$`),
  );
  const missing = without(lab, `overlay-${lastNode}`, "pods-inside");
  t.is(observed(missing, multi("address-unique")), `nothing was observed as "pods-inside" on ${lastNode}`);
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
