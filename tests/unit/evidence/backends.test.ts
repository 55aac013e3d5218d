// Proves that the judges believe transcripts of labs with flannel's other backends, claim nothing that is not there, and can say no: one output is
// changed at a time, and exactly the claims that rest on it fail. It does not prove that another network lets such packets pass.
import test from "ava";
import { backendOf, carrierKey, hopsOnEnd } from "../../../evidence/backends.ts";
import { pingFilter } from "../../../evidence/journey/capture-filter.ts";
import { lengthFilter, markExpressions, markFilter } from "../../../evidence/journey/follow-filters.ts";
import { placeOf } from "../../../evidence/journey/journey.ts";
import { locateLoss } from "../../../evidence/loss.ts";
import { complaint } from "../../../evidence/verdict.ts";
import { type Carried, changing, failing, followedIn, judgeCarried, readCarried } from "./backends.ts";

const bare = readCarried("host-gw");
const [first, second] = bare.facts.pods;
const kindsOf = (lab: Carried): Set<string> => new Set([...judgeCarried(lab).values()].map(({ kind }) => kind));

test("every claim holds in a sound lab with host-gw", (t) => {
  t.deepEqual(failing(bare), []);
});

test("host-gw has no VTEP, no tunnel, and no claim about either", (t) => {
  const kinds = kindsOf(bare);
  for (const kind of ["vtep", "vtep-neighbour", "vtep-forwarding", "overlay-port", "journey/encapsulation"])
    t.false(kinds.has(kind), kind);
  for (const kind of ["wire-neighbour", "journey/bare", "backend"]) t.true(kinds.has(kind), kind);
  for (const claim of judgeCarried(bare).values())
    t.notRegex([claim.claim, claim.expected, claim.observed].join(), /flannel\.1|VTEP|VXLAN|8472/, claim.id);
});

const [near, far] = [first.node, second.node];
const peer = bare.facts.nodes.find(({ name }) => name === far)!;
/** What is changed, and the claims that must fail then, all of them and no other. */
const cases: readonly [title: string, lab: Carried, ids: readonly string[]][] = [
  [
    "a route by way of another machine",
    changing(bare)(`overlay-${near}`, "routes", (text) =>
      text.replace(`via ${peer.address} dev`, "via 172.28.81.99 dev"),
    ),
    [`route/${near}`],
  ],
  [
    "a route that says onlink",
    changing(bare)(`overlay-${near}`, "routes", (text) =>
      text.replace(`via ${peer.address} dev eth0`, `via ${peer.address} dev eth0 onlink`),
    ),
    [`route/${near}`],
  ],
  [
    "a decision for another interface",
    changing(bare)(`overlay-${near}`, `decision/${first.name}/${second.name}`, (text) =>
      text.replace("dev eth0", "dev eth1"),
    ),
    [`route-decision/${near}/${first.name}/${second.name}`],
  ],
  [
    "another MAC for the other node",
    changing(bare)(`overlay-${near}`, "wire-neighbours", (text) =>
      text.replace(new RegExp(`^(${peer.address.replaceAll(".", "\\.")} lladdr) \\S+`, "m"), "$1 02:00:00:00:00:99"),
    ),
    [`wire-neighbour/${near}/${far}`],
  ],
  [
    "an entry that somebody wrote",
    changing(bare)(`overlay-${near}`, "wire-neighbours", (text) =>
      text.replace(new RegExp(`^(${peer.address.replaceAll(".", "\\.")} .*) \\S+\\s*$`, "m"), "$1 PERMANENT"),
    ),
    [`wire-neighbour/${near}/${far}`],
  ],
  [
    "a node that does not answer ARP",
    changing(bare)(`overlay-${near}`, "wire-neighbours", (text) =>
      text.replace(new RegExp(`^${peer.address.replaceAll(".", "\\.")} .*$`, "m"), `${peer.address} FAILED`),
    ),
    [`wire-neighbour/${near}/${far}`],
  ],
  [
    "another backend announced",
    changing(bare)("cluster", "nodes", (text) => text.replace('"backend": "host-gw"', '"backend": "vxlan"')),
    ["backend/k8s-master"],
  ],
  [
    "a device that another backend left behind",
    changing(bare)(
      `overlay-${near}`,
      "interfaces",
      (text) => `${text}99: flannel.1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN\n`,
    ),
    [`backend/${near}`],
  ],
  [
    "pods' MTU of another backend",
    changing(bare)(`overlay-${near}`, "subnet", (text) => text.replace("FLANNEL_MTU=1500", "FLANNEL_MTU=1450")),
    [`backend/${near}`, `mtu-exceeded/${first.name}/${second.name}`, `mtu-passes/${first.name}/${second.name}`],
  ],
];
for (const [title, lab, ids] of cases) {
  test(`${title} fails what rests on it, and nothing else`, (t) => {
    t.deepEqual(failing(lab), [...ids].sort());
  });
}

test("a packet of host-gw is bare on the wire, with three hops at each end and the same length on all of them", (t) => {
  const { hops } = followedIn(bare);
  t.is(hops.length, 2 * hopsOnEnd(backendOf("host-gw")));
  t.deepEqual(hops.slice(0, 6).map(placeOf), ["pod", "bridge", "wire", "wire", "bridge", "pod"]);
  t.deepEqual(
    hops.slice(0, 6).map(({ ttl }) => ttl),
    [64, 64, 63, 63, 62, 62],
  );
  t.is(new Set(hops.map(({ length }) => length)).size, 1);
  t.true(hops.every(({ outer }) => outer === undefined));
});

test("where such a packet was lost leads to what is there, and not to a tunnel", (t) => {
  const { hops } = followedIn(bare);
  const kinds = [0, 1, 2, 3, 4].map((seen) => locateLoss(hops.slice(0, seen), "en", backendOf("host-gw")));
  t.is(kinds[2]?.claims[0], "route");
  t.is(kinds[3]?.claims[0], "wire-neighbour");
  t.is(kinds[4]?.claims[0], "forwarding-enabled");
  for (const { claims, between } of kinds) {
    t.false(claims.some((kind) => kind.startsWith("vtep") || kind === "overlay-port"));
    t.notRegex(between, /flannel\.1|8472/);
  }
});

test("filters look for a bare packet alone", (t) => {
  const backend = backendOf("host-gw");
  const followed = { protocol: "icmp", mark: "0123456789abcdef" } as const;
  const all = [
    pingFilter(79, backend),
    markFilter(followed, backend),
    markFilter({ protocol: "tcp", sourcePort: 20_000 }, backend),
    lengthFilter(107, backend),
    ...markExpressions(followed, backend),
  ].join("\n");
  t.notRegex(all, /8472|157/);
  t.regex(all, /ip\[2:2\] = 107/);
});

const direct = readCarried("vxlan-direct");
const program = readCarried("udp");

test("every claim holds in sound labs with vxlan-direct and udp", (t) => {
  t.deepEqual(failing(direct), []);
  t.deepEqual(failing(program), []);
});

test("vxlan-direct has a VTEP on each node, and no claim that a packet goes through it", (t) => {
  const kinds = kindsOf(direct);
  for (const kind of ["vtep", "wire-neighbour", "journey/bare"]) t.true(kinds.has(kind), kind);
  for (const kind of ["vtep-neighbour", "vtep-forwarding", "journey/encapsulation"]) t.false(kinds.has(kind), kind);
  t.deepEqual(followedIn(direct).hops.slice(0, 6).map(placeOf), ["pod", "bridge", "wire", "wire", "bridge", "pod"]);
});

test("with udp a packet is inside a datagram of flanneld's, 28 bytes longer, and flanneld takes one from the TTL at each end", (t) => {
  const kinds = kindsOf(program);
  for (const kind of ["vtep", "vtep-neighbour", "vtep-forwarding", "wire-neighbour", "journey/bare"])
    t.false(kinds.has(kind), kind);
  t.true(kinds.has("journey/encapsulation"));
  const request = followedIn(program).hops.filter(({ leg }) => leg === "request");
  t.deepEqual(request.map(placeOf), ["pod", "bridge", "vtep", "wire", "wire", "vtep", "bridge", "pod"]);
  t.deepEqual(
    request.map(({ ttl }) => ttl),
    [64, 64, 63, 62, 62, 61, 60, 60],
  );
  for (const { outer, length } of request.flatMap((hop) => (hop.outer ? [hop] : [])))
    t.like(outer, { destinationPort: 8285, length: length + 28, vni: undefined });
});

const programNode = program.facts.pods[0].node;
test("a longer route to the other node's pods beside the one into flannel0 fails the claim about the route", (t) => {
  const other = program.facts.pods[1].ip.replace(/\d+$/, "0/24");
  const lab = changing(program)(
    `overlay-${programNode}`,
    "routes",
    (text) => `${text}${other} via 172.28.81.99 dev eth0 \n`,
  );
  t.deepEqual(failing(lab), [`route/${programNode}`]);
});

test("no word about the other backends is about what VXLAN alone has", (t) => {
  for (const claim of judgeCarried(program).values())
    t.notRegex([claim.claim, claim.expected, claim.observed].join(), /flannel\.1|VTEP|VXLAN|8472/, claim.id);
  const { hops } = followedIn(program);
  for (let seen = 0; seen < 8; seen++) {
    const { between, claims } = locateLoss(hops.slice(0, seen), "en", backendOf("udp"));
    t.notRegex(between, /flannel\.1|8472/);
    t.false(claims.some((kind) => kind.startsWith("vtep") && seen > 2));
  }
});

const announcedIn = (lab: Carried, from: string, to: string): Carried =>
  changing(lab)("cluster", "nodes", (text) => text.replaceAll(`"backend": "${from}"`, `"backend": "${to}"`));

test("a backend that somebody has switched by hand is named by the claims, and by one sentence with what to do", (t) => {
  // flanneld has begun anew with host-gw: it announces that and has written its routes; what VXLAN has made is still there.
  const behind = "99: flannel.1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN\n";
  const left = bare.facts.nodes.reduce(
    (lab, { name }) => changing(lab)(`overlay-${name}`, "interfaces", (text) => text + behind),
    bare,
  );
  const claims = [...judgeCarried({ ...left, backend: "vxlan" }).values()];
  const about = claims.flatMap((claim) => (claim.kind === "backend" ? [claim.about.carries] : []));
  t.deepEqual(about, ["host-gw", "host-gw", "host-gw"]);
  const first = complaint(claims)?.split("\n")[0] ?? "";
  t.is(
    first,
    `On ${bare.facts.nodes.map(({ name }) => name).join(", ")} flannel carries packets by backend host-gw and not by vxlan, as the config says: somebody has switched it by hand; ./lab up puts vxlan back, and ./lab pulumi config set backend host-gw before it keeps host-gw.`,
  );
});

test("of two backends that announce the same, the routes tell which one carries", (t) => {
  const claims = [...judgeCarried({ ...direct, backend: "vxlan" }).values()];
  t.true(claims.some((claim) => claim.kind === "backend" && !claim.ok && claim.about.carries === "vxlan-direct"));
  for (const lab of [bare, direct, program])
    for (const claim of judgeCarried(lab).values())
      if (claim.kind === "backend") t.is(claim.about.carries, undefined, `${carrierKey(lab.backend)} ${claim.id}`);
});

test("what is broken, and switched by nobody, is not said to be switched", (t) => {
  const gone = changing(bare)(`overlay-${near}`, "routes", (text) => text.replaceAll(/^10\.\S+ via .*$/gm, ""));
  const other = announcedIn(bare, "host-gw", "nothing-known");
  for (const lab of [gone, other]) t.notRegex(complaint([...judgeCarried(lab).values()]) ?? "", /switched it by hand/);
});
