import type { Claim } from "../evidence/claim.ts";
import type { PodFacts } from "../evidence/facts.ts";
import type { Hop } from "../evidence/journey/journey.ts";

/** A scenario in the stack's outputs. */
export interface ScenarioOutput {
  readonly pods: readonly Pick<PodFacts, "name" | "uid" | "node" | "ip" | "containers">[];
  readonly claims: readonly Claim[];
  readonly journey?: readonly Hop[];
}
