/** What a lab has proved, told so that two labs can be compared: without what is by chance in any one of them. Pure. */
import type { z } from "zod";
import type { claim } from "./contract.ts";

type Claim = z.output<typeof claim>;

/** In this order: what is written later must not find itself in what was written earlier. */
const byChance: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{2}(:[0-9a-f]{2}){5}\b/g, "MAC"],
  [/\b\d+\.\d+\.\d+\.\d+\b/g, "ADDRESS"],
  [/\bveth[0-9a-f]{8}\b/g, "VETH"],
  // As many as there are pods on that worker.
  [/\bVETH(, VETH)+/g, "VETHS"],
  [/\bADDRESS(, ADDRESS)+/g, "ADDRESSES"],
  [/\bworker\d\b/g, "worker"],
  [/\bnet:\[\d+\]/g, "net:[INODE]"],
  [/\/proc\/\d+\//g, "/proc/PID/"],
  [/\b[0-9a-f]{12}([0-9a-f]{4})?([0-9a-f]{48})?\b/g, "ID"],
  [/\b\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d\b/g, "TIME"],
  [/\bsocat\[\d+\]/g, "socat[PID]"],
  // As many as there are pods on that node.
  [/\b\d+ of (\d+) addresses taken/g, "SOME of $1 addresses taken"],
  [/\b\d+: /g, "INDEX: "],
  [/@if\d+\b/g, "@ifINDEX"],
  // Whether the cluster's DNS runs on the control plane is the scheduler's choice; where no pod runs, there is no bridge yet.
  [
    /(?<=\| )(ADDRESS\/\d+ on cni0|none|no pod has an address here, and no bridge was made)(?= \| holds$)/g,
    "NOTHING AMISS",
  ],
  // Of a neighbour that answered just now, and of one that did a while ago.
  [/\b(REACHABLE|DELAY|STALE|PROBE)\b/g, "KNOWN"],
];

const normalised = (text: string): string =>
  byChance.reduce((said, [pattern, word]) => said.replace(pattern, word), text);

/** Every claim with what was expected and seen, a line each, sorted. */
export function evidenceOf(scenarios: Readonly<Record<string, { readonly claims: readonly Claim[] }>>): string[] {
  return Object.values(scenarios)
    .flatMap(({ claims }) => claims)
    .map(({ id, node, claim, expected, observed, ok }) =>
      normalised([id, node, claim, expected, observed, ok ? "holds" : "fails"].join(" | ")),
    )
    .toSorted();
}
