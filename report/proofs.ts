import type { Claim, ClaimOf } from "../evidence/claim.ts";
import type { About, ClaimKind } from "../evidence/kinds.ts";
import { firstFamily, type Family } from "../evidence/family.ts";
import { type Outputs, outputs } from "../components/outputs.ts";

/** The stack's outputs as far as the report shows them; secrets are not among them. */
export const reportOutputs = outputs.pick({ nodes: true, network: true, scenarios: true, verification: true });
export type ReportOutputs = Pick<Outputs, "nodes" | "network" | "scenarios" | "verification">;

/** The lessons in the order of the course; what another program adds comes after them. */
export const course = [
  "container-to-container",
  "pod-to-pod-single-node",
  "pod-to-pod-multi-node",
  "service",
  "load-balancer",
  "cluster-dns",
  "service-auto",
  "network-policy",
] as const;

export function scenarioNames({ scenarios }: Pick<ReportOutputs, "scenarios">): string[] {
  const place = (name: string): number => {
    const at = course.indexOf(name as (typeof course)[number]);
    return at < 0 ? course.length : at;
  };
  return Object.keys(scenarios).toSorted((one, other) => place(one) - place(other) || (one < other ? -1 : 1));
}

export const allClaims = (outputs: Pick<ReportOutputs, "scenarios">): Claim[] =>
  scenarioNames(outputs).flatMap((name) => [...(outputs.scenarios[name]?.claims ?? [])]);

/** Where a claim stands in the page. */
export const anchorOf = ({ id }: Pick<Claim, "id">): string => `claim-${id.replaceAll(/[^A-Za-z0-9.-]+/g, "-")}`;

/** About the lab's first family, or about no address at all: that is what the pictures show. */
const isOf = ({ about }: Claim, { name }: Family): boolean =>
  !("family" in about) || about.family === undefined || about.family === name;

/** Finds claims by what they are about. */
export class Proofs {
  /** In the order of the page. */
  readonly claims: readonly Claim[];
  readonly #byScenario: ReadonlyMap<string, readonly Claim[]>;
  readonly #first: Family;

  constructor(outputs: Pick<ReportOutputs, "scenarios"> & Partial<Pick<ReportOutputs, "network">>) {
    this.#first = firstFamily(outputs.network?.ipFamily);
    this.claims = allClaims(outputs);
    this.#byScenario = new Map(Object.entries(outputs.scenarios).map(([name, { claims }]) => [name, claims]));
  }

  /** The claims of a scenario. */
  of(scenario: string): readonly Claim[] {
    return this.#byScenario.get(scenario) ?? [];
  }

  /** The first claim of the kind, in its scenario, that is about this; one of the second address family where that is asked for. */
  get<K extends ClaimKind>(scenario: string, kind: K, about: Partial<About<K>>): ClaimOf<K> | undefined {
    const fits = (claim: Claim): boolean =>
      claim.kind === kind &&
      (isOf(claim, this.#first) || "family" in about) &&
      Object.entries(about).every(([key, value]) => (claim.about as Readonly<Record<string, unknown>>)[key] === value);
    return this.of(scenario).find(fits) as ClaimOf<K> | undefined;
  }

  /** What is read from the raw output of the first of these claims that lets itself be read. */
  read<T>(candidates: readonly (Claim | undefined)[], parse: (output: string) => T | undefined): T | undefined {
    for (const claim of candidates) {
      if (claim === undefined) continue;
      try {
        const value = parse(claim.output);
        if (value !== undefined) return value;
      } catch {
        // A command that failed printed something else: then this fact is not known, and the claim says so.
      }
    }
    return undefined;
  }

  /** Claims of these kinds that ran on a node, the latest first: what was looked at last counts. */
  on(node: string, ...kinds: readonly ClaimKind[]): Claim[] {
    return this.claims
      .filter((claim) => claim.node === node && kinds.includes(claim.kind) && isOf(claim, this.#first))
      .toSorted((one, other) => ((one.at ?? "") < (other.at ?? "") ? 1 : -1));
  }
}
