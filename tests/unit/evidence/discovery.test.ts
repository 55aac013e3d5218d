// Proves that the judge of discovery believes the transcript of a sound lab, and that each of its claims can say no. It does not prove that a broken
// lab prints what is made up here.
import test from "ava";
import { type DiscoveryEvidence, judgeDiscovery } from "../../../evidence/judge/discovery.ts";
import { soundDiscovery as sound } from "./discovery-lab.ts";

const failing = (evidence: DiscoveryEvidence): string[] =>
  judgeDiscovery(evidence)
    .filter(({ ok }) => !ok)
    .map(({ id }) => id);
const said = (id: string): string => sound.report.observations.find((one) => one.id === id)!.output;
const changed = (changes: Readonly<Record<string, string>>): DiscoveryEvidence => ({
  ...sound,
  report: {
    ...sound.report,
    observations: sound.report.observations.map((one) => ({ ...one, output: changes[one.id] ?? one.output })),
  },
});

test("every claim holds in a sound lab", (t) => {
  t.deepEqual(failing(sound), []);
  t.is(judgeDiscovery(sound).length, 5);
});

const cases: readonly (readonly [title: string, evidence: DiscoveryEvidence, ids: readonly string[]])[] = [
  [
    "a container that was there before the Service, and has its variables",
    changed({ "variables/early": said("variables/late") }),
    ["service-auto/service-variables/early"],
  ],
  [
    "a container that came after the Service, and has none",
    changed({ "variables/late": "" }),
    ["service-auto/service-variables/late"],
  ],
  [
    "variables with the address of a Service that was made anew since",
    changed({ "variables/late": said("variables/late").replaceAll(/10\.96\.\d+\.\d+/g, "10.96.9.9") }),
    ["service-auto/service-variables/late"],
  ],
  ["a name that leads nowhere", changed({ "database/early": "" }), ["service-auto/database-by-name/early"]],
  [
    "somebody else answers",
    changed({ "database/late": "HTTP/1.1 400 Bad Request\n" }),
    ["service-auto/database-by-name/late"],
  ],
  ["the same address again", changed({ second: said("first") }), ["service-auto/name-outlives-address/moving/early"]],
  [
    "a name that leads to the old address",
    changed({ "by-second": "" }),
    ["service-auto/name-outlives-address/moving/early"],
  ],
  [
    "an old address that still answers",
    changed({ "by-old": "+PONG\r\n" }),
    ["service-auto/name-outlives-address/moving/early"],
  ],
];
for (const [title, evidence, ids] of cases)
  test(`${title}: exactly that claim fails`, (t) => {
    t.deepEqual(failing(evidence), ids);
  });

test("an early pod whose container was started anew has the variables like any other", (t) => {
  const started = said("started").replaceAll(/"started": "[^"]+"/g, '"started": "2099-01-01T00:00:00Z"');
  t.deepEqual(failing(changed({ started, "variables/early": said("variables/late") })), []);
  t.deepEqual(failing(changed({ started })), ["service-auto/service-variables/early"]);
});
