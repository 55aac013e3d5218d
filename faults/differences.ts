import type { Claim } from "../evidence/claim.ts";
import { describe } from "../evidence/verdict.ts";
import type { LabFacts } from "./fault.ts";
import { expect, type Placed } from "./predict.ts";

/**
 * Names every claim that fails although no fault makes it fail, and every one that holds although a fault must break it; undefined when
 * there is none. A hidden fault's name is not told. Pure.
 */
export function differences(
  claims: readonly Claim[],
  faults: readonly Placed[],
  lab: LabFacts,
  hidden = false,
): string | undefined {
  const judged = claims.map((claim) => ({ claim, expected: expect(claim, faults, lab) }));
  const failing = judged.filter(({ claim, expected }) => !claim.ok && expected === "holds");
  const holding = judged.filter(({ claim, expected }) => claim.ok && expected === "fails");
  if (failing.length + holding.length === 0) return undefined;
  const what = hidden
    ? "a fault that is hidden"
    : faults.map(({ fault, target }) => `${fault.name} on ${target.node.name}`).join(", ");
  return [
    `Broken on purpose: ${what}. ${failing.length + holding.length} of ${claims.length} claims differ from what must be seen then:`,
    ...(failing.length > 0 ? [`These fail, and the fault does not make them fail (${failing.length}):`] : []),
    ...failing.map(({ claim }) => describe(claim)),
    ...(holding.length > 0 ? [`These hold, and the fault must make them fail (${holding.length}):`] : []),
    ...holding.map(({ claim }) => describe(claim)),
    "Something else is broken as well, or somebody has mended a part. ./lab heal takes the fault away; ./lab verify then tells what is left.",
  ].join("\n\n");
}
