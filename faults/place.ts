import type { PodFacts } from "../evidence/facts.ts";
import type { FaultIn } from "../evidence/fault-in.ts";
import { faultNamed } from "./catalogue.ts";
import type { Fault, LabFacts, LabNode, Target } from "./fault.ts";
import type { Placed } from "./predict.ts";
import { stepLines } from "./step.ts";

/** What a user, or a config, may choose. */
export interface Chosen {
  /** Name of a node, or NAMESPACE/NAME of a pod. */
  readonly on?: string | undefined;
  /** The other end: name of a node, or NAMESPACE/NAME of a pod. */
  readonly towards?: string | undefined;
}

const fullName = ({ namespace, name }: PodFacts): string => `${namespace}/${name}`;

/** Where a fault goes. Pure. @throws Error saying what can be chosen */
export function place(fault: Fault, lab: LabFacts, { on, towards }: Chosen = {}): Target {
  const lesson = lessonOf(fault);
  const usual = lab.pods.filter(({ namespace }) => namespace === lesson);
  const chosen = on === undefined ? undefined : pointAt(on, lab);
  const aim = towards === undefined ? undefined : pointAt(towards, lab);
  const here = (pod: PodFacts): boolean => chosen === undefined || pod.node === chosen.node.name;
  const pod = chosen?.pod ?? usual.find(here) ?? lab.pods.find(here);
  const there = (one: PodFacts): boolean =>
    one !== pod &&
    (aim === undefined || one.node === aim.node.name) &&
    (fault.between === "near") === (one.node === pod?.node);
  const other = aim?.pod ?? usual.find(there) ?? lab.pods.find(there);
  if (pod === undefined || other === undefined) {
    const names = [...lab.nodes.map(({ name }) => name), ...lab.pods.map(fullName)].join(", ");
    throw new Error(
      `${fault.name} needs a pod at each end, and there is none ${pod === undefined ? `on ${on ?? "any node"}` : `towards ${towards ?? "any node"}`}; choose among ${names}`,
    );
  }
  const node = chosen?.node ?? nodeOf(pod, lab);
  return { node, pod, other, peer: nodeOf(other, lab) };
}

const lessonOf = ({ between }: Fault): string =>
  between === "near" ? "pod-to-pod-single-node" : "pod-to-pod-multi-node";

/** Every place where a fault can be, those left out that would make the same changes. Pure. */
export function everyPlace(fault: Fault, lab: LabFacts): readonly Target[] {
  // The usual places first.
  const lesson = lessonOf(fault);
  const all = lab.pods.toSorted((one, other) => Number(other.namespace === lesson) - Number(one.namespace === lesson));
  const targets = lab.nodes.flatMap((node) => {
    const own = all.filter((pod) => pod.node === node.name);
    // What is put in at a node needs no pod there.
    const pods = own.length === 0 && fault.on !== "pod" ? all.slice(0, 1) : own;
    return pods.flatMap((pod) =>
      all
        .filter((other) => other !== pod && (fault.between === "near") === (other.node === node.name))
        .map((other): Target => ({ node, pod, other, peer: nodeOf(other, lab) })),
    );
  });
  const changes = targets.map((target) => target.node.name + stepLines(fault.steps(target)));
  return targets.filter((_, index) => changes.indexOf(changes[index] ?? "") === index);
}

function nodeOf({ node }: PodFacts, { nodes }: LabFacts): LabNode {
  const found = nodes.find(({ name }) => name === node);
  if (found === undefined) throw new Error(`the lab has no node ${node}`);
  return found;
}

function pointAt(word: string, lab: LabFacts): { readonly node: LabNode; readonly pod?: PodFacts } {
  const node = lab.nodes.find(({ name }) => name === word);
  if (node !== undefined) return { node };
  const pod = lab.pods.find((one) => fullName(one) === word);
  if (pod !== undefined) return { node: nodeOf(pod, lab), pod };
  throw new Error(
    `"${word}" is no node or pod; choose among ${[...lab.nodes.map(({ name }) => name), ...lab.pods.map(fullName)].join(", ")}`,
  );
}

/** A target as a node's record has it. Pure. */
export function paramsOf({ node, peer, pod, other }: Target): Record<string, string> {
  return { node: node.name, peer: peer.name, pod: fullName(pod), other: fullName(other) };
}

/** The faults of those records that can still be seen, at their places. What the catalogue or the lab no longer has is left out. Pure. */
export function placedFrom(records: readonly FaultIn[], lab: LabFacts): readonly Placed[] {
  return records.flatMap(({ name, params, seen }): Placed[] => {
    const fault = faultNamed(name, lab.backend);
    const node = lab.nodes.find((one) => one.name === params["node"]);
    const peer = lab.nodes.find((one) => one.name === params["peer"]);
    const pod = lab.pods.find((one) => fullName(one) === params["pod"]);
    const other = lab.pods.find((one) => fullName(one) === params["other"]);
    if (!seen || !fault || !node || !peer || !pod || !other) return [];
    return [{ fault, target: { node, peer, pod, other } }];
  });
}
