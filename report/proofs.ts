import type { Claim } from "../evidence/claim.ts";
import type { ReportOutputs } from "./outputs.ts";

/** The three lessons in the order of the course; what another program adds comes after them. */
export const course = ["container-to-container", "pod-to-pod-single-node", "pod-to-pod-multi-node"] as const;

export function scenarioNames({ scenarios }: Pick<ReportOutputs, "scenarios">): string[] {
  const place = (name: string): number => {
    const at = course.indexOf(name as (typeof course)[number]);
    return at < 0 ? course.length : at;
  };
  return Object.keys(scenarios).toSorted((one, other) => place(one) - place(other) || (one < other ? -1 : 1));
}

export const allClaims = (outputs: Pick<ReportOutputs, "scenarios">): Claim[] =>
  scenarioNames(outputs).flatMap((name) => [...(outputs.scenarios[name]?.claims ?? [])]);

/** SCENARIO/KIND/ABOUT...: what a claim's id is made of. */
export function partsOf({ id }: Pick<Claim, "id">): {
  readonly scenario: string;
  readonly kind: string;
  readonly about: readonly string[];
} {
  const [scenario = "", kind = "", ...about] = id.split("/");
  return { scenario, kind, about };
}

/** Where a claim stands in the page. */
export const anchorOf = ({ id }: Pick<Claim, "id">): string => `claim-${id.replaceAll(/[^A-Za-z0-9.-]+/g, "-")}`;

/** Finds claims by what their ids say. */
export class Proofs {
  readonly claims: readonly Claim[];
  readonly #byId: ReadonlyMap<string, Claim>;

  constructor(claims: readonly Claim[]) {
    this.claims = claims;
    this.#byId = new Map(claims.map((claim) => [claim.id, claim]));
  }

  get(...parts: readonly string[]): Claim | undefined {
    return this.#byId.get(parts.join("/"));
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

  /** Claims of a kind that ran on a node, the latest first: what was looked at last counts. */
  on(node: string, ...kinds: readonly string[]): Claim[] {
    return this.claims
      .filter((claim) => claim.node === node && kinds.includes(partsOf(claim).kind))
      .toSorted((one, other) => ((one.at ?? "") < (other.at ?? "") ? 1 : -1));
  }
}
