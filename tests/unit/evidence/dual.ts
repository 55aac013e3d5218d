// Transcripts of a real lab with both address families: what the scripts printed for the second one.
import { readFileSync } from "node:fs";
import type { BackendName } from "../../../evidence/backends.ts";
import type { Claim } from "../../../evidence/claim.ts";
import type { NodeFacts, PodFacts } from "../../../evidence/facts.ts";
import type { JourneyEvidence } from "../../../evidence/judge/journey.ts";
import {
  judgeSecondBridge,
  judgeSecondJourney,
  judgeSecondOverlay,
  judgeSecondReach,
} from "../../../evidence/judge/second.ts";
import { type Observations, observationsJson } from "../../../evidence/observation.ts";

type Pair = readonly [PodFacts, PodFacts];

export interface Dual {
  readonly backend: BackendName;
  readonly facts: {
    readonly nodes: readonly NodeFacts[];
    readonly across: Pair;
    readonly together: Pair;
    readonly lone: PodFacts;
    readonly mark: string;
  };
  /** By name of the transcript. */
  readonly reports: Readonly<Record<string, Observations>>;
}

export function readDual(backend: BackendName): Dual {
  const folder = new URL(`../../transcripts/dual/${backend}/`, import.meta.url);
  const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8"));
  const facts = read("facts") as Dual["facts"];
  const names = [
    ...["cluster", "bridge6", "probe", "captured-sender", "captured-receiver"],
    ...facts.nodes.flatMap(({ name }) => [`overlay6-${name}`, `reach-${name}`]),
  ];
  return {
    backend,
    facts,
    reports: Object.fromEntries(names.map((name) => [name, observationsJson.parse(read(name))])),
  };
}

const get = ({ reports }: Dual, name: string): Observations => {
  const found = reports[name];
  if (found === undefined) throw new Error(`no transcript ${name}`);
  return found;
};

export const journeyIn = (lab: Dual): JourneyEvidence => {
  const [first, second] = lab.facts.across;
  return {
    pods: lab.facts.across,
    mark: lab.facts.mark,
    probe: get(lab, "probe"),
    captures: [get(lab, "captured-sender"), get(lab, "captured-receiver")],
    reports: [get(lab, `overlay6-${first.node}`), get(lab, `overlay6-${second.node}`)],
    backend: lab.backend,
  };
};

/** Every claim of the second family, by id. */
export function judgeDual(lab: Dual): ReadonlyMap<string, Claim> {
  const { facts, backend } = lab;
  const { nodes, across, together, lone } = facts;
  const each = (name: string): Observations[] => nodes.map((node) => get(lab, `${name}-${node.name}`));
  const claims = [
    ...judgeSecondOverlay({ pods: across, nodes, cluster: get(lab, "cluster"), overlay: each("overlay6"), backend }),
    ...judgeSecondJourney(journeyIn(lab), nodes),
    ...judgeSecondBridge(together, get(lab, "bridge6")),
    ...judgeSecondReach([lone, ...together, ...across], each("reach")),
  ];
  return new Map(claims.map((claim) => [claim.id, claim]));
}
