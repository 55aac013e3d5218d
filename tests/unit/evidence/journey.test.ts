// Proves that captures of two machines become one journey, in order, with what changes on the way.
import test from "ava";
import { type Hop, joinJourney } from "../../../evidence/journey/journey.ts";
import { ping } from "../../../evidence/judge/journey.ts";
import { type Observations, outputOf } from "../../../evidence/observation.ts";
import { parsePcap } from "../../../evidence/parse/pcap.ts";
import { readLab } from "./lab.ts";

const { facts, reports } = readLab();
const sender = reports["captured-multi1"]!;
const receiver = reports["captured-multi2"]!;
const journey = joinJourney(ping(facts.marks.multi), sender, receiver);
const steps = (hops: readonly Hop[]): string[] =>
  hops.map((hop) => `${hop.interface.replace(/^veth.*/, "veth")} ${hop.direction}`);

test("a packet between nodes has eight hops there and eight back", (t) => {
  const there = ["veth in", "cni0 in", "flannel.1 out", "eth0 out", "eth0 in", "flannel.1 in", "cni0 out", "veth out"];
  t.deepEqual(steps(journey), [...there, ...there]);
  t.deepEqual(
    journey.map(({ machine }) => machine === sender.node),
    [...Array<boolean>(4).fill(true), ...Array<boolean>(8).fill(false), ...Array<boolean>(4).fill(true)],
  );
});

test("each router takes one from the TTL", (t) => {
  const ttls = [64, 64, 63, 63, 63, 63, 62, 62];
  t.deepEqual(
    journey.map(({ ttl }) => ttl),
    [...ttls, ...ttls],
  );
});

test("between the machines it travels inside UDP, with the VTEPs' MACs and 50 bytes more", (t) => {
  const wrapped = journey.filter(({ outer }) => outer !== undefined);
  t.is(wrapped.length, 4);
  for (const { outer, length } of wrapped) {
    t.like(outer, { vni: 1, destinationPort: 8472, length: length + 50 });
    t.regex(outer!.sourceMac ?? "", /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
  }
  const [out, back] = [wrapped[0]!.outer!, wrapped[2]!.outer!];
  t.is(out.sourceMac, back.destinationMac);
  t.is(out.source, back.destination);
});

test("time starts at the first hop and never runs backwards", (t) => {
  const times = journey.map(({ micros }) => micros);
  t.is(times[0], 0);
  t.deepEqual(
    times,
    [...times].sort((one, other) => one - other),
  );
});

test("a packet between pods of one node has three hops there and three back, and no router", (t) => {
  const hops = joinJourney(ping(facts.marks.single), reports["captured-single"]!);
  const there = ["veth in", "cni0 in", "veth out"];
  t.deepEqual(steps(hops), [...there, ...there]);
  t.true(hops.every(({ ttl, outer }) => ttl === 64 && outer === undefined));
});

test("another packet's mark is seen nowhere", (t) => {
  t.throws(() => joinJourney(ping("00112233445566ff"), sender, receiver), { message: /was not seen/ });
});

/** The report as it would be from a machine whose clock is wrong by so many seconds. */
function withClock(report: Observations, seconds: number): Observations {
  const file = Buffer.from(outputOf(report, "pcap"), "base64");
  for (let at = 24; at < file.length; at += 16 + file.readUInt32LE(at + 8))
    file.writeUInt32LE(file.readUInt32LE(at) + seconds, at);
  const pcap = file.toString("base64");
  return {
    ...report,
    observations: report.observations.map((one) => (one.id === "pcap" ? { ...one, output: pcap } : one)),
  };
}

test("a machine whose clock is ahead or behind is fitted in between sending and receiving", (t) => {
  for (const seconds of [3600, -2]) {
    const shifted = joinJourney(ping(facts.marks.multi), sender, withClock(receiver, seconds));
    t.deepEqual(steps(shifted), steps(journey));
    const times = shifted.map(({ micros }) => micros);
    t.deepEqual(
      times,
      [...times].sort((one, other) => one - other),
    );
    t.true(shifted.every(({ machine, aligned }) => (aligned === true) === (machine !== sender.node)));
  }
});

test("a capture that ends in the middle of a frame loses that frame only", (t) => {
  const file = Buffer.from(outputOf(sender, "pcap"), "base64");
  t.is(parsePcap(file.subarray(0, file.length - 1)).length, parsePcap(file).length - 1);
  t.throws(() => parsePcap(Buffer.alloc(0)), { message: /not a pcap file/ });
});
