import { z } from "zod";
import type { Claim } from "./claim.ts";
import { type BackendName, backendOf } from "./backends.ts";
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
  const switched = switchedByHand(failing);
  return [
    ...(switched === undefined ? [] : [sayWhoSwitched(switched)]),
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

export interface Switched {
  readonly nodes: readonly string[];
  /** What the lab asks for, and what carries packets. */
  readonly wanted: BackendName;
  readonly carries: BackendName;
}

/** Somebody has edited flannel's ConfigMap, and flannel began anew: what the failing claims say of it. undefined where nobody has. */
export function switchedByHand(failing: readonly Claim[]): Switched | undefined {
  const found = failing.flatMap((claim) =>
    claim.kind === "backend" && claim.about.carries !== undefined
      ? [{ node: claim.about.node, wanted: backendOf(claim.about.backend).name, carries: claim.about.carries }]
      : [],
  );
  const [first] = found;
  return first && { nodes: found.map(({ node }) => node), wanted: first.wanted, carries: first.carries };
}

const sayWhoSwitched = ({ nodes, wanted, carries }: Switched): string =>
  `On ${nodes.join(", ")} flannel carries packets by backend ${carries} and not by ${wanted}, as the config says: somebody has switched it by hand; ./lab up puts ${wanted} back, and ./lab pulumi config set backend ${carries} before it keeps ${carries}.`;
