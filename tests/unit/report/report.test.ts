// Proves that the page holds all of the outputs and nothing else, in both languages, on the outputs of a real lab. It does not prove
// that a browser shows it well: tests/report does.
import { createHash } from "node:crypto";
import test from "ava";
import { followedIn, judgeCarried, readCarried } from "../evidence/backends.ts";
import { backendWords } from "../../../report/backend-words.ts";
import { claimKinds, kinds } from "../../../evidence/kinds.ts";
import { viewCluster } from "../../../report/cluster-view.ts";
import { explain } from "../../../report/explain.ts";
import type { Text } from "../../../report/language.ts";
import { frameLength, headersOf } from "../../../report/packet.ts";
import { sentenceOf } from "../../../report/pod-names.ts";
import { allClaims, anchorOf, Proofs } from "../../../report/proofs.ts";
import { reached } from "../../../report/tables.ts";
import { drawTopology } from "../../../report/topology.ts";
import { lessons, nodeRows, page as pageWords, picture, terms, wrapping } from "../../../report/words.ts";
import { usable } from "../../../cli/verbs/report.ts";
import { changeable, readOutputs, render, withFailing, withOneWorker, withWorkers } from "./lab.ts";

const outputs = readOutputs();
const claims = allClaims(outputs);
const page = render(outputs);
const single = "pod-to-pod-single-node";
const multi = "pod-to-pod-multi-node";
const plain = (text: string): string =>
  text
    .replaceAll(/<[^>]*>/g, "")
    .replaceAll("&gt;", ">")
    .replaceAll("&lt;", "<")
    .replaceAll("&#39;", "'")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
const found = (pattern: RegExp, text = page): string[] => [...text.matchAll(pattern)].map(([, one = ""]) => one);

/** What the picture says that is not a fact of this cluster. */
const ownWords = new Set([
  "ip route",
  "ip neigh",
  "bridge fdb",
  "–",
  "1",
  "2",
  "3",
  ...Object.keys(outputs.scenarios),
  ...[...Object.values(picture), wrapping(50, { destinationPort: 8472 })].flatMap(({ en, zh }) => [en, zh]),
]);

for (const [title, lab] of [
  ["of the real lab", outputs],
  ["with six workers", withWorkers(outputs, 6)],
  ["with three", withWorkers(outputs, 3)],
  ["with one", withOneWorker(outputs)],
] as const) {
  test(`every identifier in the picture ${title} stands in a raw output`, (t) => {
    const raw = allClaims(lab)
      .map(({ output }) => output)
      .join("\n");
    const texts = found(/<text[^>]*>(.*?)<\/text>/gs, render(lab).split("</svg>")[0])
      .map(plain)
      .filter((text) => !ownWords.has(text));
    t.true(texts.length > 40);
    for (const text of texts) {
      // A number of an interface and its name are one identifier; else words are.
      const identifiers = /^\d+: /.test(text)
        ? [text]
        : text.split(/\s+/).filter((word) => !["VNI", "eth0", "flannel.1"].includes(word) && !/^\+\d*$/.test(word));
      for (const identifier of identifiers) t.true(raw.includes(identifier), `${identifier} in "${text}"`);
    }
  });
}

test("every address and MAC in the packets' headers stands in a raw output", (t) => {
  const raw = claims.map(({ output, command }) => `${output}\n${command}`).join("\n");
  const values = found(/<div class="headers">(.*?)<\/div><\/div>/gs)
    .flatMap((headers) => found(/<code>(.*?)<\/code>/g, headers))
    .flatMap((value) => plain(value).split(" → "));
  const identifiers = values.filter((value) => /^(\d+\.){3}\d+$|^([0-9a-f]{2}:){5}|^[0-9a-f]{16}$/.test(value));
  t.true(identifiers.length > 80);
  for (const value of identifiers) t.true(raw.includes(value), value);
});

test("every claim is in the page once, with command, observation and raw output", (t) => {
  t.deepEqual(found(/data-claim="([^"]*)"/g).sort(), claims.map(({ id }) => id).sort());
  const text = plain(page);
  for (const { command, observed, output } of claims)
    for (const part of [command, observed, output.trimEnd()]) t.true(text.includes(part), part);
});

test("every link leads somewhere, and no id is there twice", (t) => {
  const ids = found(/ id="([^"]*)"/g);
  t.is(new Set(ids).size, ids.length);
  for (const target of found(/href="#([^"]*)"/g)) t.true(ids.includes(target), target);
});

test("every hop of both journeys has a place in the picture, a reason, and a claim that proves it", (t) => {
  const view = viewCluster(outputs);
  const proofs = new Proofs(outputs);
  const journeys = Object.entries(outputs.scenarios).flatMap(([scenario, { journey = [] }]) =>
    journey.length > 0 ? [[scenario, journey] as const] : [],
  );
  t.deepEqual(journeys.map(([scenario]) => scenario).sort(), [multi, single]);
  const { journeys: drawn } = drawTopology(view, Object.fromEntries(journeys));
  for (const [scenario, hops] of journeys) {
    t.is(drawn.find((one) => one.scenario === scenario)?.route.steps.length, hops.length);
    for (const hop of hops) {
      const { place, why, proofs: proved } = explain(hop, scenario, view, proofs);
      t.not(place, "unexpected");
      t.notRegex(why.en + why.zh, /undefined|NaN/);
      t.true(proved.length > 0, `${scenario} ${hop.interface}`);
    }
    t.is(found(new RegExp(`id="journey-${scenario}-(\\d+)"`, "g")).length, hops.length);
  }
});

test("the picture shows the next hop, as the key of the neighbour table and in the routes, and the routes of the node itself", (t) => {
  const text = page.split("</svg>")[0]!;
  const [from, to] = ["k8s-worker2", "k8s-worker1"];
  const value = (id: string) => found(new RegExp(`<text[^>]* id="${id}"[^>]*>([^<]*)<`, "g"), text);
  t.deepEqual(value(`entry-route-${from}-${to}`), ["10.244.1.0/24 via 10.244.1.0"]);
  t.deepEqual(value(`entry-route-${to}-${to}`), ["10.244.1.0/24 dev cni0"]);
  const row = found(
    /<text class="mono tiny"[^>]*>([^<]*)</g,
    text.slice(text.indexOf('id="n0-vtep"'), text.indexOf('id="n0-eth0"')),
  );
  t.deepEqual(row.slice(row.indexOf(to), row.indexOf(to) + 4), [to, "10.244.1.0", "6e:bb:50:fb:24:13", "172.28.81.11"]);
});

for (const [workers, lab] of [
  [2, outputs],
  [6, withWorkers(outputs, 6)],
] as const) {
  test(`with ${workers} workers the sender's node is left of the receiver's, and each is marked`, (t) => {
    const names = found(/<text class="name large"[^>]*>([^<]*)</g, render(lab));
    const [first] = lab.scenarios[multi]!.journey!;
    t.is(names[0], first!.machine);
    t.is(names[1], lab.scenarios[multi]!.journey!.find(({ machine }) => machine !== first!.machine)!.machine);
    t.is(found(/<text lang="en" class="small end"[^>]*>(from)</g, render(lab)).length, 2);
  });
}

test("a node is drawn with the interface that its tunnel leaves by, with pods or without", (t) => {
  const vm = changeable(outputs);
  for (const claim of vm.scenarios[multi]!.claims)
    claim.output = claim.output.replaceAll("dev eth0 srcport", "dev eth1 srcport");
  const text = plain(render(vm).split("</svg>")[0]!);
  for (const { address } of vm.nodes) t.regex(text, new RegExp(`eth1 +${address.replaceAll(".", String.raw`\.`)} `));
});

test("the tunnel is drawn from the one flannel.1 to the other where the packet was seen inside UDP, and not without that", (t) => {
  const tubes = (text: string) => found(/<path class="wall" d="([^"]*)"/g, text);
  t.is(tubes(page).length, 1);
  t.is(tubes(page)[0]!.split("L").length, 4);
  const bridged = changeable(outputs);
  bridged.scenarios[multi]!.journey = [];
  t.is(tubes(render(bridged)).length, 0);
  const lost = changeable(outputs);
  lost.scenarios[multi]!.journey!.length = 4;
  t.is(tubes(render(lost))[0]!.split("L").length, 2);
});

test("the Chinese sentence about a node that receives is the reverse of the one about a node that sends", (t) => {
  const sentence = (leg: string, node: string) =>
    sentenceOf(claims.find(({ id }) => id === `${multi}/journey/${leg}/${node}`)!).zh;
  for (const [leg, out, into] of [
    ["request", "k8s-worker2", "k8s-worker1"],
    ["reply", "k8s-worker1", "k8s-worker2"],
  ] as const) {
    t.regex(sentence(leg, out), /从 Pod 的 veth 经 cni0 进入 flannel\.1，封装进 UDP 发出/);
    t.regex(sentence(leg, into), /以 UDP 数据报进来，经 flannel\.1 解封装后，由 cni0 进入 Pod 的 veth/);
  }
});

test("a claim's sentence names in Chinese what it names in English, and pods of the same name by their scenario", (t) => {
  const proper = (text: string): string[] =>
    [...new Set(text.match(/[①②③]|\b(?:k8s-\w+|container[12]|my-?pod\d?|[0-9a-f]{16}|[\d.]{7,})\b/g) ?? [])].sort();
  for (const claim of claims) {
    const { en, zh } = sentenceOf(claim);
    t.deepEqual(proper(zh), proper(en), claim.id);
    for (const name of en.match(/\bmypod\d(\u00a0[①②③])?/g) ?? [])
      t.regex(name, claim.id.startsWith(multi) ? /\u00a0③$/ : /\u00a0②$/, claim.id);
  }
});

test("the steps quote the raw output where a claim's sentence says something else", (t) => {
  const view = viewCluster(outputs);
  const quotes = outputs.scenarios[multi]!.journey!.map((hop) =>
    explain(hop, multi, view, new Proofs(outputs)).proofs.flatMap(({ quote, claim }) =>
      quote ? [{ ...quote, claim }] : [],
    ),
  );
  for (const quote of quotes.flat()) t.true(quote.claim.output.includes(quote.line));
  // Taken up by the sender's node; the MAC from the Node object; the frame inside the datagram; the receiver's own pods.
  t.regex(quotes[1]![0]!.line, / cni0 {2}In /);
  t.regex(quotes[2]![0]!.line, /VtepMAC.*6e:bb:50:fb:24:13/);
  t.regex(quotes[5]![0]!.line, /^36:1a:5d:de:22:80 > 6e:bb:50:fb:24:13, .* 10\.244\.3\.4 > 10\.244\.1\.10: /);
  t.is(quotes[6]![0]!.line, "10.244.1.0/24 dev cni0 proto kernel scope link src 10.244.1.1");
  t.is(quotes[14]![0]!.line, "10.244.3.0/24 dev cni0 proto kernel scope link src 10.244.3.1");
});

test("what the remarks say of the raw outputs' numbers can be read there", (t) => {
  for (const [scenario, bytes] of [
    [multi, [121, 127]],
    [single, [119, 125]],
  ] as const) {
    t.true(page.includes(`in the raw outputs ${bytes[0]} is ${bytes[1]}`), scenario);
    t.true(
      claims.some(({ id, output }) => id.startsWith(`${scenario}/journey/`) && output.includes(`length ${bytes[1]}: `)),
    );
  }
  t.true(page.includes("20 IPv4 + 8 UDP + 8 VXLAN + 14 inner Ethernet = 50 bytes more"));
  const silent = changeable(outputs);
  for (const claim of silent.scenarios[multi]!.claims) claim.output = claim.output.replaceAll("OTV", "VXLAN");
  const otv = pageWords.otv.en.split("`")[0]!;
  t.true(page.includes(otv));
  t.false(render(silent).includes(otv));
});

test("every claim that a step cites leads back to that step", (t) => {
  const cited = new Set(found(/<li>.*?<a href="#(claim-[^"]*)"/g, page));
  t.true(cited.size > 20);
  const back = new Set(found(/<details class="claim"[^>]*id="([^"]*)"(?:(?!<\/details>).)*<p class="back">/gs, page));
  t.deepEqual(
    [...cited].filter((id) => !back.has(id)),
    [],
  );
  t.regex(page, /<a href="#journey-pod-to-pod-multi-node-4">↑/);
});

const han = /\p{Script=Han}/u;
const complete = (texts: Readonly<Record<string, Text>>): Text[] => Object.values(texts);

test("every word, lesson, explanation and claim is there in English and in Chinese", (t) => {
  const words = [
    ...complete(pageWords),
    ...complete(picture),
    ...terms.slice(0, 1).flat(),
    ...terms.map(([, meaning]) => meaning),
    ...Object.values(lessons).flatMap(({ title, lesson }) => [title, ...(lesson === undefined ? [] : [lesson])]),
    ...Object.values(backendWords).flatMap(({ named: _, term, ...texts }) => [term[1], ...complete(texts)]),
  ];
  for (const { en, zh } of words) t.true(en.length > 0 && !han.test(en) && han.test(zh), en);
  for (const claim of claims) t.regex(sentenceOf(claim).zh, han, claim.id);
  t.is(found(/<(?:span|text) lang="(en)"/g).length, found(/<(?:span|text) lang="(zh-CN)"/g).length);
});

test("the page's language is English until the reader's browser or --lang says otherwise", (t) => {
  t.true(page.includes('<html lang="en">'));
  t.true(render(outputs, { language: "zh" }).includes('<html lang="zh-CN" data-language="chosen">'));
});

test("the page may load nothing, and runs no script and no style but its own", (t) => {
  const policy = plain(found(/Content-Security-Policy" content="([^"]*)"/g)[0] ?? "");
  const hash = (text = ""): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  t.true(policy.startsWith("default-src 'none'; "));
  t.true(policy.includes(`style-src ${hash(found(/<style>(.*?)<\/style>/gs)[0])};`));
  t.true(policy.includes(`script-src ${hash(found(/<script>(.*?)<\/script>/gs)[0])};`));
  t.deepEqual(found(/<[^>]* (style|on\w+|src)="/g), []);
  t.deepEqual(found(/(?:href)="([^#][^"]*)"/g), []);
});

test("what pods print and are called stays text", (t) => {
  const evil = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>`;
  const copy = changeable(outputs);
  const lesson = copy.scenarios[single]!;
  // What is one of a few words is checked where the outputs are read.
  const closed = new Set(["protocol", "part", "leg"]);
  copy.scenarios[`${evil}`] = {
    pods: lesson.pods.map((pod) => ({ ...pod, name: evil, ip: "10.9.9.9", containers: [evil, evil] })),
    claims: lesson.claims.map((claim) => ({
      ...claim,
      id: `${evil}/${claim.id}`,
      claim: evil,
      about: Object.fromEntries(
        Object.entries(claim.about).map(([key, value]) => [
          key,
          typeof value === "string" && !closed.has(key) ? evil : value,
        ]),
      ),
      output: evil,
      observed: evil,
      expected: evil,
      command: evil,
      ok: false,
    })) as unknown as typeof lesson.claims,
    journey: lesson.journey!.map((hop) => ({ ...hop, interface: evil, machine: evil })),
  };
  const text = render(copy, { stack: evil });
  t.is(text.split("<script").length, 2);
  t.false(text.includes("<img"));
});

test("claims that do not hold are named first, and open", (t) => {
  const broken = withFailing(outputs, (id) => id.endsWith("/route/k8s-worker1") || id.endsWith("/dns/my-pod"));
  const text = render(broken);
  t.true(text.includes(`${claims.length - 2} of ${claims.length} claims`));
  const list = text.slice(text.indexOf('class="failures"'), text.indexOf("picture-title"));
  t.is(found(/href="#(claim-[^"]*)"/g, list).length, 2);
  t.is(found(/<details class="claim failing"[^>]*( open)>/g, text).length, 2);
  t.true(text.includes('<details class="behind" open>'));
});

test("what every node does is a table of its own: a row a kind, a column a node, each verdict a link to its claim", (t) => {
  const ofNodes = claimKinds.filter((kind) => kinds[kind].table === "nodes");
  t.deepEqual(Object.keys(nodeRows).sort(), [...ofNodes].sort());
  for (const kind of ofNodes) {
    const { en } = nodeRows[kind as keyof typeof nodeRows];
    const row = page.split("<tr>").find((one) => one.startsWith('<th scope="row">') && one.includes(`>${en}<`));
    t.deepEqual(
      found(/href="#(claim-[^"]*)"/g, row),
      outputs.nodes.map(({ name }) => anchorOf({ id: `${multi}/${kind}/${name}` })),
      kind,
    );
  }
  // The claims behind the table are not among the lesson's own as well.
  for (const { id } of claims) t.is(page.split(`data-claim="${id}"`).length, 2, id);
});

test("UDP 8472 between two nodes stands with both of them", (t) => {
  const [one, other] = outputs.nodes;
  const id = `${multi}/overlay-port/${one!.name}/${other!.name}`;
  t.is(found(new RegExp(`<a class="verdict" href="#(${anchorOf({ id })})">[^]*?UDP</a>`, "g")).length, 2);
});

test("a packet that was lost shows how far it came; one that was never seen leaves the picture without it", (t) => {
  const lost = withFailing(outputs, (id) => id === `${multi}/journey/answered`);
  lost.scenarios[multi]!.journey!.length = 3;
  t.is(found(new RegExp(`id="journey-${multi}-(\\d+)"`, "g"), render(lost)).length, 3);
  t.true(render(lost).includes(pageWords.lost.en));
  for (const scenario of Object.values(lost.scenarios)) if (scenario.journey) scenario.journey = [];
  t.true(render(lost).includes(pageWords.noJourney.en));
});

test("a lab whose commands all failed still has its page", (t) => {
  const dead = withFailing(outputs, () => true);
  for (const scenario of Object.values(dead.scenarios))
    scenario.claims = scenario.claims.map((claim) => ({ ...claim, output: "", command: "" }));
  const text = render(dead);
  t.true(text.includes(`0 of ${claims.length} claims`));
  t.deepEqual(found(/(.{30}(?:undefined|NaN).{30})/g, text.split("<script>")[0]), []);
});

test("a reach claim that fails is about those that did not answer, and about all when nothing could be tried", (t) => {
  const [pod, other] = viewCluster(outputs).pods.slice(-2);
  const claim = new Proofs(outputs).get("container-to-container", "reach", { protocol: "tcp" })!;
  const without = (ip: string) => ({
    ...claim,
    ok: false,
    output: claim.output.replace(`${ip} answered hello`, `${ip} answered `),
  });
  t.true(reached(claim, pod!));
  t.false(reached(without(pod!.ip), pod!));
  t.true(reached(without(pod!.ip), other!));
  t.false(reached({ ...claim, ok: false, output: "" }, other!));
});

test("a lab without outputs, and one of another version, are told apart, each with what to do", (t) => {
  t.throws(() => usable("x", {}), {
    message: 'lab "x" has no outputs nodes, scenarios, verification; ./lab up -s x brings it up',
  });
  const old = structuredClone(outputs) as unknown as { scenarios: Record<string, { pods: unknown }> };
  old.scenarios[multi]!.pods = "none";
  t.throws(() => usable("x", old), { message: /do not fit this version; \.\/lab verify -s x/ });
});

test("what explains a broken lab stands above the claims that fail, in both languages, escaped", (t) => {
  const why = { en: "One cause: <veth>.", zh: "一个原因：<veth>。" };
  const first = outputs.scenarios["pod-to-pod-multi-node"]!;
  const broken = {
    ...outputs,
    scenarios: {
      ...outputs.scenarios,
      "pod-to-pod-multi-node": { ...first, claims: first.claims.map((claim) => ({ ...claim, ok: false })) },
    },
  };
  const page = render(broken, { why });
  t.true(page.includes("One cause: &lt;veth&gt;."));
  t.true(page.includes("一个原因：&lt;veth&gt;。"));
  t.false(render(outputs, { why }).includes("One cause"));
});

const carriedPage = (backend: "host-gw" | "vxlan-direct" | "udp"): string => {
  const lab = readCarried(backend);
  const { nodes, pods } = lab.facts;
  return render({
    nodes: nodes.map((node, index) => ({
      ...node,
      role: index === 0 ? ("control-plane" as const) : ("worker" as const),
      ssh: "ssh://root@127.0.0.1:1",
      packages: {},
    })),
    network: { backend },
    scenarios: {
      [multi]: { pods: [...pods], claims: [...judgeCarried(lab).values()], journey: followedIn(lab).hops },
    },
    verification: outputs.verification,
  });
};

test("with host-gw the page shows no tunnel: the packet leaves by the node's own interface, to the MAC that ARP found", (t) => {
  const text = carriedPage("host-gw");
  t.notRegex(text.replaceAll(/<details[\s\S]*?<\/details>/g, ""), /flannel\.1|VXLAN|VTEP|data-wrapped/);
  // Every hop has its place in the picture, and its next hop's entry.
  t.is(found(/data-stop="([^"]*)"/g, text).length, 12);
  const [first, second] = readCarried("host-gw").facts.pods;
  t.regex(text, new RegExp(`id="entry-neighbour-${first.node}-${second.node}"[^>]*>([0-9a-f]{2}:){5}`));
  t.true(found(/href="#(claim-[^"]*wire-neighbour[^"]*)"/g, text).length > 6);
});

test("with udp every hop has its place and its reason, and no header of VXLAN is drawn", (t) => {
  const text = carriedPage("udp");
  t.is(found(/data-stop="([^"]*)"/g, text).length, 16);
  t.is(found(/(data-wrapped)/g, text).length, 4);
  t.regex(text, />10\.244\.0\.0\/16 dev flannel0</);
  t.notRegex(text.replaceAll(/<details[\s\S]*?<\/details>/g, ""), /flannel\.1|VXLAN|VTEP/);
  t.notRegex(text, /Seen where it was not expected/);
});

test("with vxlan-direct the VTEPs stand in the table, and no packet goes through them", (t) => {
  const text = carriedPage("vxlan-direct");
  t.is(found(/data-stop="([^"]*)"/g, text).length, 12);
  t.false(text.includes("data-wrapped"));
  t.notRegex(text, /Seen where it was not expected/);
});

test("on a tun device a packet has no Ethernet header, and is as long as it is", (t) => {
  const { hops } = followedIn(readCarried("udp"));
  const tun = hops.filter((hop) => hop.interface === "flannel0");
  t.is(tun.length, 4);
  for (const hop of tun) {
    t.is(frameLength(hop), hop.length);
    t.false(headersOf(hop).some(({ name }) => name === "Ethernet"));
  }
});
