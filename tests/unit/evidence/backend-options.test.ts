// Proves that what is set beside a backend's name is followed through, on transcripts of a real lab with VXLAN's VNI 42, port 4789 and an MTU of 1400: every claim
// holds, none speaks of flannel's own device or port, and each option that is not what it should be fails the claims that rest on it. It does not prove that
// flannel obeys: tests/backends does.
import test from "ava";
import { backendOf, type Carrier, carrierKey, carrierOf, inTermsOf, isFlannels } from "../../../evidence/backends.ts";
import { connectionFilter, pingFilter } from "../../../evidence/journey/capture-filter.ts";
import { lengthFilter, markExpressions } from "../../../evidence/journey/follow-filters.ts";
import { placeOf } from "../../../evidence/journey/journey.ts";
import { wiresharkHint } from "../../../evidence/journey/pcapng.ts";
import { locateLoss } from "../../../evidence/loss.ts";
import { sentence } from "../../../evidence/vocabulary.ts";
import { ingress } from "../../../components/machines/aws/firewall.ts";
import { type Carried, changing, failing, followedIn, judgeCarried, readCarried } from "./backends.ts";

const own: Carrier = { name: "vxlan", vni: 42, port: 4789, mtu: 1400 };
const lab = readCarried(own, "vxlan-options");

test("flannel is told what was set, and what was not set is as it has it by itself", (t) => {
  t.deepEqual(backendOf(own).config, { Type: "vxlan", VNI: 42, Port: 4789, MTU: 1400 });
  t.deepEqual(backendOf({ name: "vxlan-direct", vni: 7 }).config, {
    Type: "vxlan",
    VNI: 7,
    Port: 8472,
    DirectRouting: true,
  });
  t.deepEqual(backendOf({ name: "udp", port: 9000 }).config, { Type: "udp", Port: 9000 });
  t.deepEqual(backendOf({ name: "udp", port: 9000 }).devices, ["flannel0"]);
  t.deepEqual(backendOf({ name: "vxlan-direct", vni: 7 }).devices, ["flannel.7"]);
});

test("what is set to flannel's own value is not set", (t) => {
  t.is(backendOf({ name: "vxlan", vni: 1, port: 8472 }), backendOf("vxlan"));
  t.is(carrierOf(backendOf({ name: "udp", port: 8285 })), "udp");
  t.is(carrierKey("vxlan"), "vxlan");
  t.is(carrierKey(own), "vxlan vni=42 port=4789 mtu=1400");
});

test("a device is flannel's by whatever VNI, and not by how its name begins", (t) => {
  const devices = [
    "flannel.1",
    "flannel.42",
    "flannel-v6.1",
    "flannel0",
    "flannel.ipip",
    "flannel-wg",
    "flannel-mine",
    "flannel.x",
  ];
  t.deepEqual(devices.filter(isFlannels), devices.slice(0, 6));
});

test("every claim holds in a sound lab with VNI, port and MTU of its own, and the packet's way is by its device", (t) => {
  t.deepEqual(failing(lab), []);
  const { hops } = followedIn(lab);
  t.is(hops.length, 16);
  for (const hop of hops.filter((one) => placeOf(one) === "vtep")) t.is(hop.interface, "flannel.42");
  for (const { outer } of hops.filter((one) => placeOf(one) === "wire"))
    t.like(outer, { vni: 42, destinationPort: 4789 });
});

test("no claim speaks of flannel's own device, VNI or port", (t) => {
  const claims = [...judgeCarried(lab).values()];
  for (const claim of claims)
    t.notRegex(
      [claim.claim, sentence(claim, "zh"), claim.expected, claim.observed].join(),
      /flannel\.1\b|8472|VNI 1\b/,
      claim.id,
    );
  for (const kind of ["vtep", "route", "link-up", "journey/request"])
    t.true(
      claims.some((claim) => claim.kind === kind && claim.claim.includes("flannel.42")),
      kind,
    );
});

const [first] = lab.facts.pods;
const changed = changing(lab);
const report = `overlay-${first.node}`;
const cases: readonly [title: string, lab: Carried, ids: readonly string[]][] = [
  [
    "a device that is left of another VNI",
    changed(
      report,
      "interfaces",
      (text) => `${text}99: flannel.1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1350 qdisc noqueue state UNKNOWN\n`,
    ),
    [`backend/${first.node}`],
  ],
  [
    "a device that flanneld has left at another MTU",
    changed(report, "interfaces", (text) => text.replace(/(flannel\.42: <[^>]*> mtu) 1350/, "$1 1450")),
    [`backend/${first.node}`],
  ],
  [
    "flannel's own port",
    changed(report, "vtep", (text) => text.replace("dstport 4789", "dstport 8472")),
    [`vtep/${first.node}`],
  ],
];
for (const [title, broken, ids] of cases)
  test(`${title} fails exactly ${ids.join(", ")}`, (t) => {
    t.deepEqual(failing(broken), ids);
  });

test("a lab with flannel's own options believes none of it", (t) => {
  const ids = failing({ ...lab, backend: "vxlan" });
  for (const id of [`backend/${first.node}`, `vtep/${first.node}`, `route/${first.node}`]) t.true(ids.includes(id), id);
});

test("filters, lengths, rules, security groups and words have the lab's own port and device", (t) => {
  const backend = backendOf(own);
  t.is(pingFilter(79, backend), "(icmp and ip[2:2] = 107) or (udp port 4789 and ip[2:2] = 157)");
  t.regex(connectionFilter([19_000, 19_023], backend), /udp port 4789/);
  t.regex(markExpressions({ protocol: "tcp", sourcePort: 19_000 }, backend).join(), /udp dport 4789/);
  t.is(lengthFilter(107, backend), lengthFilter(107));
  const ports = ingress([], { backend, podCidr: "10.244.0.0/16" }).filter(({ what }) => what === "vxlan");
  t.true(ports.length > 0 && ports.every((rule) => rule.ports?.join() === "4789,4789"));
  const { hops } = followedIn(lab);
  for (let seen = 0; seen <= 8; seen++)
    t.notRegex(locateLoss(hops.slice(0, seen), "en", backend).between, /flannel\.1\b|8472/);
  t.is(inTermsOf(backend, "flannel.1 and UDP 8472"), "flannel.42 and UDP 4789");
  t.is(inTermsOf(backendOf(), "flannel.1 and UDP 8472"), "flannel.1 and UDP 8472");
});

test("Wireshark is told of a port that it does not know, and of the standard's nothing", (t) => {
  t.is(wiresharkHint(4789), undefined);
  t.regex(wiresharkHint(8472) ?? "", /^UDP port 8472 is VXLAN here, as Linux had it before there was a standard: /);
  t.regex(wiresharkHint(5000) ?? "", /^UDP port 5000 is VXLAN here, by the lab's config: .*udp\.port==5000,vxlan$/);
});
