// Proves that the judges believe transcripts of a lab with both address families, name each claim's family, and can say no: one output is changed at a time,
// and exactly the claims that rest on it fail. It does not prove that another network lets IPv6 pass.
import test from "ava";
import { backendBy6, backendOf } from "../../../evidence/backends.ts";
import { ipv6 } from "../../../evidence/family.ts";
import { markFilter } from "../../../evidence/journey/follow-filters.ts";
import { pingFilter } from "../../../evidence/journey/capture-filter.ts";
import { followedBy6 } from "../../../evidence/judge/second.ts";
import { parseLinks } from "../../../evidence/parse/ip.ts";
import { readIp } from "../../../evidence/parse/packet.ts";
import { sentence } from "../../../evidence/vocabulary.ts";
import { type Dual, journeyIn, judgeDual, readDual } from "./dual.ts";
import { withOutput } from "./lab.ts";

const sound = readDual("vxlan");
const [first, second] = sound.facts.across;
const [near, far] = [first.node, second.node];
const failing = (lab: Dual): string[] =>
  [...judgeDual(lab).values()]
    .filter(({ ok }) => !ok)
    .map(({ id }) => id)
    .sort();
const changed = (name: string, id: string, change: (output: string) => string): Dual => ({
  ...sound,
  reports: withOutput({ ...sound, facts: {} as never }, name, id, change).reports,
});
const across = (id: string): string => `pod-to-pod-multi-node/${id}/ipv6`;
const together = (id: string): string => `pod-to-pod-single-node/${id}/ipv6`;

test("every claim of the second family holds in a sound lab, says whose it is, and says so in both languages", (t) => {
  t.deepEqual(failing(sound), []);
  for (const claim of judgeDual(sound).values()) {
    t.true(claim.id.endsWith("/ipv6"), claim.id);
    t.is((claim.about as { readonly family?: string }).family, "ipv6", claim.id);
    t.regex(claim.claim, /^by IPv6, /, claim.id);
    t.regex(sentence(claim, "zh"), /^IPv6：/, claim.id);
    t.notRegex([claim.claim, sentence(claim, "zh"), claim.expected].join(), /flannel\.1|\bARP\b/, claim.id);
  }
});

/** What is changed, and the claims that must fail then, all of them and no other. */
const cases: readonly [title: string, lab: Dual, ids: readonly string[]][] = [
  [
    "an FDB entry that is gone",
    changed(`overlay6-${near}`, "vtep-fdb", (text) => text.replace(/^.* dst fd00:\S+::12 .*\n/m, "")),
    [across(`vtep-forwarding/${near}/${far}`)],
  ],
  [
    "a neighbour of flannel-v6.1 that was learned",
    changed(`overlay6-${near}`, "vtep-neighbours", (text) => text.replaceAll("PERMANENT", "STALE")),
    [across(`vtep-neighbour/${near}/k8s-master`), across(`vtep-neighbour/${near}/${far}`)],
  ],
  [
    "a VTEP that sends from another address",
    changed(`overlay6-${near}`, "vtep", (text) => text.replace(/local \S+/, "local fd00:172:28:71::99")),
    [across(`vtep/${near}`)],
  ],
  [
    "a route that is gone",
    changed(`overlay6-${near}`, "routes", (text) => text.replace(/^fd00:10:244:1::\/64 via .*\n/m, "")),
    [across(`route/${near}`)],
  ],
  [
    "a decision for the wire",
    changed(`overlay6-${near}`, "decision/mypod1/mypod2", (text) => text.replace("dev flannel-v6.1", "dev eth0")),
    [across(`route-decision/${near}/mypod1/mypod2`)],
  ],
  [
    "an address that the pod has not",
    changed(`overlay6-${near}`, "addresses/mypod1", (text) =>
      text.replace(/inet6 fd00\S+/, "inet6 fd00:10:244:9::5/64"),
    ),
    [across("in-node-cidr/mypod1"), across("pod-address/mypod1")],
  ],
  [
    "no address of the family but the link's own",
    changed(`overlay6-${near}`, "addresses/mypod1", (text) => text.replace(/^ *inet6 fd00.*\n/m, "")),
    [across("in-node-cidr/mypod1"), across("pod-address/mypod1"), across("pod-prefix/mypod1")],
  ],
  [
    "a pod without a default route",
    changed(`overlay6-${near}`, "pod-routes/mypod1", (text) => text.replace(/^default .*\n/m, "")),
    [across("pod-route/mypod1")],
  ],
  [
    "a prefix that is too wide",
    changed(`overlay6-${near}`, "addresses/mypod1", (text) => text.replace(/(inet6 fd00\S+)\/64/, "$1/48")),
    [across("pod-prefix/mypod1")],
  ],
  [
    "another MAC for the pod on its node",
    changed(`overlay6-${near}`, "pod-neighbour/mypod1", (text) =>
      text.replace(/lladdr \S+/, "lladdr 02:00:00:00:00:99"),
    ),
    [across("pod-neighbour/mypod1")],
  ],
  [
    "a ping without an answer",
    changed(`overlay6-${near}`, "ping/mypod1/mypod2", (text) => text.replace("3 received", "2 received")),
    [across("ping/mypod1/mypod2")],
  ],
  [
    "one more router",
    changed(`overlay6-${near}`, "ping/mypod1/mypod2", (text) => text.replaceAll("ttl=62", "ttl=61")),
    [across("ping/mypod1/mypod2")],
  ],
  [
    "one packet of fifty that is lost",
    changed(`overlay6-${near}`, "loss/mypod1/mypod2", (text) => text.replace("50 received", "49 received")),
    [across("loss/mypod1/mypod2")],
  ],
  [
    "a wire that takes less",
    changed(`overlay6-${near}`, "largest/mypod1/mypod2", (text) => text.replace("1 received", "0 received")),
    [across("mtu-passes/mypod1/mypod2")],
  ],
  [
    "a packet of another length",
    changed(`overlay6-${near}`, "largest/mypod1/mypod2", (text) => text.replace("1382 data bytes", "1402 data bytes")),
    [across("mtu-passes/mypod1/mypod2")],
  ],
  [
    "one byte more that is answered",
    changed(`overlay6-${near}`, "too-large/mypod1/mypod2", (text) =>
      text.replace(/From .*too big.*\n/, "").replace("0 received", "1 received"),
    ),
    [across("mtu-exceeded/mypod1/mypod2")],
  ],
  [
    "a node that tells of less",
    changed(`overlay6-${near}`, "too-large/mypod1/mypod2", (text) => text.replace("mtu=1430", "mtu=1280")),
    [across("mtu-exceeded/mypod1/mypod2")],
  ],
  [
    "forwarding that is off",
    changed(`overlay6-${near}`, "forwarding", (text) => text.replace("conf/all/forwarding:1", "conf/all/forwarding:0")),
    [across(`forwarding-enabled/${near}`)],
  ],
  [
    "bridged packets that pass ip6tables by",
    changed(`overlay6-${near}`, "bridge-netfilter", () => "0\n"),
    [across(`bridge-netfilter/${near}`)],
  ],
  [
    "a bridge without its address",
    changed(`overlay6-${near}`, "interfaces", (text) => text.replace(/^ *inet6 fd00:10:244:2::1\/64.*\n/m, "")),
    [across(`gateway/${near}`)],
  ],
  [
    "a pod with a second address",
    changed(`overlay6-${near}`, "pods-inside", (text) =>
      text.replace(/( *)inet6 (fd00:10:244:2::)5\/64 scope global \n/, "$&$1inet6 $277/64 scope global \n"),
    ),
    [across("address-unique")],
  ],
  [
    "nodes with one pod CIDR",
    changed("cluster", "nodes6", (text) => text.replace("fd00:10:244:1::/64", "fd00:10:244:2::/64")),
    [],
  ],
  [
    "a neighbour at another MAC",
    changed("bridge6", "neighbours/mypod1", (text) =>
      text.replace(/^(fd00:10:244:2::3 .*lladdr) \S+/m, "$1 02:00:00:00:00:99"),
    ),
    [together("neighbour/mypod1")],
  ],
  [
    "a router between pods of one node",
    changed("bridge6", "ping/mypod1/mypod2", (text) => text.replaceAll("ttl=64", "ttl=63")),
    [together("ping/mypod1/mypod2")],
  ],
  [
    "a pod that does not answer TCP",
    changed(`reach-${near}`, "tcp6/pod-to-pod-multi-node/mypod1", (text) =>
      text.replace(`${second.ip6} answered hello\n`, ""),
    ),
    [across("reach/mypod1/tcp")],
  ],
  [
    "a caller that was translated",
    changed(`reach-${near}`, "called-as6/pod-to-pod-multi-node/mypod1", (text) =>
      text.replace(/\[.*\]/, "[fd00:0172:0028:0071:0000:0000:0000:0011]"),
    ),
    [across("no-translation/mypod1/mypod2")],
  ],
  [
    "a marked packet without an answer",
    changed("probe", "probe", (text) => text.replace(" 1 received", " 0 received")),
    [across("journey/answered")],
  ],
];

for (const [title, lab, ids] of cases.filter(([, , expected]) => expected.length > 0)) {
  test(`${title}: exactly the claims about it fail`, (t) => {
    t.deepEqual(failing(lab), [...ids].sort());
  });
}

test("two nodes with one pod CIDR fail the claim about that, and whatever rests on a node's CIDR", (t) => {
  const found = failing(cases.find(([, , ids]) => ids.length === 0)![1]);
  t.true(found.includes(across("different-pod-cidrs")));
});

test("a pod that remembers what its node has told refuses by itself, and that is as good", (t) => {
  const remembered = changed(`overlay6-${near}`, "too-large/mypod1/mypod2", (text) =>
    text.replace(/From .* Packet too big: mtu=1430/, "ping: local error: message too long, mtu: 1430"),
  );
  t.deepEqual(failing(remembered), []);
});

test("one packet is followed by IPv6: the same hops, 70 bytes more on the wire, and two routers", (t) => {
  const { hops, pcapng } = followedBy6(journeyIn(sound), sound.facts.nodes);
  t.is(hops.length, 16);
  t.deepEqual([...new Set(hops.map(({ kind }) => kind))], ["ICMPv6 echo request", "ICMPv6 echo reply"]);
  t.deepEqual([hops[0]!.source, hops[0]!.destination], [first.ip6, second.ip6]);
  for (const { outer, length } of hops.filter((hop) => hop.outer !== undefined)) t.is(outer!.length - length, 70);
  t.is(hops.filter((hop) => hop.outer !== undefined).length, 4);
  t.true(pcapng.length > 0);
});

test("IPv6's header tells the length of what comes behind it, and the filter goes by that", (t) => {
  const wrapped = backendBy6(backendOf("vxlan"));
  t.is(wrapped.tunnel?.overhead, 70);
  t.is(pingFilter(81, wrapped, ipv6), "(icmp6 and ip6[4:2] = 89) or (udp port 8472 and ip6[4:2] = 159)");
  t.is(pingFilter(81, backendBy6(backendOf("host-gw")), ipv6), "(icmp6 and ip6[4:2] = 89)");
});

test("a trace by IPv6 knows its ping by the mark behind the headers, bare, inside VXLAN and quoted in an error", (t) => {
  const followed = { protocol: "icmp", mark: "0123456789abcdef" } as const;
  const has = (at: number): string => `(ip6[${at}:4] = 0x01234567 and ip6[${at + 4}:4] = 0x89abcdef)`;
  t.is(
    markFilter(followed, backendBy6(backendOf("vxlan")), ipv6),
    `(icmp6 and (${has(64)} or ${has(112)})) or (udp port 8472 and (${has(134)} or ${has(182)}))`,
  );
  t.is(markFilter(followed, backendBy6(backendOf("host-gw")), ipv6), `(icmp6 and (${has(64)} or ${has(112)}))`);
});

test("an IPv6 packet is read, and one that is cut off is none", (t) => {
  const header = Buffer.from(
    "6000000000083a3f" + "fd000010024400020000000000000005" + "fd000010024400010000000000000002" + "8000000000010001",
    "hex",
  );
  t.like(readIp(header), {
    version: 6,
    source: "fd00:10:244:2::5",
    destination: "fd00:10:244:1::2",
    ttl: 63,
    length: 48,
    protocol: 58,
  });
  t.is(readIp(header.subarray(0, 39)), undefined);
});

test("an address of the link alone is none of the pod network", (t) => {
  const shown =
    "2: eth0@if8: <UP,LOWER_UP> mtu 1450\n    inet 10.244.2.5/24 scope global eth0\n    inet6 fd00::5/64 scope global \n    inet6 fe80::1/64 scope link \n";
  t.deepEqual(parseLinks(shown, ipv6)[0]!.addresses, [{ address: "fd00::5", prefix: 64 }]);
  t.deepEqual(parseLinks(shown)[0]!.addresses, [{ address: "10.244.2.5", prefix: 24 }]);
});
