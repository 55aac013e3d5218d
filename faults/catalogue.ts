import type { Carrier } from "../evidence/backends.ts";
import { carryingBy } from "./carrying.ts";
import { agents } from "./catalogue/agents.ts";
import { bridge } from "./catalogue/bridge.ts";
import { carried } from "./catalogue/carried.ts";
import { filter } from "./catalogue/filter.ts";
import { overlay } from "./catalogue/overlay.ts";
import { pods } from "./catalogue/pods.ts";
import { routing } from "./catalogue/routing.ts";
import type { Fault } from "./fault.ts";

/** Every fault that there is, in the order of a packet's way, with the names and numbers of a lab whose packets are carried so. Pure. */
export function catalogueOf(carrier?: Carrier): readonly Fault[] {
  const frames = carryingBy("frame", carrier);
  return [
    ...pods(frames),
    ...bridge,
    ...routing(frames),
    ...filter(frames),
    ...overlay(frames),
    ...carried(carryingBy("packet", carrier)),
    ...agents,
  ];
}

/** The same with the usual backend: for what is the same with any, such as a name. */
export const catalogue = catalogueOf();

export const faultNamed = (name: string, carrier?: Carrier): Fault | undefined =>
  (carrier === undefined ? catalogue : catalogueOf(carrier)).find((fault) => fault.name === name);
