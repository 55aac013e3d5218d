import { type BackendName, type BackendOptions, carrierKey } from "./backends.ts";
import type { Hop } from "./journey/journey.ts";

/** What is measured between two pods, in one round. */
export interface Round {
  /** Microseconds there and back: of a thousand pings the middle one, and the one that 99 of 100 do not exceed. */
  readonly median: number;
  readonly late: number;
  /** Bits a second that arrived. */
  readonly tcp: number;
  readonly udp: number;
  /** Percent of the datagrams that did not arrive. */
  readonly udpLost: number;
  /** Seconds that the machines worked for each gigabit that arrived, less what they do anyway. */
  readonly tcpWork: number;
  readonly udpWork: number;
}

export type Figure = keyof Round;
export const figures = ["median", "late", "tcp", "udp", "udpLost", "tcpWork", "udpWork"] as const satisfies Figure[];

/** Two pods of one node, or of two. */
export type Way = "near" | "across";
export const ways = ["near", "across"] as const satisfies Way[];

/** One backend, as it was on the lab's machines. */
export interface Measured {
  readonly backend: BackendName;
  /** What was set beside its name. @default nothing */
  readonly options?: BackendOptions;
  /** The claims about the lab that held, of all. */
  readonly claims: { readonly held: number; readonly all: number };
  /** Bytes, as a pod has it. */
  readonly mtu: number;
  /** One packet between pods of two nodes, and its answer. */
  readonly journey: readonly Hop[];
  readonly rounds: Readonly<Record<Way, readonly Round[]>>;
}

/** Its name, with what was set beside it: `vxlan vni=42`. */
export const called = ({ backend, options }: Measured): string => carrierKey({ name: backend, ...options });

/** Backends on the same machines, one after the other. */
export interface Comparison {
  readonly lab: string;
  /** UTC, ISO 8601. */
  readonly at: string;
  readonly machines: {
    readonly nodes: number;
    /** How many kernels they have between them. */
    readonly kernels: number;
    readonly release: string;
    /** Of one node, which may be those of all. */
    readonly processors: number;
  };
  readonly measured: readonly Measured[];
  /** The first one measured once more at the end. @default the lab had none of them before */
  readonly again?: Measured;
}

/** Of an odd number the middle one, of an even one the mean of the two. @throws Error where there is none */
export function middle(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  if (low === undefined || high === undefined) throw new Error("of no values there is none in the middle");
  return (low + high) / 2;
}

/** The one that this part of all does not exceed. @throws Error where there is none */
export function quantile(values: readonly number[], part: number): number {
  const found = values.toSorted((one, other) => one - other)[Math.ceil(values.length * part) - 1];
  if (found === undefined) throw new Error("of no values none can be chosen");
  return found;
}

/** What stands for all rounds of a backend. */
export const figureOf = ({ rounds }: Measured, way: Way, figure: Figure): number =>
  middle(rounds[way].map((round) => round[figure]));

/** How far apart values are, as a part of the middle one; 0 where there is nothing to divide by. */
export function spread(values: readonly number[]): number {
  const centre = middle(values);
  return centre === 0 ? 0 : (Math.max(...values) - Math.min(...values)) / centre;
}

/** What the machine itself makes of a figure: a difference between backends that is no larger says nothing. */
export interface Noise {
  /** How far apart the rounds of one backend are, of all backends that for which it is most. */
  readonly rounds: number;
  /** How far apart the first and the second measurement of the same backend are. */
  readonly again?: number;
}

export function noiseOf({ measured, again }: Comparison, way: Way, figure: Figure): Noise {
  const all = [...measured, ...(again === undefined ? [] : [again])];
  const first = measured.find(({ backend }) => backend === again?.backend);
  return {
    rounds: Math.max(...all.map(({ rounds }) => spread(rounds[way].map((round) => round[figure])))),
    ...(again !== undefined &&
      first !== undefined && { again: spread([first, again].map((one) => figureOf(one, way, figure))) }),
  };
}

/** Whichever is more. */
export const largest = ({ rounds, again = 0 }: Noise): number => Math.max(rounds, again);

/** On its way there, as it is on the wire. */
export const onWire = ({ journey }: Pick<Measured, "journey">): Hop | undefined =>
  journey.find(({ leg, outer, bare }) => leg === "request" && (outer !== undefined || bare === true));
