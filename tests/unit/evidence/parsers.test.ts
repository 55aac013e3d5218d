// Proves that the parsers read what the tools print: the course page's own transcripts, and ones kept from Debian 12's tools.
import { readFileSync } from "node:fs";
import test from "ava";
import { contains, networkOf } from "../../../evidence/cidr.ts";
import { parseForwarding, parsePorts } from "../../../evidence/parse/bridge.ts";
import { parseContainers, parseNamespaceLink, parseNamespaces } from "../../../evidence/parse/ctr.ts";
import { parseSubnet } from "../../../evidence/parse/flannel.ts";
import { linkNamed, parseLinks } from "../../../evidence/parse/ip.ts";
import { parsePing } from "../../../evidence/parse/ping.ts";
import { parseNeighbours, parseRoutes } from "../../../evidence/parse/routes.ts";

const course = (name: string): string =>
  readFileSync(new URL(`../../transcripts/course/${name}.txt`, import.meta.url), "utf8");

test("ctr container ls: the course's two containers", (t) => {
  const rows = parseContainers(course("container-ls"));
  t.deepEqual(
    rows.map(({ id }) => id.slice(0, 8)),
    ["4bcad54d", "c1c0044f"],
  );
  t.is(rows[0]?.image, "docker.io/xiaopeng163/net-box:latest");
});

test("ctr container ls: the heading is no container, and an empty list is an error", (t) => {
  t.is(parseContainers(`CONTAINER    IMAGE    RUNTIME\n${course("container-ls")}`).length, 2);
  t.throws(() => parseContainers("CONTAINER    IMAGE    RUNTIME\n"), { message: /no container/ });
});

test("ctr container info: joined namespaces have a path, new ones have none", (t) => {
  const namespaces = parseNamespaces(course("namespaces"));
  t.is(namespaces.get("network"), "/proc/14188/ns/net");
  t.true(namespaces.has("pid"));
  t.is(namespaces.get("pid"), undefined);
  t.throws(() => parseNamespaces("null"));
});

test("readlink /proc/PID/ns/net", (t) => {
  t.is(parseNamespaceLink("net:[4026532345]\n"), "4026532345");
  t.throws(() => parseNamespaceLink(""), { message: /empty/ });
});

test("ip addr: the course's pod", (t) => {
  const links = parseLinks(course("ip-addr"));
  t.deepEqual(linkNamed(links, "eth0"), {
    index: 2,
    name: "eth0",
    peer: 5,
    mtu: 1450,
    up: true,
    carrier: true,
    mac: "b6:87:92:e4:40:43",
    master: undefined,
    addresses: [{ address: "10.244.1.4", prefix: 24 }],
    vxlan: undefined,
  });
  t.throws(() => linkNamed(links, "eth1"), { message: "no interface eth1 among lo, eth0" });
  t.throws(() => parseLinks("nsenter: cannot open /proc/1/ns/net"), { message: /no interface/ });
});

test("ip link: the ports of a bridge", (t) => {
  const [first, second] = parseLinks(
    "14: vethxa@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue master brx0 state UP mode DEFAULT group default qlen 1000\n" +
      "    link/ether 62:3f:79:c6:0b:46 brd ff:ff:ff:ff:ff:ff link-netns pa\n" +
      "15: vethxb@if2: <BROADCAST,MULTICAST> mtu 1500 qdisc noqueue master brx0 state DOWN mode DEFAULT group default qlen 1000\n" +
      "    link/ether 82:b8:7a:e7:49:c1 brd ff:ff:ff:ff:ff:ff link-netns pb\n",
  );
  t.like(first, { index: 14, name: "vethxa", peer: 2, master: "brx0", up: true });
  t.like(second, { index: 15, mac: "82:b8:7a:e7:49:c1", up: false });
});

for (const [whose, word] of [
  ["Debian's", ""],
  ["Ubuntu's", "fan-map "],
] as const) {
  test(`${whose} ip -details link: a VTEP`, (t) => {
    const [link] = parseLinks(
      "16: flannel.1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN mode DEFAULT group default \n" +
        "    link/ether 0e:81:9c:97:4f:f4 brd ff:ff:ff:ff:ff:ff promiscuity 0  allmulti 0 minmtu 68 maxmtu 65535 \n" +
        `    vxlan id 1 ${word}local 172.28.56.11 dev eth0 srcport 0 0 dstport 8472 nolearning ttl auto ageing 300 udpcsum \n`,
    );
    t.deepEqual(link?.vxlan, { vni: 1, local: "172.28.56.11", device: "eth0", port: 8472 });
  });
}

test("brctl show", (t) => {
  t.deepEqual(
    parsePorts(
      "bridge name\tbridge id\t\tSTP enabled\tinterfaces\ncni0\t\t8000.623f79c60b46\tno\t\tveth1\n\t\t\t\t\t\t\tveth2\n",
    ),
    ["veth1", "veth2"],
  );
  t.deepEqual(parsePorts("bridge name\tbridge id\t\tSTP enabled\tinterfaces\ncni0\t\t8000.000000000000\tno\n"), []);
  t.throws(() => parsePorts("bridge name\tbridge id\t\tSTP enabled\tinterfaces\nbridge cni0 does not exist!\n"));
});

test("bridge fdb: learned entries, an interface's own, and a VXLAN destination", (t) => {
  t.deepEqual(
    parseForwarding(
      "33:33:00:00:00:01 dev vethxa self permanent\nae:cb:31:c6:28:90 dev vethxa master cni0 \n" +
        "62:3f:79:c6:0b:46 dev vethxa master cni0 permanent\n",
    ),
    [
      { mac: "33:33:00:00:00:01", port: "vethxa", destination: undefined },
      { mac: "ae:cb:31:c6:28:90", port: "vethxa", destination: undefined },
      { mac: "62:3f:79:c6:0b:46", port: "vethxa", destination: undefined },
    ],
  );
  t.deepEqual(parseForwarding("aa:bb:cc:dd:ee:ff dst 172.28.56.12 self permanent\n", "flannel.1"), [
    { mac: "aa:bb:cc:dd:ee:ff", port: "flannel.1", destination: "172.28.56.12" },
  ]);
});

test("ip neigh", (t) => {
  t.deepEqual(parseNeighbours("10.9.9.3 dev eth0 lladdr e6:69:42:6d:ee:08 REACHABLE \n10.9.9.9 dev eth0 FAILED \n"), [
    { address: "10.9.9.3", device: "eth0", mac: "e6:69:42:6d:ee:08", state: "REACHABLE" },
    { address: "10.9.9.9", device: "eth0", mac: undefined, state: "FAILED" },
  ]);
  t.deepEqual(parseNeighbours(""), []);
});

test("ip route", (t) => {
  t.deepEqual(parseRoutes("default via 172.28.56.1 dev eth0 \n10.244.2.0/24 via 10.244.2.0 dev flannel.1 onlink \n"), [
    { destination: "default", via: "172.28.56.1", device: "eth0", onlink: false },
    { destination: "10.244.2.0/24", via: "10.244.2.0", device: "flannel.1", onlink: true },
  ]);
});

test("ping: replies, silence, and what is too long", (t) => {
  const reply = (ttl: number) => `64 bytes from 10.244.2.3: icmp_seq=1 ttl=${ttl} time=0.1 ms\n`;
  t.deepEqual(parsePing(`${reply(62)}${reply(62)}\n2 packets transmitted, 2 received, 0% packet loss, time 201ms\n`), {
    sent: 2,
    received: 2,
    ttls: [62, 62],
    complaints: [],
  });
  t.like(parsePing("3 packets transmitted, 0 received, 100% packet loss, time 409ms\n"), {
    sent: 3,
    received: 0,
    ttls: [],
  });
  t.deepEqual(
    parsePing(
      "PING 10.9.9.3 (10.9.9.3) 1473(1501) bytes of data.\nping: local error: message too long, mtu=1500\n\n" +
        "--- 10.9.9.3 ping statistics ---\n1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms\n",
    ).complaints,
    ["ping: local error: message too long, mtu=1500"],
  );
  t.throws(() => parsePing("nsenter: failed to execute ping: No such file or directory\n"), { message: /not a ping/ });
});

test("subnet.env", (t) => {
  const text = "FLANNEL_NETWORK=10.244.0.0/16\nFLANNEL_SUBNET=10.244.1.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n";
  t.deepEqual(parseSubnet(text), { network: "10.244.0.0/16", subnet: "10.244.1.1/24", mtu: 1450 });
  t.throws(() => parseSubnet("cat: /run/flannel/subnet.env: No such file or directory\n"), {
    message: /no FLANNEL_NETWORK/,
  });
});

test("addresses and CIDRs", (t) => {
  t.true(contains("10.244.1.1/24", "10.244.1.7"));
  t.false(contains("10.244.1.1/24", "10.244.2.7"));
  t.is(networkOf("10.244.1.1/24"), "10.244.1.0/24");
});
