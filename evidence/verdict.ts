import { z } from "zod";
import type { Claim } from "./claim.ts";
import { nextLook } from "./vocabulary.ts";

export const verification = z.object({
  passed: z.number().describe("How many claims hold."),
  failed: z.number().describe("How many do not."),
  at: z.string().describe("When the last of the nodes had been looked at, UTC, ISO 8601."),
});
export type Verification = Readonly<z.infer<typeof verification>>;

/** Counts claims. */
export function verdict(claims: readonly Claim[]): Verification {
  const failed = claims.filter(({ ok }) => !ok).length;
  return {
    passed: claims.length - failed,
    failed,
    at:
      claims
        .flatMap(({ at }) => at ?? [])
        .toSorted()
        .at(-1) ?? "never",
  };
}

/** Names every claim that does not hold, with what is needed to look into it by hand. undefined when all hold. */
export function complaint(claims: readonly Claim[]): string | undefined {
  const failing = claims.filter(({ ok }) => !ok);
  if (failing.length === 0) return undefined;
  return [
    `${failing.length} of ${claims.length} claims about the pod network do not hold:`,
    ...failing.map(describe),
    "All claims, with the raw output of each command, are in the stack outputs (scenarios).",
    "After mending, run the checks again: ./lab verify (or: pulumi config set verify ANYTHING && pulumi up).",
  ].join("\n\n");
}

/** A claim with the machine, the command, and what was expected and seen. */
export function describe(claim: Claim): string {
  const rows: [string, string][] = [
    ["on", claim.node],
    ["command", claim.command.replaceAll("\n", "\n            ") || "none ran"],
    ["expected", claim.expected],
    ["observed", claim.observed.replaceAll("\n", "\n            ")],
    ["look next", nextLook(claim, "en")],
  ];
  return [`${claim.id}: ${claim.claim}`, ...rows.map(([name, text]) => `  ${name.padEnd(9)} ${text}`)].join("\n");
}
