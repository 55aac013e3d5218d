import type { Hop } from "./journey.ts";

/** An address that was another one on the interface before. */
export interface Translation {
  readonly leg: Hop["leg"];
  /** The machine that changed it, and the interface on which it was first seen changed. */
  readonly machine: string;
  readonly interface: string;
  readonly direction: Hop["direction"];
  readonly what: "source" | "destination";
  readonly was: string;
  readonly is: string;
}

/** Every change of an address along the way, in order. An error that is sent back has addresses of its own. Pure. */
export function translations(hops: readonly Hop[]): readonly Translation[] {
  return hops.flatMap((hop, index) => {
    const before = hops[index - 1];
    if (before === undefined || before.leg !== hop.leg || before.kind !== hop.kind) return [];
    const { leg, machine, direction } = hop;
    return (["source", "destination"] as const)
      .filter((what) => before[what] !== hop[what])
      .map((what) => ({ leg, machine, interface: hop.interface, direction, what, was: before[what], is: hop[what] }));
  });
}
