import type { Claim } from "../evidence/claim.ts";
import { catalogueOf } from "./catalogue.ts";
import type { Fault, LabFacts } from "./fault.ts";
import { absentWith } from "./flows.ts";
import { everyPlace } from "./place.ts";
import { type Expectation, expect, type Placed, speaksOf } from "./predict.ts";

/** Faults that together make fail exactly what fails. */
export interface Explanation {
  readonly faults: readonly Placed[];
  /** Claims that fail and only may fail with them; claims that hold and may fail: the fewer, the likelier. */
  readonly doubts: readonly [failing: number, holding: number];
}

export interface Diagnosis {
  /** "unknown": something fails, and no few faults of the catalogue explain all of it. */
  readonly verdict: "healthy" | "explained" | "unknown";
  readonly failing: readonly Claim[];
  /** As few faults as explain it, the likeliest first; each fault, or set of them, once, at its likeliest place. */
  readonly explanations: readonly Explanation[];
}

/** A fault at a place, and what it says of each claim. */
export interface Candidate {
  readonly placed: Placed;
  readonly says: readonly Expectation[];
}

/** More causes at once are a guess. */
const most = 3;

/** What each fault at each place says of these claims, whether they hold or not. Pure. */
export function candidatesFor(
  claims: readonly Claim[],
  lab: LabFacts,
  faults: readonly Fault[] = catalogueOf(lab.backend).filter((fault) => absentWith(fault, lab.backend) === undefined),
): Candidate[] {
  return faults
    .flatMap((fault) => everyPlace(fault, lab).map((target): Placed => ({ fault, target })))
    .map((placed): Candidate => ({ placed, says: claims.map((claim) => expect(claim, [placed], lab)) }));
}

/** Which faults explain exactly the claims that fail: the catalogue's own rules, read backwards. Pure. */
export function diagnose(
  claims: readonly Claim[],
  lab: LabFacts,
  all: readonly Candidate[] = candidatesFor(claims, lab),
): Diagnosis {
  const failing = claims.filter(({ ok }) => !ok);
  if (failing.length === 0) return { verdict: "healthy", failing, explanations: [] };
  const candidates = all
    // Whatever must fail with it does, and something that fails speaks for it.
    .filter(({ says }) => claims.every(({ ok }, index) => !ok || says[index] !== "fails"))
    .filter((candidate) => isSupported(candidate, claims));
  const different = distinct(candidates);
  for (let size = 1; size <= most; size++) {
    const found = likeliest(covers(different, claims, size), claims)
      .map((set) => explanationOf(set, claims, lab))
      .flatMap((one) => one ?? [])
      .toSorted(({ doubts: one }, { doubts: other }) => one[0] - other[0] || one[1] - other[1]);
    if (found.length > 0) return { verdict: "explained", failing, explanations: onceEach(found) };
  }
  return { verdict: "unknown", failing, explanations: [] };
}

/** A fault that only might make something fail explains nothing, unless a claim about its own cause fails. */
function isSupported({ placed: { fault, target }, says }: Candidate, claims: readonly Claim[]): boolean {
  const own = fault.may?.(target) ?? [];
  return claims.some(
    (claim, index) => !claim.ok && (says[index] === "fails" || own.some((blame) => speaksOf(blame, claim))),
  );
}

/** One of those that say the same of every claim, for each fault. */
function distinct(candidates: readonly Candidate[]): readonly Candidate[] {
  const name = ({ placed, says }: Candidate): string => [placed.fault.name, ...says].join(" ");
  return [...new Map(candidates.toReversed().map((one) => [name(one), one])).values()].toReversed();
}

/** More sets than anybody would read are not asked about. */
const enough = 50;

/** Those first that leave the least to chance, as far as that can be told of each fault alone. */
function likeliest(sets: readonly (readonly Candidate[])[], claims: readonly Claim[]): (readonly Candidate[])[] {
  const failing = claims.flatMap(({ ok }, index) => (ok ? [] : [index]));
  const doubts = (set: readonly Candidate[]): number =>
    failing.filter((index) => !set.some(({ says }) => says[index] === "fails")).length;
  return sets
    .map((set) => ({ set, doubts: doubts(set) }))
    .toSorted((one, other) => one.doubts - other.doubts)
    .slice(0, enough)
    .map(({ set }) => set);
}

/** Sets of that many candidates which leave no failing claim unexplained. */
function covers(candidates: readonly Candidate[], claims: readonly Claim[], size: number): Candidate[][] {
  const failing = claims.flatMap(({ ok }, index) => (ok ? [] : [index]));
  const explainers = new Map(failing.map((index) => [index, candidates.filter(({ says }) => says[index] !== "holds")]));
  const extend = (set: readonly Candidate[], left: readonly number[]): Candidate[][] => {
    if (left.length === 0) return set.length === size ? [[...set]] : [];
    if (set.length === size) return [];
    // The claim that the fewest explain: whatever the set is, one of these is in it.
    const hardest = left.reduce((one, other) =>
      (explainers.get(other)?.length ?? 0) < (explainers.get(one)?.length ?? 0) ? other : one,
    );
    return (explainers.get(hardest) ?? []).flatMap((candidate) =>
      extend(
        [...set, candidate],
        left.filter((index) => candidate.says[index] === "holds"),
      ),
    );
  };
  return extend([], failing);
}

/** Together they are asked once more: one fault may hide what another one breaks. */
function explanationOf(set: readonly Candidate[], claims: readonly Claim[], lab: LabFacts): Explanation | undefined {
  const placed = set.map((candidate) => candidate.placed);
  const says = claims.map((claim) => expect(claim, placed, lab));
  const fits = claims.every(({ ok }, index) => says[index] === "either" || says[index] === (ok ? "holds" : "fails"));
  const undecided = claims.filter((_, index) => says[index] === "either");
  const failing = undecided.filter(({ ok }) => !ok).length;
  return fits ? { faults: placed, doubts: [failing, undecided.length - failing] } : undefined;
}

/** The likeliest place of each set of faults. */
function onceEach(found: readonly Explanation[]): Explanation[] {
  const names = ({ faults }: Explanation): string =>
    faults
      .map(({ fault }) => fault.name)
      .toSorted()
      .join(" ");
  return found.filter((one, index) => found.findIndex((other) => names(other) === names(one)) === index);
}
