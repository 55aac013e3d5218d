import { agents } from "./catalogue/agents.ts";
import { bridge } from "./catalogue/bridge.ts";
import { carried } from "./catalogue/carried.ts";
import { filter } from "./catalogue/filter.ts";
import { overlay } from "./catalogue/overlay.ts";
import { pods } from "./catalogue/pods.ts";
import { routing } from "./catalogue/routing.ts";
import type { Fault } from "./fault.ts";

/** Every fault that there is, in the order of a packet's way. */
export const catalogue: readonly Fault[] = [
  ...pods,
  ...bridge,
  ...routing,
  ...filter,
  ...overlay,
  ...carried,
  ...agents,
];

export const faultNamed = (name: string): Fault | undefined => catalogue.find((fault) => fault.name === name);
