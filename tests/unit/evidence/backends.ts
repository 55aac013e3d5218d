// Transcripts of real labs with another backend than VXLAN: what the scripts printed for the lesson across nodes.
import { readFileSync } from "node:fs";
import { backendOf, type Carrier } from "../../../evidence/backends.ts";
import type { Claim } from "../../../evidence/claim.ts";
import type { NodeFacts, PodFacts } from "../../../evidence/facts.ts";
import {
  followed,
  type Followed,
  judgeCrossNodeJourney,
  type JourneyEvidence,
} from "../../../evidence/judge/journey.ts";
import { judgeOverlay } from "../../../evidence/judge/overlay.ts";
import { type Observations, observationsJson } from "../../../evidence/observation.ts";
import { withOutput } from "./lab.ts";

export interface Carried {
  readonly backend: Carrier;
  readonly facts: {
    readonly nodes: readonly NodeFacts[];
    readonly pods: readonly [PodFacts, PodFacts];
    readonly mark: string;
  };
  /** By name of the transcript. */
  readonly reports: Readonly<Record<string, Observations>>;
}

/** @param name of the folder, where that is not the backend's */
export function readCarried(backend: Carrier, name: string = backendOf(backend).name): Carried {
  const folder = new URL(`../../transcripts/backends/${name}/`, import.meta.url);
  const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8"));
  const facts = read("facts") as Carried["facts"];
  const names = [
    ...["cluster", "probe", "captured-sender", "captured-receiver"],
    ...facts.nodes.map(({ name }) => `overlay-${name}`),
  ];
  return {
    backend,
    facts,
    reports: Object.fromEntries(names.map((name) => [name, observationsJson.parse(read(name))])),
  };
}

const get = ({ reports }: Carried, name: string): Observations => {
  const found = reports[name];
  if (found === undefined) throw new Error(`no transcript ${name}`);
  return found;
};

function journeyOf(lab: Carried): JourneyEvidence {
  const { facts, backend } = lab;
  const [first, second] = facts.pods;
  return {
    pods: facts.pods,
    mark: facts.mark,
    probe: get(lab, "probe"),
    captures: [get(lab, "captured-sender"), get(lab, "captured-receiver")],
    reports: [get(lab, `overlay-${first.node}`), get(lab, `overlay-${second.node}`)],
    backend,
  };
}

export const followedIn = (lab: Carried): Followed => followed(journeyOf(lab), lab.facts.nodes);

/** Every claim about the way between the nodes, by id without its lesson. */
export function judgeCarried(lab: Carried): ReadonlyMap<string, Claim> {
  const { facts, backend } = lab;
  const { nodes, pods } = facts;
  const overlay = nodes.map(({ name }) => get(lab, `overlay-${name}`));
  const claims = [
    ...judgeOverlay({ pods, nodes, cluster: get(lab, "cluster"), overlay, backend }),
    ...judgeCrossNodeJourney(journeyOf(lab), nodes),
  ];
  return new Map(claims.map((claim) => [claim.id.replace(/^[^/]*\//, ""), claim]));
}

/** The ids of the claims that do not hold, in order. */
export const failing = (lab: Carried): string[] =>
  [...judgeCarried(lab)]
    .filter(([, { ok }]) => !ok)
    .map(([id]) => id)
    .sort();

/** The same lab where one command had printed something else. */
export const changing =
  (lab: Carried) =>
  (name: string, id: string, change: (output: string) => string): Carried => ({
    ...lab,
    reports: withOutput({ ...lab, facts: {} as never }, name, id, change).reports,
  });
