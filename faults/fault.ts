import type { Carrier, Manner } from "../evidence/backends.ts";
import type { About, ClaimKind } from "../evidence/kinds.ts";
import type { PodFacts } from "../evidence/facts.ts";
import type { Protocol } from "../evidence/journey/marked.ts";
import type { Text } from "../evidence/language.ts";
import type { Step } from "./step.ts";

/** A node, as far as a fault must know it. */
export interface LabNode {
  readonly name: string;
  /** IPv4 address in the lab's own network. */
  readonly address: string;
  readonly role: string;
}

/** What is known of the lab that a fault is put into. */
export interface LabFacts {
  /** The control plane first. */
  readonly nodes: readonly LabNode[];
  /** The lessons' pods. */
  readonly pods: readonly PodFacts[];
  /** How packets are carried between nodes. @default vxlan */
  readonly backend?: Carrier;
  /** Names of the nodes on which the cluster's DNS runs. @default not known: what rests on it may fail or hold */
  readonly dns?: readonly string[];
}

/** Where a fault is put in. */
export interface Target {
  /** Its steps run on this node. */
  readonly node: LabNode;
  /** The node at the other end. */
  readonly peer: LabNode;
  /** A pod of the node. */
  readonly pod: PodFacts;
  /** The pod that it talks to. */
  readonly other: PodFacts;
}

/** The places of a packet's way, in order. Between pods of one node it passes the first three and the last. */
export const places = [
  "nowhere",
  "pod in",
  "bridge in",
  "vtep out",
  "wire out",
  "wire in",
  "vtep in",
  "bridge out",
  "pod out",
] as const;
export type Place = (typeof places)[number];

/** One end of a packet's way. */
export interface End {
  /** Name of its node. */
  readonly node: string;
  /** @default a replica of the cluster's DNS */
  readonly pod?: PodFacts;
}

/** A packet on one way: an answer is another packet. */
export interface Packet {
  readonly from: End;
  readonly to: End;
  readonly protocol: Protocol;
  /** As large as the pods' MTU allows. */
  readonly large: boolean;
  /** Its address was a Service's, which the sender's node has translated; or it is the answer to such a packet. */
  readonly service: boolean;
  /** It answers another one. */
  readonly answer: boolean;
}

/** A claim that fails by itself, whether or not packets get through; the lesson is named where claims are about pods, whose names others may have. */
export type Blame = {
  readonly [K in ClaimKind]: { readonly kind: K; readonly about?: Partial<About<K>>; readonly lesson?: string };
}[ClaimKind];

/** What a trace names as the reason: see evidence/. */
export type Cause = "rule" | "kernel" | "route" | "device" | "qdisc" | "entry" | "setting";

/** One thing that can be broken: what it does to a node, and what must be seen then. */
export interface Fault {
  readonly name: string;
  readonly title: Text;
  /** How it comes about in real life, and what it does. */
  readonly story: Text;
  /** 1: the first look at the right place shows it; 2: two tables must be compared; 3: everything looks right. */
  readonly level: 1 | 2 | 3;
  /** The part of the network that it touches. */
  readonly touches: "pod" | "bridge" | "routing" | "filter" | "overlay" | "wire" | "services" | "agents";
  /** What `--on` chooses: a pod, a node, or a node and its peer. */
  readonly on: "pod" | "node" | "path";
  /** Whose pods it is put in at where nobody chooses: those of the lesson across nodes, or those of the lesson on one node. @default across */
  readonly between?: "across" | "near";
  /** Only where packets are carried so: it is about a device, an entry or a port of that. @default however they are carried */
  readonly manners?: readonly Manner[];
  /** Only on this platform: another kernel is needed. @default every platform */
  readonly only?: "vm";
  /** It mends itself before anybody has looked around: no exercise. @default it stays */
  readonly brief?: true;
  /** Seconds after which the node always mends it: longer, and the cluster would lose what no mending brings back. No exercise. @default no limit */
  readonly atMost?: number;
  /** How long it stays by itself. */
  readonly lasts: Text;
  readonly steps: (target: Target) => readonly Step[];
  /** Where the packet is seen last; undefined: it passes; "perhaps": what the kernel remembers decides; "some": of many, some get lost. */
  readonly loses?: (packet: Packet, target: Target) => Place | "perhaps" | "some" | undefined;
  /** The claims that speak of the cause. */
  readonly breaks?: (target: Target) => readonly Blame[];
  /** Of those, kinds that are looked at only after packets have passed, or that an agent repairs: they may hold as well. @default none */
  readonly may?: (target: Target) => readonly Blame[];
  /** A trace may end at the place before or after, as the kernel still remembers a neighbour or no longer does. @default false */
  readonly lastHopVaries?: true;
  /** What the trace of a lost packet names. @default nothing is lost */
  readonly cause?: Cause;
  /** From the first nudge to the command that shows it. */
  readonly hints: readonly [Text, Text, ...Text[]];
  /** How to mend it by hand. */
  readonly mend: Text;
}
