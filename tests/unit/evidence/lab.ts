// The transcripts of a real lab: what the scripts in nodes/ printed, and what the API server said of its pods.
import { readFileSync } from "node:fs";
import type { Claim } from "../../../evidence/claim.ts";
import type { NodeFacts, PodFacts } from "../../../evidence/facts.ts";
import { judgeBridge } from "../../../evidence/judge/bridge.ts";
import { judgeContainers } from "../../../evidence/judge/containers.ts";
import { judgeCrossNodeJourney, judgeSameNodeJourney, type JourneyEvidence } from "../../../evidence/judge/journey.ts";
import { judgeOverlay } from "../../../evidence/judge/overlay.ts";
import { judgeOverlayPort, judgeReach, judgeTranslation } from "../../../evidence/judge/reach.ts";
import { type Observations, observationsJson } from "../../../evidence/observation.ts";

const transcripts = new URL("../../transcripts/lab/", import.meta.url);

/** Everything that was observed in one lab, as the judges want it. */
export interface Lab {
  readonly facts: {
    readonly nodes: readonly NodeFacts[];
    readonly pods: readonly PodFacts[];
    readonly apiAddress: string;
    readonly marks: { readonly single: string; readonly multi: string };
  };
  /** By name of the transcript. */
  readonly reports: Readonly<Record<string, Observations>>;
}

const names = [
  "containers",
  "bridge",
  "cluster",
  "probe-single",
  "captured-single",
  "probe-multi",
  "captured-multi1",
  "captured-multi2",
];

export function readLab(
  folder: URL = transcripts,
  more: { readonly once: readonly string[]; readonly perNode: readonly string[] } = { once: [], perNode: [] },
): Lab {
  const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8"));
  const report = (name: string): Observations => observationsJson.parse(read(name));
  const facts = read("facts") as Lab["facts"];
  const perNode = facts.nodes.flatMap(({ name }) =>
    ["overlay", "reach", ...more.perNode].map((one) => `${one}-${name}`),
  );
  return {
    facts,
    reports: Object.fromEntries([...names, ...more.once, ...perNode].map((name) => [name, report(name)])),
  };
}

/** Every claim about a lab, by id. */
export function judge({ facts, reports }: Lab): ReadonlyMap<string, Claim> {
  const get = (name: string): Observations => {
    const found = reports[name];
    if (found === undefined) throw new Error(`no transcript ${name}`);
    return found;
  };
  const podsOf = (namespace: string): PodFacts[] => facts.pods.filter((pod) => pod.namespace === namespace);
  const pair = (namespace: string): [PodFacts, PodFacts] => podsOf(namespace) as [PodFacts, PodFacts];
  const single = pair("pod-to-pod-single-node");
  const multi = pair("pod-to-pod-multi-node");
  const overlay = facts.nodes.map(({ name }) => get(`overlay-${name}`));
  const reach = facts.nodes.map(({ name }) => get(`reach-${name}`));
  const sameNode: JourneyEvidence = {
    pods: single,
    mark: facts.marks.single,
    probe: get("probe-single"),
    captures: [get("captured-single")],
    reports: [get("bridge"), get("bridge")],
  };
  const crossNode: JourneyEvidence = {
    pods: multi,
    mark: facts.marks.multi,
    probe: get("probe-multi"),
    captures: [get("captured-multi1"), get("captured-multi2")],
    reports: [get(`overlay-${multi[0].node}`), get(`overlay-${multi[1].node}`)],
  };
  const claims = [
    ...judgeContainers(podsOf("container-to-container")[0]!, get("containers")),
    ...judgeBridge(single, get("bridge")),
    ...judgeSameNodeJourney(sameNode),
    ...judgeOverlay({ pods: multi, nodes: facts.nodes, cluster: get("cluster"), overlay }),
    ...judgeCrossNodeJourney(crossNode, facts.nodes),
    ...judgeReach(facts.pods, facts.apiAddress, reach),
    ...judgeTranslation(facts.pods, reach),
    ...judgeOverlayPort("pod-to-pod-multi-node", facts.nodes, reach),
  ];
  return new Map(claims.map((claim) => [claim.id, claim]));
}

/** The lab with the output of one command changed. @throws Error when there is nothing to change */
export function withOutput(lab: Lab, name: string, id: string, change: (output: string) => string, exit = 0): Lab {
  const before = lab.reports[name];
  const found = before?.observations.find((one) => one.id === id);
  if (before === undefined || found === undefined) throw new Error(`no observation ${id} in ${name}`);
  const output = change(found.output);
  if (output === found.output && exit === found.exit) throw new Error(`the change of ${id} in ${name} changes nothing`);
  const observations = before.observations.map((one) => (one === found ? { ...one, output, exit } : one));
  return { ...lab, reports: { ...lab.reports, [name]: { ...before, observations } } };
}

/** The lab with one observation missing. */
export function without(lab: Lab, name: string, id: string): Lab {
  const before = lab.reports[name];
  if (before === undefined) throw new Error(`no transcript ${name}`);
  const observations = before.observations.filter((one) => one.id !== id);
  return { ...lab, reports: { ...lab.reports, [name]: { ...before, observations } } };
}
