// Proves that the judges believe a lab with flannel's backend ipip, claim nothing that it does not have, and can say no: one output is changed at a time, and exactly
// the claims that rest on it fail. The transcripts are of two virtual machines with Debian's kernel.
import test from "ava";
import { backendOf, hopsOnEnd } from "../../../evidence/backends.ts";
import { connectionFilter, pingFilter } from "../../../evidence/journey/capture-filter.ts";
import { markExpressions, markFilter } from "../../../evidence/journey/follow-filters.ts";
import { placeOf } from "../../../evidence/journey/journey.ts";
import { locateLoss } from "../../../evidence/loss.ts";
import { type Carried, changing, failing, followedIn, judgeCarried, readCarried } from "./backends.ts";

const lab = readCarried("ipip");
const [first, second] = lab.facts.pods;
const changed = changing(lab);
const [near, far] = [first.node, second.node];
const peer = lab.facts.nodes.find(({ name }) => name === far)!;

test("every claim holds in a sound lab with ipip, and none is about VXLAN, UDP or a MAC", (t) => {
  t.deepEqual(failing(lab), []);
  const claims = [...judgeCarried(lab).values()];
  const found = new Set(claims.map(({ kind }) => kind));
  for (const kind of ["vtep", "vtep-neighbour", "vtep-forwarding", "overlay-port", "wire-neighbour", "journey/bare"])
    t.false(found.has(kind as never), kind);
  for (const kind of ["tunnel-end", "journey/encapsulation", "backend", "route"])
    t.true(found.has(kind as never), kind);
  for (const claim of claims)
    t.notRegex([claim.claim, claim.expected, claim.observed].join(), /flannel\.1|VTEP|VXLAN|8472|UDP/, claim.id);
});

const cases: readonly [title: string, lab: Carried, ids: readonly string[]][] = [
  [
    "a route that the kernel would not take for directly connected",
    changed(`overlay-${near}`, "routes", (text) => text.replace(/( dev flannel\.ipip) onlink/g, "$1")),
    [`route/${near}`],
  ],
  [
    "a route by way of another machine",
    changed(`overlay-${near}`, "routes", (text) => text.replace(`via ${peer.address}`, "via 172.28.81.99")),
    [`route/${near}`],
  ],
  [
    "a device that sends from another address",
    changed(`overlay-${near}`, "tunnel", (text) => text.replace(/ local \S+/, " local 172.28.81.99")),
    [`tunnel-end/${near}`],
  ],
  [
    "a device with one other end",
    changed(`overlay-${near}`, "tunnel", (text) => text.replace("remote any", `remote ${peer.address}`)),
    [`tunnel-end/${near}`],
  ],
  [
    "a device that is down",
    changed(`overlay-${near}`, "tunnel", (text) => text.replace(",UP,LOWER_UP", "")),
    [`tunnel-end/${near}`],
  ],
  [
    "another backend announced",
    changed("cluster", "nodes", (text) => text.replace('"backend": "ipip"', '"backend": "host-gw"')),
    ["backend/k8s-master"],
  ],
];
for (const [title, broken, ids] of cases) {
  test(`with ipip ${title} fails what rests on it, and nothing else`, (t) => {
    t.deepEqual(failing(broken), [...ids].sort());
  });
}

test("with ipip a packet is inside another one on the wire, 20 bytes longer, and no program takes from the TTL", (t) => {
  const { hops } = followedIn(lab);
  t.is(hops.length, 2 * hopsOnEnd(backendOf("ipip")));
  const request = hops.filter(({ leg }) => leg === "request");
  t.deepEqual(request.map(placeOf), ["pod", "bridge", "vtep", "wire", "wire", "vtep", "bridge", "pod"]);
  t.deepEqual(
    request.map(({ ttl }) => ttl),
    [64, 64, 63, 63, 63, 63, 62, 62],
  );
  for (const { outer, length } of hops.flatMap((hop) => (hop.outer ? [hop] : []))) {
    t.is(outer?.length, length + 20);
    t.is(outer?.destinationPort, undefined);
  }
});

test("a packet that is 8 bytes longer on the wire than IP in IP makes it fails the claim about what is around it", (t) => {
  const pcap = (text: string): string => {
    const file = Buffer.from(text, "base64");
    for (let at = 24; at + 16 <= file.length; at += 16 + file.readUInt32LE(at + 8))
      if (file[at + 36 + 9] === 4) file.writeUInt16BE(file.readUInt16BE(at + 38) + 8, at + 38);
    return file.toString("base64");
  };
  t.deepEqual(failing(changed("captured-sender", "pcap", pcap)), ["journey/encapsulation/request"]);
});

test("filters look for such a packet behind the outer header, by protocol 4 and no port", (t) => {
  const backend = backendOf("ipip");
  t.is(pingFilter(79, backend), "(icmp and ip[2:2] = 107) or (ip proto 4 and ip[2:2] = 127)");
  t.is(
    markFilter({ protocol: "icmp", mark: "0011223344556677" }, backend),
    [
      "(icmp and (icmp[24:4] = 0x00112233 and icmp[28:4] = 0x44556677))",
      "(icmp and (icmp[52:4] = 0x00112233 and icmp[56:4] = 0x44556677))",
      "(ip proto 4 and ((ip[64:4] = 0x00112233 and ip[68:4] = 0x44556677) or (ip[92:4] = 0x00112233 and ip[96:4] = 0x44556677)))",
    ].join(" or "),
  );
  t.regex(
    markFilter({ protocol: "tcp", sourcePort: 20_000 }, backend),
    /ip proto 4 and ip\[29\] = 6 and ip\[53\] & 6 != 0/,
  );
  t.regex(connectionFilter([20_000, 20_019], backend), /ip proto 4 and ip\[29\] = 6 .*\(ip\[40:2\] >= 20000/);
  t.deepEqual(markExpressions({ protocol: "tcp", sourcePort: 20_000 }, backend).slice(2), [
    "ip protocol 4 @th,160,16 20000",
    "ip protocol 4 @th,176,16 20000",
  ]);
});

test("where such a packet was lost leads to the tunnel's end and IP protocol 4", (t) => {
  const { hops } = followedIn(lab);
  const kinds = [0, 1, 2, 3, 4, 5, 6].map((seen) => locateLoss(hops.slice(0, seen), "en", backendOf("ipip")));
  t.is(kinds[3]?.claims[0], "tunnel-end");
  t.regex(kinds[4]?.between ?? "", /protocol 4/);
  t.is(kinds[5]?.claims[0], "tunnel-end");
  for (const { claims, between } of kinds) {
    t.false(claims.some((kind) => kind.startsWith("vtep") || kind === "overlay-port"));
    t.notRegex(between, /flannel\.1|UDP/);
  }
});
