// Proves that the judge of the Services believes the transcripts of a sound lab, and that each of its claims can say no. It does not
// prove that a broken lab prints what is made up here.
import test from "ava";
import { changedIn } from "./changed.ts";
import { judgeService } from "../../../evidence/judge/service.ts";
import { lessonServices, type ServiceEvidence } from "../../../evidence/judge/service-lesson.ts";
import { parseServiceRules, parseServiceTable } from "../../../evidence/parse/service.ts";
import { soundNftables, soundServices } from "./service-lab.ts";

const sound = soundServices;
const { backends } = sound;
const [master, here, there] = sound.nodes.map(({ name }) => name) as [string, string, string];
const near = backends.find(({ node }) => node === here)!;
const far = backends.find(({ node }) => node === there)!;
const failing = (evidence: ServiceEvidence): string[] =>
  judgeService(evidence)
    .filter(({ ok }) => !ok)
    .map(({ id }) => id)
    .toSorted();

const changed = (where: string, id: string, change: (output: string) => string): ServiceEvidence =>
  changedIn(sound, where, id, change);

for (const evidence of [sound, soundNftables]) {
  test(`every claim holds in a sound lab with ${evidence.proxyMode}: on three nodes forty-four`, (t) => {
    const claims = judgeService(evidence);
    t.deepEqual(failing(evidence), []);
    t.is(claims.length, 44);
    t.is(new Set(claims.map(({ id }) => id)).size, 44);
  });
}

test("a lab in one mode is no sound lab of the other", (t) => {
  const asIptables: ServiceEvidence = { ...soundNftables, proxyMode: "iptables" };
  t.deepEqual(
    [...new Set(failing(asIptables).map((id) => id.split("/")[1]))],
    ["node-port", "proxy-mode", "service-rules"],
  );
});

/** The same lab where packets leave bare for another node: by the machine's address, where a tunnel's device has one of the pod network. */
const bare: ServiceEvidence = sound.nodes
  .flatMap(({ name, address }) => ["translated-node", "callers/cluster"].map((id) => ({ name, address, id })))
  .reduce(
    (evidence, { name, address, id }) =>
      changedIn(evidence, name, id, (text) => text.replaceAll(/dst=10\.244\.\d\.0 /g, `dst=${address} `)),
    { ...sound, backend: "host-gw" } as ServiceEvidence,
  );

test("where packets leave bare, pods of other nodes see a machine's address, and no other will do", (t) => {
  t.deepEqual(failing(bare), []);
  const kinds = (evidence: ServiceEvidence): string[] => [
    ...new Set(failing(evidence).map((id) => id.split("/")[1] ?? "")),
  ];
  t.deepEqual(kinds({ ...bare, backend: undefined }), ["service-masquerade", "source-changed"]);
  t.deepEqual(kinds({ ...sound, backend: "host-gw" }), ["service-masquerade", "source-changed"]);
});

test("of each caller the newest call counts: those of the checks before are still in the table", (t) => {
  const older = changed(there, "callers/cluster", (text) =>
    text
      .split("\n")
      .flatMap((line) => [line, line.replace(/^(tcp .* dst=)10\.244\.\S+( sport)/, "$1172.28.85.99$2")])
      .join("\n"),
  );
  t.deepEqual(failing(older), []);
  const toPodsThatHaveGone = changed(there, "callers/cluster", (text) =>
    text
      .split("\n")
      .flatMap((line) => [line.replaceAll(/=10\.244\.\d\.\d+ /g, "=10.244.9.9 "), line])
      .join("\n"),
  );
  t.deepEqual(failing(toPodsThatHaveGone), []);
});

const plain = lessonServices.plain;
const onlyOne = (output: string): string => output.replaceAll(/Hostname: \S+/g, `Hostname: ${near.name}`);
const stranger = (output: string): string => output.replace(/Hostname: \S+/, "Hostname: somebody-else");
const cases: readonly [title: string, evidence: ServiceEvidence, ids: readonly string[]][] = [
  [
    "a selector that fits no pod",
    changed("cluster", "endpoints", (text) =>
      text.replace(/("service": "hello-world",[^]*?"ready": )\[[^\]]+\]/, "$1[]"),
    ),
    [`service/endpoints/${plain}`],
  ],
  [
    "another targetPort",
    changed("cluster", "endpoints", (text) => text.replace("8080", "80")),
    [`service/endpoints/${plain}`],
  ],
  [
    "a rule to a pod that is gone",
    changed(there, "rules", (text) => text.replace(`to-destination ${near.ip}:`, "to-destination 10.244.9.9:")),
    [`service/service-rules/${plain}/${there}`],
  ],
  [
    "a node without rules for the Service",
    changed(master, "rules", () => ""),
    [`service/service-rules/${plain}/${master}`],
  ],
  [
    "a branch that is chosen less often than its share",
    changed(here, "rules", (text) => text.replace("0.50000000000", "0.33333333349")),
    [`service/service-rules/${plain}/${here}`],
  ],
  [
    "a connection that is not answered",
    changed(here, "from-client", (text) => text.replace(/Hello, world!\nVersion: 1.0.0\nHostname: \S+\n/, "")),
    [`service/service-from-pod/${plain}/client`],
  ],
  [
    "a pod answers that does not stand behind the Service",
    changed(here, "from-client", stranger),
    [`service/service-from-pod/${plain}/client`],
  ],
  ["all connections go to one pod", changed(here, "from-client", onlyOne), [`service/service-balance/${plain}/client`]],
  [
    "a node's own process gets no answer",
    changed(master, "from-node", () => "curl: (28) Connection timed out after 2001 milliseconds"),
    [`service/service-from-node/${plain}/${master}`],
  ],
  [
    "the pod that answers does not see the client's address",
    changed(here, "translated-client", (text) =>
      text.replace(/dst=10\.244\.2\.9 sport=8080/, "dst=10.244.2.1 sport=8080"),
    ),
    [`service/service-translation/${plain}/client`],
  ],
  [
    "a node's process keeps its source",
    changed(here, "translated-node", (text) => text.replace(/dst=10\.244\.2\.0/, "dst=172.28.88.11")),
    [`service/service-masquerade/${plain}/${here}`],
  ],
  [
    "a connection that conntrack does not know",
    changed(there, "translated-node", (text) => text.replace(/^tcp .*$/m, "")),
    [`service/service-masquerade/${plain}/${there}`],
  ],
  [
    "a pod never gets itself",
    changed(here, `hairpin/${near.name}`, (text) =>
      text.replaceAll(near.name, backends.find((pod) => pod !== near)!.name),
    ),
    [`service/service-hairpin/${plain}/${near.name}`],
  ],
  [
    "affinity that forgets",
    changed(here, "sticky", (text) =>
      text.replace(/Hostname: (\S+)/, (_, pod) => `Hostname: ${backends.find(({ name }) => name !== pod)!.name}`),
    ),
    [`service/service-affinity/${lessonServices.sticky}/client`],
  ],
  [
    "a Service without endpoints that loses what it is sent",
    changed(there, "empty", () => "curl: (28) Connection timed out after 2001 milliseconds"),
    [`service/service-without-endpoints/${lessonServices.empty}/${there}`],
  ],
  [
    "a node whose port is shut",
    changed(master, `node-port/${there}`, () => "curl: (28) Connection timed out after 2001 milliseconds"),
    [`service/node-port/${lessonServices.nodePort}/${master}`],
  ],
  ["a kube-proxy that was not restarted", changed(there, "mode", () => "nftables"), [`service/proxy-mode/${there}`]],
  [
    "rules of the other mode that were left behind",
    changed(here, "other-mode", () => "1\n"),
    [`service/proxy-mode/${here}`],
  ],
  [
    "a headless Service that has rules",
    changed(master, "headless", () => "2\n"),
    [`service/service-headless/${lessonServices.headless}/${master}`],
  ],
  [
    "a datagram that is not answered",
    changed(here, "udp-client", (text) => text.replace("hello\n", "")),
    [`service/service-udp-from-pod/${lessonServices.echo}/client`],
  ],
  [
    "datagrams that only the node's own pod answers",
    changed(there, "udp-node", (text) => text.replaceAll(/src=10\.244\.2\.8 /g, "src=10.244.1.6 ")),
    [`service/service-udp-from-node/${lessonServices.echo}/${there}`],
  ],
  [
    "a large datagram of a pod that is lost",
    changed(here, "large-client", (text) => text.replace("udp 3000", "udp 0")),
    [`service/service-large-from-pod/${lessonServices.echo}/client`],
  ],
  [
    "a connection of a node that stalls after the first packets",
    changed(master, "large-node", (text) => text.replace("tcp 100000", "tcp 1398")),
    [`service/service-large-from-node/${lessonServices.echo}/${master}`],
  ],
  [
    "a node without a pod that sends what it was asked on to another one, though its policy is Local",
    changed(here, `local-port/${master}`, () => `Hostname: ${near.name}\n`),
    [`service/external-policy-local/${lessonServices.local}/${here}`],
  ],
  [
    "a node with a pod that does not answer, though its policy is Local",
    changed(here, `local-port/${there}`, () => "curl: (28) Connection timed out after 2001 milliseconds"),
    [`service/external-policy-local/${lessonServices.local}/${here}`],
  ],
  [
    "a node that hides who calls, though its policy is Local",
    changed(here, "callers/local", (text) =>
      text.replace(/dst=172\.28\.85\.12 sport=8080/, "dst=10.244.2.1 sport=8080"),
    ),
    [`service/source-kept/${lessonServices.local}/${here}`],
  ],
  [
    "a node that another one could not call",
    changed(here, "callers/local", (text) => text.replace(/^tcp .* src=172\.28\.85\.12 .*\n/m, "")),
    [`service/source-kept/${lessonServices.local}/${here}`],
  ],
  [
    "a node that does not hide who calls",
    changed(there, "callers/cluster", (text) =>
      text.replace(/src=172\.28\.85\.10 (.*) dst=10\.244\.1\.\d sport/, "src=172.28.85.10 $1 dst=172.28.85.10 sport"),
    ),
    [`service/source-changed/${lessonServices.nodePort}/${there}`],
  ],
];
const inTable: typeof cases = [
  [
    "an endpoint in nftables' map that is gone",
    changedIn(soundNftables, there, "rules", (text) => text.replaceAll(`${near.ip} . 8080 }`, "10.244.9.9 . 8080 }")),
    [`service/service-rules/${plain}/${there}`],
  ],
  [
    "an endpoint that is picked twice of three times",
    changedIn(soundNftables, there, "rules", (text) =>
      text.replaceAll(
        `mod 2 map { 0 : ${far.ip} . 8080, 1`,
        `mod 3 map { 0 : ${far.ip} . 8080, 1 : ${far.ip} . 8080, 2`,
      ),
    ),
    [`service/service-rules/${plain}/${there}`],
  ],
  [
    "a loopback address that answers at a node port, which nftables do not serve",
    changedIn(soundNftables, master, "node-port-localhost", () => `Hostname: ${near.name}\n`),
    [`service/node-port/${lessonServices.nodePort}/${master}`],
  ],
];
for (const [title, evidence, ids] of [...cases, ...inTable]) {
  test(`${title}: exactly that claim fails`, (t) => {
    t.deepEqual(failing(evidence), ids);
  });
}

test("a node that reports nothing fails its claims and no other node's", (t) => {
  const failed = failing({ ...sound, reports: sound.reports.filter(({ node }) => node !== there) });
  t.true(failed.length > 0);
  const [far] = backends.filter(({ node }) => node === there);
  t.true(
    failed.every((id) => id.endsWith(`/${there}`) || id.endsWith(`/${far!.name}`)),
    failed.join("\n"),
  );
});

test("of three endpoints the first rule takes a third, the second a half of what is left", (t) => {
  const rules = [
    "-A KUBE-SERVICES -d 10.96.0.9/32 -p tcp -m tcp --dport 80 -j KUBE-SVC-A",
    "-A KUBE-SVC-A -m statistic --mode random --probability 0.33333333349 -j KUBE-SEP-1",
    "-A KUBE-SVC-A -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-2",
    "-A KUBE-SVC-A -j KUBE-SEP-3",
    "-A KUBE-SEP-1 -p tcp -j DNAT --to-destination 10.1.0.1:80",
    "-A KUBE-SEP-2 -p tcp -j DNAT --to-destination 10.1.0.2:80",
    "-A KUBE-SEP-3 -p tcp -j DNAT --to-destination 10.1.0.3:80",
  ].join("\n");
  t.deepEqual(
    parseServiceRules(rules, "10.96.0.9").map(({ to, share }) => [to, share.toFixed(6)]),
    [1, 2, 3].map((one) => [`10.1.0.${one}:80`, "0.333333"]),
  );
});

const table = (...chains: readonly string[]): string =>
  [
    "table ip kube-proxy {",
    "\tmap service-ips {",
    "\t\ttype ipv4_addr . inet_proto . inet_service : verdict",
    "\t\telements = { 10.96.0.1 . tcp . 443 : goto service-2QRHZV4L-default/kubernetes/tcp/https,",
    "\t\t\t     10.96.0.9 . tcp . 80 : goto service-AAAAAAAA-x/hello/tcp/ }",
    "\t}",
    "\tchain service-2QRHZV4L-default/kubernetes/tcp/https {",
    "\t\tmeta l4proto tcp dnat to 172.28.88.10:6443",
    "\t}",
    ...chains,
    "}",
  ].join("\n");

test("in a table of nftables the endpoints stand in the Service's chain, or each has a chain of its own", (t) => {
  const together = [
    "\tchain service-AAAAAAAA-x/hello/tcp/ {",
    "\t\tmeta l4proto tcp dnat ip to numgen random mod 2 map { 0 : 10.1.0.1 . 80, 1 : 10.1.0.2 . 80 }",
    "\t}",
  ];
  const apart = [
    "\tchain service-AAAAAAAA-x/hello/tcp/ {",
    "\t\tnumgen random mod 2 vmap { 0 : goto endpoint-B-x/hello/tcp/__10.1.0.1/80, 1 : goto endpoint-C-x/hello/tcp/__10.1.0.2/80 }",
    "\t}",
    "\tchain endpoint-B-x/hello/tcp/__10.1.0.1/80 {",
    "\t\tip saddr 10.1.0.1 jump mark-for-masquerade",
    "\t\tmeta l4proto tcp dnat to 10.1.0.1:80",
    "\t}",
    "\tchain endpoint-C-x/hello/tcp/__10.1.0.2/80 {",
    "\t\tmeta l4proto tcp dnat to 10.1.0.2:80",
    "\t}",
  ];
  const both = [
    { to: "10.1.0.1:80", share: 0.5 },
    { to: "10.1.0.2:80", share: 0.5 },
  ];
  t.deepEqual(parseServiceTable(table(...together), "10.96.0.9"), both);
  t.deepEqual(parseServiceTable(table(...apart), "10.96.0.9"), both);
  t.deepEqual(parseServiceTable(table(), "10.96.0.1"), [{ to: "172.28.88.10:6443", share: 1 }]);
  t.deepEqual(parseServiceTable(table(), "10.96.0.9"), [], "a chain that is not there leads nowhere");
  t.throws(() => parseServiceTable(table(), "10.96.0.2"), { message: /no element of the map .* 10\.96\.0\.2/ });
});
