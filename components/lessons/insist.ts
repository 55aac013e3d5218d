import * as pulumi from "@pulumi/pulumi";
import type { Claim } from "../../evidence/claim.ts";
import type { FaultIn } from "../../evidence/fault-in.ts";
import { plainText } from "../../evidence/plain-text.ts";
import { complaint } from "../../evidence/verdict.ts";
import { differences } from "../../faults/differences.ts";
import type { LabFacts } from "../../faults/fault.ts";
import { placedFrom } from "../../faults/place.ts";

/** What is known when the claims are judged. */
export interface Broken {
  readonly faults: readonly FaultIn[];
  readonly lab: LabFacts;
}

const unbroken: Broken = { faults: [], lab: { nodes: [], pods: [] } };

/**
 * With nothing broken on purpose every claim must hold; otherwise exactly those must fail that the faults make fail.
 * @throws pulumi.RunError naming every claim that differs, with what is needed to look into it by hand
 */
export function insist(claims: readonly Claim[], { faults, lab }: Broken = unbroken): void {
  const placed = placedFrom(faults, lab);
  const message =
    placed.length === 0
      ? complaint(claims)
      : differences(
          claims,
          placed,
          lab,
          faults.some(({ hidden }) => hidden),
        );
  if (message === undefined) return;
  // What was observed is anybody's text.
  const error = new pulumi.RunError(plainText(message));
  // Thrown beside the program, it is printed with its stack, which here says nothing.
  error.stack = error.message;
  throw error;
}
