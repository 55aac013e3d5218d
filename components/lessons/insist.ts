import * as pulumi from "@pulumi/pulumi";
import type { Claim } from "../../evidence/claim.ts";
import { complaint } from "../../evidence/verdict.ts";

/** @throws pulumi.RunError naming every claim that does not hold, with what is needed to look into it by hand */
export function insist(claims: readonly Claim[]): void {
  const message = complaint(claims);
  if (message === undefined) return;
  const error = new pulumi.RunError(message);
  // Thrown beside the program, it is printed with its stack, which here says nothing.
  error.stack = error.message;
  throw error;
}
