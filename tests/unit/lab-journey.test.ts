// Proves what a terminal shows of a real journey, kept as a transcript. It does not prove that the journey is true.
import test from "ava";
import { joinJourney } from "../../evidence/journey/journey.ts";
import { ping } from "../../evidence/judge/journey.ts";
import { renderJourney, renderJourneys } from "../../cli/view/journey-view.ts";
import { readLab } from "./evidence/lab.ts";

const { facts, reports } = readLab();
const capture = (name: string) => {
  const report = reports[name];
  if (report === undefined) throw new Error(`no transcript ${name}`);
  return report;
};
const across = joinJourney(ping(facts.marks.multi), capture("captured-multi1"), capture("captured-multi2"));
const lines = renderJourney("pod-to-pod-multi-node", across);

test("a journey has one row a hop, under the addresses of the packet", (t) => {
  t.is(lines[0], `pod-to-pod-multi-node: ${across[0]?.source} to ${across[0]?.destination} and back`);
  t.is(lines.length, 1 + across.length);
});

test("the way there and the way back are named where they begin", (t) => {
  t.deepEqual(
    lines.flatMap((line, index) => (/^ {2}re(quest|ply)/.test(line) ? [index] : [])),
    [1, 1 + across.length / 2],
  );
});

test("only the hops between the machines tell of VXLAN", (t) => {
  const wrapped = lines.filter((line) => line.includes("VXLAN 1, UDP to "));
  t.is(wrapped.length, 4);
  for (const line of wrapped) t.regex(line, / eth0 .*:8472$/);
});

test("no row is wider than 100 columns", (t) => {
  for (const line of renderJourneys({ "pod-to-pod-multi-node": across })) t.true(line.length <= 100, line);
});

test("without a packet that was followed there is no heading", (t) => {
  t.deepEqual(renderJourneys({ "container-to-container": [] }), []);
});
