import type { PodFacts } from "../evidence/facts.ts";
import type { Text } from "../evidence/language.ts";
import type { Protocol } from "../evidence/journey/marked.ts";
import type { LabFacts } from "./fault.ts";
import { lastSeen, type Placed } from "./predict.ts";

/** What is said of a fault at its place, beside what the catalogue says of it. Pure. */

export const podName = ({ namespace, name }: PodFacts): string => `${namespace}/${name}`;

/** "on k8s-worker1, towards k8s-worker2". */
export function whereIs({ fault, target: { node, peer, pod, other } }: Placed): Text {
  // Whether it is between two pods its own changes tell: nothing else would name the other one.
  const both = fault.on === "pod" && involves({ fault, target: { node, peer, pod, other } }, other);
  switch (fault.on) {
    case "node":
      return { en: `on ${node.name}`, zh: `在 ${node.name} 上` };
    case "path":
      return { en: `on ${node.name}, towards ${peer.name}`, zh: `在 ${node.name} 上，朝向 ${peer.name}` };
    case "pod":
      return {
        en: `on ${node.name}, at the pod ${podName(pod)}${both ? ` and towards ${podName(other)}` : ""}`,
        zh: `在 ${node.name} 上的 Pod ${podName(pod)}${both ? `，朝向 ${podName(other)}` : ""}`,
      };
    default: {
      const unknown: never = fault.on;
      throw new Error(`no such place: ${String(unknown)}`);
    }
  }
}

const involves = ({ fault, target }: Placed, { ip, uid }: PodFacts): boolean =>
  fault.steps(target).some((step) => step.some((word) => word.includes(uid) || word.split("/")[0] === ip));

/** A trace that shows it: between which pods a packet of which protocol gets lost; undefined: none does for certain. */
export function showing(
  placed: readonly Placed[],
  { pods }: LabFacts,
): { readonly from: PodFacts; readonly to: PodFacts; readonly protocol: Protocol } | undefined {
  const usual = placed.flatMap<readonly [PodFacts, PodFacts]>(({ target: { pod, other } }) => [
    [pod, other],
    [other, pod],
  ]);
  const all = pods.flatMap((from) => pods.filter((to) => to !== from).map((to) => [from, to] as const));
  for (const [from, to] of [...usual, ...all])
    for (const protocol of ["icmp", "tcp", "udp"] as const)
      if (lastSeen(from, to, protocol, placed) !== undefined) return { from, to, protocol };
  return undefined;
}
