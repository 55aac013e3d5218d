// Proves that the judge believes a connection through a Service as a real lab captured it, and says no when an address is changed elsewhere, or not at
// all. It does not prove which pod a Service chooses.
import test from "ava";
import { backendNames, backendOf } from "../../../evidence/backends.ts";
import { connectionFilter } from "../../../evidence/journey/capture-filter.ts";
import {
  followedThrough,
  judgeServiceJourney,
  type ServiceJourneyEvidence,
} from "../../../evidence/judge/service-journey.ts";
import type { Observations } from "../../../evidence/observation.ts";
import { journeyNodes, soundPassage as sound } from "./service-journey-lab.ts";

const judge = (change: Partial<ServiceJourneyEvidence> = {}) =>
  judgeServiceJourney({ ...sound, ...change }, journeyNodes);
const bytes = (address: string): Buffer => Buffer.from(address.split(".").map(Number));

/** The same capture with one address in the place of another, as if somebody else had changed it. */
function withAddress(report: Observations, from: string, to: string): Observations {
  const observations = report.observations.map((one) => {
    if (one.id !== "pcap") return one;
    const frames = Buffer.from(one.output, "base64");
    for (let at = frames.indexOf(bytes(from)); at >= 0; at = frames.indexOf(bytes(from), at + 4))
      bytes(to).copy(frames, at);
    return { ...one, output: frames.toString("base64") };
  });
  return { ...report, observations };
}
const [sender, receiver] = sound.captures;
const { client, far, clusterIp } = sound;

test("on its cable to the Service, from the bridge on to the pod, and back again: eight hops each way", (t) => {
  const claim = judge();
  t.true(claim.ok, claim.observed);
  const { hops, pcapng } = followedThrough(sound, journeyNodes);
  const way = (leg: string, which: "source" | "destination") =>
    hops.filter((hop) => hop.leg === leg).map((hop) => hop[which]);
  t.deepEqual(way("request", "destination"), [clusterIp, ...Array<string>(7).fill(far.ip)]);
  t.deepEqual(way("reply", "source"), [...Array<string>(6).fill(far.ip), clusterIp, clusterIp]);
  t.true(hops.every(({ leg, source, destination }) => (leg === "request" ? source : destination) === client.ip));
  t.true(Buffer.from(pcapng, "base64").length > 1000);
});

const broken: readonly (readonly [string, Partial<ServiceJourneyEvidence>, RegExp])[] = [
  ["another Service's address", { clusterIp: "10.96.7.7" }, /to 10\.\S+ at veth/],
  [
    "a destination that the pod itself has changed",
    { captures: [withAddress(sender, clusterIp, far.ip), receiver] },
    /no connection|^to \S+ at veth\S+, cni0, \S+, \S+, /,
  ],
  [
    "an answer that nobody changed back",
    { captures: [withAddress(sender, clusterIp, "10.96.7.7"), receiver] },
    /from 10\.96\.7\.7/,
  ],
  [
    "a source that was changed on the way",
    { captures: [sender, withAddress(receiver, client.ip, "10.96.7.7")] },
    /not always|was seen on/,
  ],
  ["a pod that was never reached", { captures: [sender, { ...receiver, observations: [] }] }, /was seen on|observed/],
  ["ports from which nothing was sent", { firstPort: 18_000 }, /no connection from client was seen on/],
];
for (const [what, change, words] of broken)
  test(`${what} is seen`, (t) => {
    const claim = judge(change);
    t.false(claim.ok);
    t.regex(claim.observed, words);
  });

test("a capture that cannot be read leaves no hops, and hides no claim", (t) => {
  const silent: ServiceJourneyEvidence = { ...sound, captures: [{ ...sender, observations: [] }, receiver] };
  t.deepEqual(followedThrough(silent, journeyNodes), { hops: [], pcapng: "" });
});

test("what libpcap is asked for names the ports, bare and inside what carries them", (t) => {
  for (const name of backendNames) {
    const { tunnel } = backendOf(name);
    const filter = connectionFilter([19_000, 19_023], backendOf(name));
    t.regex(filter, /^\(tcp portrange 19000-19023 and tcp\[13\] & 2 != 0\)/);
    t.is(/ or \((udp port \d+|ip proto 4) and /.test(filter), tunnel !== undefined, name);
  }
});
