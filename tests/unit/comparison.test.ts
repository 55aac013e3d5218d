// Proves how backends are chosen, what is made of the numbers that a lab gives, and how both forms of the result read. It measures nothing: tests/backends does.
import { readFileSync } from "node:fs";
import test from "ava";
import { chosen, readNames } from "../../cli/compare/choose.ts";
import { Interruption } from "../../cli/compare/interruption.ts";
import { optionsWith } from "../../cli/stack/config.ts";
import { receivingOn, workFor } from "../../cli/compare/measure.ts";
import { renderComparison } from "../../cli/compare/table.ts";
import { forPrograms } from "../../cli/verbs/compare.ts";
import { figureOf, largest, middle, noiseOf, onWire, quantile, spread } from "../../evidence/comparison.ts";
import { parseStream } from "../../evidence/parse/iperf.ts";
import { parseRoundTrips } from "../../evidence/parse/ping.ts";
import { frameLength } from "../../report/packet.ts";
import { compared, measured, renderCompared, round } from "./report/compared.ts";

const transcript = (name: string): string =>
  readFileSync(new URL(`../transcripts/compare/${name}`, import.meta.url), "utf8");

test("of a stream iperf3 tells how much arrived, and of datagrams how many did not", (t) => {
  const tcp = parseStream(transcript("tcp.json"));
  t.true(tcp.rate > 1e8 && tcp.gigabits > 0.1);
  t.is(tcp.lost, undefined);
  const udp = parseStream(transcript("udp.json"));
  t.true(udp.lost !== undefined && udp.lost >= 0 && udp.lost < 100);
  t.throws(() => parseStream(transcript("refused.json")), { message: /^iperf3: .*Connection refused/ });
  t.throws(() => parseStream('{"end": {}}'), { message: /of no byte/ });
});

test("each round trip of a ping is read, in microseconds", (t) => {
  const times = parseRoundTrips(transcript("ping.txt"));
  t.true(times.length >= 5);
  t.true(times.every((time) => Number.isInteger(time) && time > 0 && time < 1_000_000));
  t.deepEqual(parseRoundTrips("64 bytes from 10.244.1.2: icmp_seq=1 ttl=62 time=0.046 ms"), [46]);
});

test("the middle, the part below, and how far values are apart", (t) => {
  t.is(middle([3, 1, 2]), 2);
  t.is(middle([4, 1, 2, 3]), 2.5);
  t.throws(() => middle([]));
  t.is(quantile([...Array(100).keys()], 0.99), 98);
  t.is(quantile([7], 0.99), 7);
  t.is(spread([90, 100, 110]), 0.2);
  t.is(spread([0, 0]), 0);
});

test("what machines do anyway is no work for the packets", (t) => {
  const reading = (worked: number, at: number) => ({ worked, at, boot: "x", release: "6", processors: 2 });
  const stream = { rate: 1e9, gigabits: 2 };
  const before = [reading(0, 0), reading(500, 0)];
  const after = [reading(3_000_000, 2_000_000), reading(1_000_500, 2_000_000)];
  t.is(workFor({ stream, before, after }, [0, 0]), 2);
  t.is(workFor({ stream, before, after }, [0.5, 0.5]), 1);
  t.is(workFor({ stream, before, after }, [5, 5]), 0);
});

test("a machine's noise is the most that the same thing differed by, between rounds or between beginning and end", (t) => {
  const steady = compared([measured("vxlan", [round(), round()]), measured("host-gw", [round(), round()])]);
  t.is(largest(noiseOf(steady, "across", "median")), 0);
  const uneven = compared([measured("vxlan", [round({ median: 90 }), round({ median: 110 })])]);
  t.is(largest(noiseOf(uneven, "across", "median")), 0.2);
  const later = { ...steady, again: measured("vxlan", [round({ median: 150 }), round({ median: 150 })]) };
  t.is(noiseOf(later, "across", "median").again, 0.4);
  t.is(noiseOf(later, "across", "median").rounds, 0);
  t.is(figureOf(later.again, "across", "median"), 150);
});

test("the lab's own backend comes first, so that it can be measured twice, and one that cannot be carried is left out or refused", (t) => {
  t.deepEqual(chosen([], "host-gw", { udp: "no tun", ipip: "no such device", wireguard: "no such device" }), [
    "host-gw",
    "vxlan",
    "vxlan-direct",
  ]);
  t.deepEqual(chosen(["udp", "vxlan"], "vxlan", {}), ["vxlan", "udp"]);
  t.deepEqual(chosen(["udp", "host-gw"], "vxlan", {}), ["udp", "host-gw"]);
  t.throws(() => chosen(["udp", "vxlan"], "vxlan", { udp: "the kernel of k8s-master cannot carry it (no tun)" }), {
    message: "this lab cannot be compared with\nudp: the kernel of k8s-master cannot carry it (no tun)",
  });
  t.deepEqual(readNames(["vxlan", "udp", "vxlan"]), ["vxlan", "udp"]);
  t.throws(() => readNames(["hostgw"]), { message: 'no backend "hostgw"; did you mean host-gw?' });
});

test("who stops it is told how to go on, or that nothing has changed", (t) => {
  const watch = new Interruption("two", "vxlan");
  t.teardown(() => watch.end());
  t.is(watch.goOn(), "Stopped. The lab is as it was.");
  watch.away = true;
  t.regex(watch.goOn(), /its config says vxlan as before, and \.\/lab up -s two puts it back\.$/);
});

test("the table has a column for each backend, and says what stands on the wire, the noise and the kernel", (t) => {
  const text = renderComparison(compared()).join("\n");
  t.regex(text, /^ +vxlan +host-gw$/m);
  t.regex(text, /^ +hops, there and back +16 +12$/m);
  t.regex(text, /headers around the pod's packet, bytes +64 +14/);
  t.regex(text, /^ +vxlan +Ethernet 14, IPv4 20, UDP 8, VXLAN 8, Ethernet 14, IPv4 20, ICMP \d+$/m);
  t.regex(text, /^ +TCP +8\.00 Gbit\/s +12\.00 Gbit\/s +± \d+ %$/m);
  t.regex(text, /share one kernel \(Linux 6\.1/);
});

test("programs get the figures and the noise beside the rounds", (t) => {
  const { figures, noise, measured: all } = forPrograms(compared());
  t.is(all.length, 2);
  t.deepEqual(
    figures.map(({ backend }) => backend),
    ["vxlan", "host-gw"],
  );
  t.true("across" in noise);
});

test("the page shows each packet to one scale, in both languages, and asks for nothing", (t) => {
  const page = renderCompared();
  for (const name of ["vxlan", "host-gw"]) t.true(page.includes(`id="packet-${name}"`));
  t.is(page.match(/class="frame"/g)?.length, 2);
  t.is(page.match(/class="tube"/g)?.length, 1);
  t.true(page.includes("两个节点上的 Pod") && page.includes("Pods on two nodes"));
  t.notRegex(page, /https?:\/\/(?!www\.w3\.org)/);
  t.notRegex(page, / style="/);
});

test("of the transcripts' packets the wrapped one is longer by what is around it", (t) => {
  const [vxlan, direct] = compared().measured.map((one) => onWire(one)!);
  t.is(frameLength(vxlan!) - frameLength(direct!) - (vxlan!.length - direct!.length), 50);
});

test("a backend takes what it can of another one's options, and no port that the other's device still has", (t) => {
  const all = { vni: 42, port: 4789, mtu: 1400, rules: "nftables" };
  t.deepEqual(optionsWith("vxlan-direct", "vxlan", all), all);
  for (const other of ["host-gw", "udp"] as const) t.deepEqual(optionsWith(other, "vxlan", all), { rules: "nftables" });
  t.deepEqual(optionsWith("vxlan", "udp", { port: 9000 }), {});
});

test("a backend with options is called with them, in the terminal and on the page", (t) => {
  const own = { ...measured("vxlan", [round()]), options: { vni: 42, port: 4789 } };
  t.true(
    renderComparison(compared([own]))
      .join("\n")
      .includes("vxlan vni=42 port=4789"),
  );
  t.true(renderCompared([own]).includes("<code>vxlan vni=42 port=4789</code>"));
});

test("with one worker two pods of one name are sent to, and each has a server of its own", (t) => {
  const node = { name: "k8s-worker1" } as Parameters<typeof receivingOn>[0];
  const pod = { name: "mypod2", uid: "1", node: "k8s-worker1", ip: "10.0.0.1", containers: [] };
  const pair = (namespace: string) => {
    const to = { ...pod, namespace };
    return { from: to, to, sender: node, receiver: node };
  };
  t.deepEqual(
    receivingOn(node, [pair("one"), pair("two")]).map(({ name }) => name),
    ["one/mypod2", "two/mypod2"],
  );
  t.deepEqual(receivingOn({ ...node }, [pair("one")]), [], "another node has none of them");
});
