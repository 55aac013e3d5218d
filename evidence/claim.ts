/** A sentence a learner should believe, and the command on a node that proves it. */
export interface Claim {
  /** Stable, readable: "container-to-container/same-network-namespace". */
  readonly id: string;
  /** The sentence. */
  readonly claim: string;
  /** Name of the node the command ran on. */
  readonly node: string;
  /** When the node had been looked at, UTC, ISO 8601; every claim from a report has it. */
  readonly at?: string;
  /** The exact command, as it could be typed on that node. */
  readonly command: string;
  /** Its raw output. */
  readonly output: string;
  readonly expected: string;
  /** What was read from the output. */
  readonly observed: string;
  readonly ok: boolean;
}
