import { type Backend, backendOf } from "../backends.ts";
import type { NodeFacts, PodFacts } from "../facts.ts";
import type { Hop } from "../journey/journey.ts";
import type { Protocol } from "../journey/marked.ts";
import type { Observations } from "../observation.ts";
import { linkWith, parseLinks } from "../parse/ip.ts";

/** All that is known about a packet that was lost. */
export interface Scene {
  readonly protocol: Protocol;
  readonly from: PodFacts;
  readonly to: PodFacts;
  /** The sender's node and, where that is another, the receiver's. */
  readonly nodes: readonly NodeFacts[];
  /** Where it was seen last; none when it never left its pod. */
  readonly last?: Hop;
  /** Reports of nodes/observe/watched.sh, in the order of the nodes. */
  readonly reports: readonly Observations[];
  /** How packets are carried between nodes. @default vxlan */
  readonly backend?: Backend | undefined;
  /** Report of nodes/observe/cluster.sh: what each node's flanneld announced. @default nobody knows */
  readonly cluster?: Observations;
}

/** What was printed under this id; empty where it was not observed, or failed. */
export function seenAs(report: Observations, id: string): string {
  const found = report.observations.find((one) => one.id === id);
  return found === undefined || found.exit !== 0 ? "" : found.output;
}

/** Name of the interface by which a node sends to other nodes' pods, and gets what comes from them. */
export function outwardOf({ backend = backendOf(), nodes }: Scene, report: Observations): string {
  if (backend.tunnel !== undefined) return backend.tunnel.device;
  const node = nodes.find(({ name }) => name === report.node);
  try {
    return linkWith(parseLinks(seenAs(report, "addresses")), node ?? { name: report.node, address: "" }).name;
  } catch {
    // What the node did not tell is nobody's cause.
    return "eth0";
  }
}

/** The node on which the packet was seen last: what has lost it is there. */
export const placeOfLoss = ({ last, from }: Scene): string => last?.machine ?? from.node;

/** The pod of the two that runs on a node; on a node with both the sender, until the packet has left it. */
export const podsOn = ({ from, to }: Scene, node: string): readonly PodFacts[] =>
  [from, to].filter((pod) => pod.node === node);

/** One word of a shell, with quotes only where it needs them. */
export const word = (text: string): string =>
  /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
