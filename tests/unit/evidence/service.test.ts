// Proves that the judge of the Services believes the transcripts of a sound lab, and that each of its claims can say no. It does not
// prove that a broken lab prints what is made up here.
import test from "ava";
import { changedIn } from "./changed.ts";
import { judgeService, lessonServices, type ServiceEvidence } from "../../../evidence/judge/service.ts";
import { parseServiceRules } from "../../../evidence/parse/service.ts";
import { soundServices } from "./service-lab.ts";

const sound = soundServices;
const { backends } = sound;
const [master, here, there] = sound.nodes.map(({ name }) => name) as [string, string, string];
const near = backends.find(({ node }) => node === here)!;
const failing = (evidence: ServiceEvidence): string[] =>
  judgeService(evidence)
    .filter(({ ok }) => !ok)
    .map(({ id }) => id)
    .toSorted();

const changed = (where: string, id: string, change: (output: string) => string): ServiceEvidence =>
  changedIn(sound, where, id, change);

test("every claim holds in a sound lab: on three nodes twenty-two", (t) => {
  const claims = judgeService(sound);
  t.deepEqual(failing(sound), []);
  t.is(claims.length, 22);
  t.is(new Set(claims.map(({ id }) => id)).size, 22);
});

const plain = lessonServices.plain;
const onlyOne = (output: string): string => output.replaceAll(/Hostname: \S+/g, `Hostname: ${near.name}`);
const stranger = (output: string): string => output.replace(/Hostname: \S+/, "Hostname: somebody-else");
const cases: readonly [title: string, evidence: ServiceEvidence, ids: readonly string[]][] = [
  [
    "a selector that fits no pod",
    changed("cluster", "endpoints", (text) => text.replace(/"ready": \[[^\]]+\]/, '"ready": []')),
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
];
for (const [title, evidence, ids] of cases) {
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
  t.deepEqual(parseServiceRules(rules, "10.96.0.9"), [
    { to: "10.1.0.1:80", probability: 0.33333333349 },
    { to: "10.1.0.2:80", probability: 0.5 },
    { to: "10.1.0.3:80", probability: 1 },
  ]);
});
