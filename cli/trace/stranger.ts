import type { PodFacts } from "../../evidence/facts.ts";
import type { Journey } from "./follow.ts";

/** A pod that a packet reached which was meant for another one of the same address. */
export interface Stranger {
  readonly machine: string;
  /** The interface of its node by which the packet was handed to it, and the one of the pod that was meant. */
  readonly interface: string;
  readonly expected: string;
  /** NAMESPACE/NAME, where the CNI plugin wrote it down. */
  readonly pod?: string;
}

/** Whether the packet left its last node by the interface of the pod that it was for, by what the CNI plugin wrote down of each pod. Pure. */
export function strangerOf({ steps, veths }: Pick<Journey, "steps" | "veths">, to: PodFacts): Stranger | undefined {
  const last = steps.map(({ hop }) => hop).findLast(({ leg, direction }) => leg === "request" && direction === "out");
  const own = veths.filter(({ machine, uid }) => machine === to.node && uid === to.uid);
  const meant = own.at(-1)?.veth;
  if (last?.machine !== to.node || meant === undefined || own.some(({ veth }) => veth === last.interface))
    return undefined;
  const pod = veths.find(({ machine, veth }) => machine === last.machine && veth === last.interface)?.pod;
  return { machine: last.machine, interface: last.interface, expected: meant, ...(pod !== undefined && { pod }) };
}
