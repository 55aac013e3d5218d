import { quote } from "../nodes/script.ts";

/** A change on a node: a function break_KIND of nodes/lib/breakage.sh and what it is given. tests/unit/faults holds both together. */
export const stepKinds = {
  rule: "TABLE CHAIN RULE...",
  kernel: "KEY VALUE",
  link: "PLACE DEVICE WORDS...",
  vtep: "DEVICE KEY VALUE",
  address: "PLACE DEVICE ADDRESS/LENGTH",
  "no-address": "PLACE DEVICE",
  prefix: "UID LENGTH",
  route: "WORDS...",
  "no-route": "PLACE DESTINATION",
  policy: "PRIORITY WORDS...",
  neighbour: "PLACE DEVICE ADDRESS MAC",
  "vtep-entry": "DEVICE ADDRESS",
  "bridge-entry": "UID OTHER",
  queue: "DEVICE WORDS...",
  unit: "NAME",
  freeze: "PROGRAM",
  file: "PATH",
  pool: "",
  resolver: "UID ADDRESS",
} as const;
export type StepKind = keyof typeof stepKinds;
export type Step = readonly [kind: StepKind, ...words: string[]];

/** As nodes/faults/break.sh reads them: a step a line, quoted for bash. Pure. */
export function stepLines(steps: readonly Step[]): string {
  return steps.map(([kind, ...words]) => [kind.replaceAll("-", "_"), ...words.map(quote)].join(" ")).join("\n");
}
