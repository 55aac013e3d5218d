import type { Hop } from "../../evidence/journey/journey.ts";
import { columns, paint } from "./say.ts";

/** One packet and its answer, one row a hop, within 80 columns. Pure, but for colour. */
export function renderJourney(namespace: string, hops: readonly Hop[]): string[] {
  const first = hops[0];
  if (first === undefined) return [];
  const rows = hops.map(({ leg, machine, interface: device, direction, ttl, micros, outer }, index) => [
    hops[index - 1]?.leg === leg ? "" : leg,
    machine,
    device,
    direction,
    `${Math.round(micros)} µs`.padStart(8),
    `TTL ${ttl}`,
    outer === undefined
      ? ""
      : outer.destinationPort === undefined
        ? `IP to ${outer.destination}`
        : `${outer.sealed ? "encrypted, " : ""}${outer.vni === undefined ? "" : `VXLAN ${outer.vni}, `}UDP to ${outer.destination}:${outer.destinationPort}`,
  ]);
  const aligned = hops.some((one) => one.aligned)
    ? ["  times of the second machine are shifted to fit: its clock is another"]
    : [];
  return [
    `${namespace}: ${first.source} to ${first.destination} and back`,
    ...columns(rows).map((line) => `  ${line}`),
    ...aligned,
  ];
}

/** All journeys, under one heading. */
export function renderJourneys(journeys: Readonly<Record<string, readonly Hop[]>>): string[] {
  const lines = Object.entries(journeys).flatMap(([namespace, hops]) => renderJourney(namespace, hops));
  return lines.length === 0 ? [] : [paint("bold", "One packet, hop by hop"), ...lines.map((line) => `  ${line}`), ""];
}
