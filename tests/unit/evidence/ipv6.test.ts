// Proves that the judges believe transcripts of a lab of IPv6 alone, and can say no: one output is changed at a time, and exactly the claims that rest on it
// fail. What is said of IPv6 beside IPv4 as well, dual.test.ts tries. It does not prove that another network lets IPv6 pass.
import test from "ava";
import { sentence } from "../../../evidence/vocabulary.ts";
import { viewCluster } from "../../../report/cluster-view.ts";
import { judgeIpv6, readIpv6 } from "./ipv6.ts";
import { type Lab, withOutput } from "./lab.ts";

const sound = readIpv6();
const failing = (lab: Lab): string[] =>
  [...judgeIpv6(lab).values()]
    .filter(({ ok }) => !ok)
    .map(({ id }) => id)
    .sort();

test("every claim holds, and none speaks of IPv4's device, addresses or protocol", (t) => {
  t.deepEqual(failing(sound), []);
  t.is(judgeIpv6(sound).size, 146);
  for (const claim of judgeIpv6(sound).values()) {
    const said = [claim.claim, sentence(claim, "zh"), claim.expected].join(" ");
    t.notRegex(said, /flannel\.1\b|\bARP\b|\b10\.\d+\.\d+\.\d+|\b172\.\d+\.\d+\.\d+/, claim.id);
  }
});

const node = "k8s-worker1";
const across = (id: string): string => `pod-to-pod-multi-node/${id}`;

/** What is changed, and the claims that must fail then, all of them and no other. */
const cases: readonly [
  title: string,
  report: string,
  id: string,
  change: (output: string) => string,
  ids: readonly string[],
][] = [
  [
    "a device of IPv4's that is left over",
    `overlay-${node}`,
    "interfaces",
    (text) => `${text}99: flannel.1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue\n`,
    [across(`backend/${node}`)],
  ],
  [
    "a VXLAN device that is down",
    `overlay-${node}`,
    "interfaces",
    (text) => text.replace(/flannel-v6\.1: <[^>]*>/, "flannel-v6.1: <BROADCAST,MULTICAST>"),
    [across(`link-up/${node}/ipv6`)],
  ],
  [
    "pods that have another range than the node was given",
    `overlay-${node}`,
    "subnet",
    (text) => text.replace(/(FLANNEL_IPV6_SUBNET=fd00:10:244:)1:/, "$17:"),
    [across(`flannel-ready/${node}`)],
  ],
  [
    "a program that does not answer",
    `overlay-${node}`,
    "flanneld",
    (text) => text.replace("200 OK", "500 Internal Server Error"),
    [across(`flannel-ready/${node}`)],
  ],
  [
    "a CNI plugin that is gone",
    `overlay-${node}`,
    "cni-files",
    (text) => text.replace(/^host-local\n/m, ""),
    [across(`new-pod/${node}`)],
  ],
  [
    "a CoreDNS that knows another address of the API",
    `reach-${node}`,
    "dns/container-to-container/my-pod",
    (text) => text.replaceAll("fd00:10:96::1\n", "fd00:10:96::2\n"),
    ["container-to-container/dns/my-pod/ipv6"],
  ],
  [
    "no CoreDNS behind the Service",
    `reach-${node}`,
    "dns/container-to-container/my-pod",
    (text) => text.replace(/\n# asked fd00[\s\S]*/, "\n"),
    ["container-to-container/dns/my-pod/ipv6"],
  ],
  [
    "VXLAN's port that is shut",
    "reach-k8s-master",
    `overlay-port/${node}`,
    (text) => text.replace(/\d received/, "0 received"),
    [across(`overlay-port/k8s-master/${node}/ipv6`)],
  ],
  [
    "a pod with another address",
    "containers",
    "addresses",
    (text) => text.replace(/inet6 fd00\S+/, "inet6 fd00:10:244:1::99/64"),
    ["container-to-container/pod-address/ipv6"],
  ],
  [
    "a pod with another MTU",
    "containers",
    "addresses",
    (text) => text.replace(/(eth0@\S+ <[^>]*> mtu) \d+/, "$1 1500"),
    ["container-to-container/pod-mtu"],
  ],
  [
    "a bridge that has learned a MAC elsewhere",
    "bridge",
    "fdb",
    (text) => text.replace(/^(\S+) dev veth\S+( master cni0)\s*$/m, "$1 dev vethelsewhere$2"),
    [],
  ],
  [
    "a bridged packet without an answer",
    "probe-single",
    "probe",
    (text) => text.replace(" 1 received", " 0 received"),
    ["pod-to-pod-single-node/journey/answered/ipv6"],
  ],
];
for (const [title, report, id, change, ids] of cases) {
  test(`${title}: exactly the claims about it fail`, (t) => {
    const found = failing(withOutput(sound, report, id, change));
    if (ids.length === 0) t.regex(found.join(), /^pod-to-pod-single-node\/forwarding\/mypod[12]$/);
    else t.deepEqual(found, [...ids].sort());
  });
}

test("the report's picture has the addresses and the device of IPv6", (t) => {
  const { nodes, pods } = sound.facts;
  const claims = [...judgeIpv6(sound).values()];
  const scenarios = Object.fromEntries(
    [...new Set(pods.map(({ namespace }) => namespace))].map((namespace) => [
      namespace,
      {
        pods: pods.filter((pod) => pod.namespace === namespace),
        claims: claims.filter(({ id }) => id.startsWith(`${namespace}/`)),
      },
    ]),
  );
  const view = viewCluster({
    nodes: nodes.map((one, at) => ({
      ...one,
      role: at === 0 ? "control-plane" : "worker",
      ssh: "ssh://root@127.0.0.1:1",
      packages: {},
    })),
    network: { backend: "vxlan", ipFamily: "ipv6" },
    scenarios,
    verification: { passed: claims.length, failed: 0, at: "2026-11-29T02:04:45Z" },
  });
  t.is(view.podNetwork, "fd00:10:244::/48");
  t.is(view.machineNetwork, "fd00:172:28:62::/64");
  const drawn = view.nodes.find(({ name }) => name === node)!;
  t.is(drawn.podCidr, "fd00:10:244:1::/64");
  t.is(drawn.cni0.address, "fd00:10:244:1::1/64");
  t.is(drawn.vtep?.device, "eth0");
  t.deepEqual(
    drawn.ways.map(({ via, machine }) => [via, machine]),
    [
      ["fd00:10:244::", "fd00:172:28:62::10"],
      ["fd00:10:244:2::", "fd00:172:28:62::12"],
    ],
  );
});
