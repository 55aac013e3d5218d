// Proves what the config says of a second address family: its ranges, what is refused and why, and how addresses of it are reckoned. It does not prove
// that a kernel has IPv6. Also that what knows of IPv4 alone, the report's pictures and the faults, takes no claim of IPv6 for one of IPv4.
import test from "ava";
import { secondMachineCidr } from "../../components/settings/family.ts";
import { checkSettings } from "../../components/settings/settings.ts";
import { backendBy6, backendOf, setMtuOf } from "../../evidence/backends.ts";
import { contains, hostAddress, networkOf, overlap } from "../../evidence/cidr.ts";
import { faultNamed } from "../../faults/catalogue.ts";
import { place } from "../../faults/place.ts";
import { expect } from "../../faults/predict.ts";
import { Proofs } from "../../report/proofs.ts";
import { defaults } from "./defaults.ts";
import { judgeDual, readDual } from "./evidence/dual.ts";

const good = { ...defaults, ipFamily: "dual" };
const problems = (more: Readonly<Record<string, string>>): readonly string[] =>
  checkSettings({ ...good, ...more }, "dev").problems;

test("IPv4 alone is the default, and has no ranges of IPv6", (t) => {
  t.is(checkSettings(defaults, "dev").settings?.ranges6, undefined);
});

test("both families: the ranges of the keys, and a network of the machines that follows from the first one", (t) => {
  t.deepEqual(checkSettings(good, "dev").settings?.ranges6, {
    machineCidr: "fd00:172:28:56::/64",
    podCidr: "fd00:10:244::/48",
    serviceCidr: "fd00:10:96::/112",
  });
  t.is(secondMachineCidr("172.28.56.128/25"), "fd80:172:28:56::/64");
  t.is(secondMachineCidr("10.0.0.0/16"), "fd00:10::/64");
});

test("another word is refused with the words there are", (t) => {
  t.deepEqual(problems({ ipFamily: "both" }), ['ipFamily "both" is not known; write one of: ipv4, dual, ipv6']);
});

test("IPv6 alone: the cluster's ranges are those of IPv6, and the keys of IPv4's are not asked", (t) => {
  const six = { ...defaults, ipFamily: "ipv6" };
  t.like(checkSettings(six, "dev").settings, {
    ipFamily: "ipv6",
    podCidr: "fd00:10:244::/48",
    serviceCidr: "fd00:10:96::/112",
    dnsAddress: "fd00:10:96::a",
  });
  t.deepEqual(checkSettings({ ...six, podCidr: "none" }, "dev").problems, []);
  t.regex(checkSettings({ ...six, podCidr6: "fd00:10:244::/63" }, "dev").problems.join(), /from \/48 to \/62/);
});

test("what is about IPv4 is refused with IPv6 alone, each with its reason", (t) => {
  const alone = (more: Readonly<Record<string, string>>): string => problems({ ipFamily: "ipv6", ...more }).join("\n");
  t.regex(
    alone({ lessons: '["pod-network", "service"]' }),
    /^ipFamily "ipv6" goes with the lesson pod-network alone, and lessons has service, .*; leave that out, or write dual$/,
  );
  t.regex(alone({ lessons: '["all"]' }), /and lessons has all,/);
  t.regex(alone({ proxyMode: "nftables" }), /^ipFamily "ipv6" goes with proxyMode iptables alone/);
  t.regex(alone({ faults: '["forwarding-off"]' }), /^ipFamily "ipv6" does not go with faults/);
  t.regex(
    alone({ platform: "vm" }),
    /^ipFamily "ipv6" is for platform local, and nobody has tried it on vm; write dual$/m,
  );
  t.regex(alone({ platform: "aws" }), /^ipFamily "ipv6" is for platform local; on platform aws .*; write ipv4$/m);
  t.regex(alone({ backend: "ipip" }), /^ipFamily "ipv6" does not go with backend "ipip"/);
  t.regex(alone({ backendOptions: '{"mtu":1349}' }), /^backendOptions\.mtu 1349 leaves pods less/);
  t.regex(
    alone({ backend: "host-gw" }),
    /^ipFamily "ipv6" does not go with backend "host-gw": .* behind NAT; write backend vxlan or vxlan-direct, or ipFamily dual$/,
  );
  for (const backend of ["vxlan", "vxlan-direct"]) t.is(alone({ backend }), "");
});

test("what nobody has tried with both families is refused, each with its reason", (t) => {
  t.regex(
    problems({ platform: "aws" }).join("\n"),
    /ipFamily "dual" is for platform local, vm and hosts; on platform aws it does not work: the lab's VPC has an IPv4 range alone; write ipv4/,
  );
  t.regex(
    problems({ backend: "udp" }).join("\n"),
    /does not go with backend "udp", by which flannel carries IPv4 alone; write backend vxlan or vxlan-direct or host-gw/,
  );
  t.regex(
    problems({ backend: "wireguard" }).join("\n"),
    /does not go with backend "wireguard", which has a device and a port of its own for IPv6 that no claim is about yet; write backend vxlan /,
  );
  t.deepEqual(problems({ lessons: '["pod-network", "network-policy"]' }), []);
  t.deepEqual(problems({ platform: "vm" }), []);
  t.deepEqual(problems({ faults: '["forwarding-off"]' }), []);
  t.deepEqual(problems({ backendOptions: '{"vni":42,"port":4789,"rules":"nftables"}' }), []);
  t.regex(
    problems({ backendOptions: '{"mtu":1349}' }).join("\n"),
    /^backendOptions\.mtu 1349 leaves pods less than the 1280 bytes .*; write 1350 or more, or set ipFamily to ipv4$/,
  );
  t.deepEqual(problems({ backendOptions: '{"mtu":1350}' }), []);
  for (const backend of ["vxlan-direct", "host-gw"]) t.deepEqual(problems({ backend }), []);
});

test("an MTU that is set is what the wire carries, by IPv6 too: flanneld, which takes 50 from it in any case, is told 20 less", (t) => {
  const backend = (more: Readonly<Record<string, string>>) =>
    backendOf(checkSettings({ ...defaults, ...more, backendOptions: '{"mtu":1400}' }, "dev").settings!.backend);
  const [one, both] = [backend({}), backend({ ipFamily: "dual" })];
  t.deepEqual(backend({ ipFamily: "ipv6" }), both);
  t.is(one.config["MTU"], 1400);
  t.is(both.config["MTU"], 1380);
  const pods = 1380 - both.reserved;
  t.is(pods + backendBy6(both).tunnel!.overhead, 1400);
  t.is(setMtuOf(both, "dual"), 1400);
  t.is(setMtuOf(one, "ipv4"), 1400);
  t.is(setMtuOf(backendOf("vxlan"), "dual"), undefined);
});

test("IPv6 ranges: a /64 for every node, as many Services as kubeadm takes, private, without host bits, and none over another", (t) => {
  t.deepEqual(problems({ podCidr6: "fd00:10:244::/62" }), []);
  t.regex(
    problems({ podCidr6: "fd00:10:244::/63" }).join("\n"),
    /^podCidr6 "fd00:10:244::\/63" has no prefix from \/48 to \/62/,
  );
  t.regex(problems({ podCidr6: "fd00:10::/40" }).join("\n"), /has no prefix from \/48/);
  t.regex(
    problems({ podCidr6: "fd00:10:244::1/48" }).join("\n"),
    /is not an IPv6 network; write address\/prefix with no host bits/,
  );
  t.regex(problems({ podCidr6: "10.1.0.0/16" }).join("\n"), /is not an IPv6 network/);
  t.regex(problems({ podCidr6: "2001:db8::/48" }).join("\n"), /is not a private range; take it from fd00::\/8/);
  t.regex(
    problems({ serviceCidr6: "fd00:10:96::/64" }).join("\n"),
    /serviceCidr6 .* has no prefix from \/108 to \/120/,
  );
  t.regex(problems({ serviceCidr6: "fd00:10:244:7::/112" }).join("\n"), /podCidr6 .* overlaps serviceCidr6/);
  t.regex(
    problems({ podCidr6: "fd00:172:28::/48" }).join("\n"),
    /the machines' IPv6 network "fd00:172:28:56::\/64" overlaps podCidr6/,
  );
});

test("addresses of both families are reckoned alike, and never together", (t) => {
  t.is(networkOf("fd00:10:244:1::1/64"), "fd00:10:244:1::/64");
  t.is(hostAddress("fd00:10:244::/64", 1), "fd00:10:244::1");
  t.is(hostAddress("fd00:172:28:56::/64", 0x10), "fd00:172:28:56::10");
  t.is(hostAddress("10.96.0.0/16", 300), "10.96.1.44");
  t.true(contains("fd00:10:244:1::1/64", "fd00:10:244:1::5"));
  t.false(contains("fd00:10:244:1::1/64", "fd00:10:244:2::5"));
  t.false(contains("fd00:10:244:1::1/64", "10.244.1.5"));
  t.true(overlap("fd00:10:244::/48", "fd00:10:244:9::/64"));
  t.false(overlap("fd00::/8", "10.0.0.0/8"));
});

const dual = readDual("vxlan");
const second = [...judgeDual(dual).values()];

test("the report's pictures are drawn from claims of the first family", (t) => {
  const first = second.map((claim) => ({
    ...claim,
    id: claim.id.replace(/\/ipv6$/, ""),
    about: { ...claim.about, family: undefined },
  }));
  const scenario = { pods: [], claims: [...second, ...first] as typeof second };
  const proofs = new Proofs({ scenarios: { "pod-to-pod-multi-node": scenario } });
  t.is(
    proofs.get("pod-to-pod-multi-node", "vtep", { node: "k8s-worker1" })?.id,
    "pod-to-pod-multi-node/vtep/k8s-worker1",
  );
  t.is(
    proofs.get("pod-to-pod-multi-node", "vtep", { node: "k8s-worker1", family: "ipv6" })?.id,
    "pod-to-pod-multi-node/vtep/k8s-worker1/ipv6",
  );
  t.true(proofs.on("k8s-worker1", "route", "vtep").every(({ id }) => !id.endsWith("/ipv6")));
});

test("no fault says what becomes of a claim of the second family", (t) => {
  const lab = {
    nodes: dual.facts.nodes.map(
      (node, index) => ({ ...node, role: index === 0 ? "control-plane" : "worker" }) as const,
    ),
    pods: [...dual.facts.across, ...dual.facts.together, dual.facts.lone],
  };
  const fault = faultNamed("forwarding-off")!;
  const placed = { fault, target: place(fault, lab, {}) };
  for (const claim of second) {
    t.is(expect(claim, [placed], lab), "either", claim.id);
    t.is(expect(claim, [], lab), "holds", claim.id);
  }
});
