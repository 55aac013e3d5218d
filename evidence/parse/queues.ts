import { parseSections } from "./sections.ts";

export interface Queue {
  /** Name of the network namespace, or "" for the node's own. */
  readonly namespace: string;
  readonly device: string;
  /** Kind of the queueing discipline. */
  readonly kind: string;
  readonly handle: string;
  /** Packets since it was made. */
  readonly dropped: number;
  /** What it was told: "rate 200Kbit burst 32Kb". */
  readonly options: string;
}

/** `tc -s qdisc` of the node, and of each pod's network namespace below its name. */
export function parseQueues(text: string): Queue[] {
  const { before, named } = parseSections(text);
  return [["", before] as const, ...named].flatMap(([namespace, part]) =>
    [...part.matchAll(/^qdisc (\S+) (\S+) dev (\S+) (.*)\n(?: Sent .*\(dropped (\d+))?/gm)].map(
      ([, kind = "", handle = "", device = "", options = "", dropped]) => ({
        namespace,
        device,
        kind,
        handle,
        dropped: Number(dropped ?? 0),
        options: options.replace(/^(root|parent \S+)\s*(refcnt \d+)?\s*/, "").trim(),
      }),
    ),
  );
}
