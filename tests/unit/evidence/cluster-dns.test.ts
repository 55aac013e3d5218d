// Proves that the judge of the cluster's names believes the transcripts of a sound lab, and that each of its claims can say no. It does not
// prove that a broken lab prints what is made up here.
import test from "ava";
import { changedIn } from "./changed.ts";
import { type DnsEvidence, judgeDns, replicasOf } from "../../../evidence/judge/cluster-dns.ts";
import { parseLookup, parseQuestions, parseResolvConf } from "../../../evidence/parse/dns.ts";
import { soundDns as sound } from "./dns-lab.ts";

const { client, backends, serviceAddress } = sound;
const [first, second] = backends as [(typeof backends)[0], (typeof backends)[0]];
const [master] = sound.nodes.map(({ name }) => name) as [string];
const here = client.node;
const replicas = replicasOf(sound.cluster);
const failing = (evidence: DnsEvidence): string[] =>
  judgeDns(evidence)
    .filter(({ ok }) => !ok)
    .map(({ id }) => id)
    .toSorted();

const changed = (where: string, id: string, change: (output: string) => string): DnsEvidence =>
  changedIn(sound, where, id, change);

test("every claim holds in a sound lab: on three nodes with two CoreDNS twenty", (t) => {
  const claims = judgeDns(sound);
  t.deepEqual(
    claims.filter(({ ok }) => !ok).map(({ id, observed }) => `${id}: ${observed}`),
    [],
  );
  t.is(claims.length, 20);
  t.is(new Set(claims.map(({ id }) => id)).size, 20);
});

test("the questions of a sound lab are what the page says: one, two, four, and one for a name with its dot", (t) => {
  const asked = (host: string): number =>
    parseQuestions(
      sound.reports.find(({ node }) => node === here)!.observations.find(({ id }) => id === `questions/${host}`)!
        .output,
    ).length;
  const whole = "demo.cluster-dns.svc.cluster.local";
  t.deepEqual(["demo", "kubernetes.default", whole, `${whole}.`].map(asked), [1, 2, 4, 1]);
});

const whole = "demo.cluster-dns.svc.cluster.local";
const refused = (): string => ";; connection timed out; no servers could be reached\n";
const cases: readonly [title: string, evidence: DnsEvidence, ids: readonly string[]][] = [
  [
    "a DNS Service at another address",
    changed("cluster", "service", (text) => text.replace("10.96.0.10", "10.96.0.11")),
    ["cluster-dns/dns-service"],
  ],
  [
    "a DNS Service without TCP",
    changed("cluster", "service", (text) =>
      text.replace(/"protocol": "TCP",\s+"port": 53\b/, '"protocol": "TCP", "port": 54'),
    ),
    ["cluster-dns/dns-service"],
  ],
  [
    "a Corefile that forwards nothing",
    changed("cluster", "corefile", (text) => text.replace("forward . ", "log . ")),
    ["cluster-dns/dns-corefile"],
  ],
  [
    "a Corefile that answers for another domain",
    changed("cluster", "corefile", (text) => text.replace("kubernetes cluster.local", "kubernetes lab.local")),
    ["cluster-dns/dns-corefile"],
  ],
  [
    "a pod with ndots:1",
    changed(here, "resolv-conf", (text) => text.replace("ndots:5", "ndots:1")),
    ["cluster-dns/resolv-conf/client"],
  ],
  [
    "a pod that asks another server",
    changed(here, "resolv-conf", (text) => text.replace("10.96.0.10", "192.0.2.53")),
    ["cluster-dns/resolv-conf/client"],
  ],
  [
    "a search path in another order",
    changed(here, "resolv-conf", (text) => text.replace(/search (\S+) (\S+)/, "search $2 $1")),
    ["cluster-dns/resolv-conf/client"],
  ],
  [
    "a short name that is asked for as it stands",
    changed(here, "questions/kubernetes.default", (text) =>
      text.replaceAll("kubernetes.default.cluster-dns.svc.cluster.local.", "kubernetes.default."),
    ),
    ["cluster-dns/dns-questions/other-namespace"],
  ],
  [
    "a name whose first question is answered already",
    changed(here, `questions/${whole}`, (text) => text.replace(/NXDomain\*- 0\/1\/0/, `*- 1/0/0 A ${serviceAddress}`)),
    ["cluster-dns/dns-questions/whole"],
  ],
  [
    "a question that nobody answers",
    changed(here, "questions/demo", (text) => text.replaceAll(/^.* 10\.96\.0\.10\.53 > .*\n/gm, "")),
    ["cluster-dns/dns-questions/short"],
  ],
  [
    "a name with its dot that is searched all the same",
    changed(here, `questions/${whole}.`, (text) => text.replaceAll(` A? ${whole}. (`, ` A? ${whole}.cluster.local. (`)),
    ["cluster-dns/dns-questions/with-dot"],
  ],
  [
    "questions that go to another server",
    changed(here, "questions/demo", (text) => text.replaceAll("10.96.0.10.53", "10.96.0.11.53")),
    ["cluster-dns/dns-questions/short"],
  ],
  [
    "a Service whose name is another address",
    changed(here, "record/service", (text) => text.replace(`Address: ${serviceAddress}\n`, "Address: 10.96.9.9\n")),
    ["cluster-dns/dns-record/service"],
  ],
  [
    "a headless Service that lacks a pod",
    changed(here, "record/headless", (text) => text.replace(`Address: ${second.ip}\n`, "")),
    ["cluster-dns/dns-record/headless"],
  ],
  [
    "a pod of a headless Service without a name",
    changed(here, "record/pod-of-headless", () => "** server can't find web-0.demo-headless: NXDOMAIN\n"),
    ["cluster-dns/dns-record/pod-of-headless"],
  ],
  [
    "an SRV record with another port",
    changed(here, "record/port-of-service", (text) => text.replace("0 100 80 ", "0 100 81 ")),
    ["cluster-dns/dns-record/port-of-service"],
  ],
  [
    "SRV records that name one pod twice",
    changed(here, "record/port-of-headless", (text) => text.replaceAll(`${first.name}.`, `${second.name}.`)),
    ["cluster-dns/dns-record/port-of-headless"],
  ],
  ["a pod without a name made of its address", changed(here, "record/pod", refused), ["cluster-dns/dns-record/pod"]],
  [
    "an address that leads to another name",
    changed(here, "record/reverse", (text) => text.replace("name = demo.", "name = other.")),
    ["cluster-dns/dns-record/reverse"],
  ],
  ["silence, for a name that nobody has", changed(here, "record/absent", refused), ["cluster-dns/dns-record/absent"]],
  [
    "an answer, for a name that nobody has",
    changed(here, "record/absent", (text) => `${text}\nName:\tnobody\nAddress: 192.0.2.1\n`),
    ["cluster-dns/dns-record/absent"],
  ],
  [
    "one CoreDNS that does not answer",
    changed(here, `replica/${replicas[1]!.name}`, refused),
    [`cluster-dns/dns-replica/${replicas[1]!.name}`],
  ],
  [
    "a node that gets no answer",
    changed(master, "from-node/service", refused),
    [`cluster-dns/dns-from-node/${master}`],
  ],
  [
    "a node that is told another pod's address",
    changed(master, "from-node/pod", (text) => text.replaceAll(client.ip, first.ip)),
    [`cluster-dns/dns-from-node/${master}`],
  ],
];
for (const [title, evidence, ids] of cases) {
  test(`${title}: exactly that claim fails`, (t) => {
    t.deepEqual(failing(evidence), ids);
  });
}

test("a node that reports nothing fails its own claim alone, where the client is not on it", (t) => {
  const reports = sound.reports.filter(({ node }) => node !== master);
  t.deepEqual(failing({ ...sound, reports }), [`cluster-dns/dns-from-node/${master}`]);
});

test("an API server that tells of no CoreDNS fails the claim about its Service, and none is made about replicas", (t) => {
  const evidence = changed("cluster", "replicas", () => "[]");
  t.deepEqual(failing(evidence), ["cluster-dns/dns-service"]);
  t.false(judgeDns(evidence).some(({ kind }) => kind === "dns-replica"));
});

test("a node's own search domains are tried after the cluster's", (t) => {
  const evidence = changed(here, "resolv-conf", (text) => text.replace(/^(search .*)$/m, "$1 example.org"));
  const claim = judgeDns(evidence).find(({ id }) => id === "cluster-dns/dns-questions/whole");
  t.regex(claim?.expected ?? "", /cluster\.local\.example\.org there is none; then demo\.\S+ is /);
  t.deepEqual(failing(evidence), ["cluster-dns/dns-questions/whole"]);
});

test("a question that was sent twice is one, and its answer is found by port and number", (t) => {
  const text = [
    "1 IP 10.244.1.6.40000 > 10.96.0.10.53: 11+ [1au] A? a.b. (62)",
    "2 IP 10.244.1.6.40000 > 10.96.0.10.53: 11+ [1au] A? a.b. (62)",
    "3 IP 10.244.1.6.40000 > 10.96.0.10.53: 12+ AAAA? a.b. (62)",
    "4 IP 10.96.0.10.53 > 10.244.1.6.40000: 12*- 0/1/0 (155)",
    "5 IP 10.244.1.6.40001 > 10.96.0.10.53: 11+ A? c. (62)",
    "6 IP 10.96.0.10.53 > 10.244.1.6.40000: 11*- 2/0/0 CNAME b., A 192.0.2.1 (106)",
    "7 IP 10.96.0.10.53 > 10.244.1.6.40001: 11 ServFail 0/0/0 (24)",
  ].join("\n");
  t.deepEqual(parseQuestions(text), [
    { name: "a.b", server: "10.96.0.10", answer: "192.0.2.1" },
    { name: "c", server: "10.96.0.10", answer: "ServFail" },
  ]);
});

test("nslookup of BIND ends names with a dot, that of busybox does not", (t) => {
  const answer = (dot: string): string =>
    `Server:\t\t10.96.0.10\nAddress:\t10.96.0.10#53\n\n_http._tcp.demo.x\tservice = 0 50 80 web-0.x${dot}\n_http._tcp.demo.x\tservice = 0 50 80 web-1.x${dot}\n`;
  t.deepEqual(parseLookup(answer(".")), ["0 50 80 web-0.x", "0 50 80 web-1.x"]);
  t.deepEqual(parseLookup(answer("")), parseLookup(answer(".")));
});

test("of several search lines the last counts, and without ndots it is 1", (t) => {
  t.deepEqual(parseResolvConf("search a b\nnameserver 192.0.2.1\nsearch c\n"), {
    nameservers: ["192.0.2.1"],
    search: ["c"],
    ndots: 1,
  });
});
