import { type Hop, placeOf } from "../evidence/journey/journey.ts";
import type { Layout, NodePlace, Point, PodPlace } from "./layout.ts";

/** An interface in the picture. */
export interface Stop {
  /** The id of its element. */
  readonly id: string;
  readonly at: Point;
}

/** How a packet got to a hop: the line to it, and how far that is from the journey's beginning. */
export interface Step {
  readonly stop: Stop;
  readonly line: readonly Point[];
  readonly distance: number;
}

export interface Route {
  /** From the sending pod on, there and back, as far as the packet was seen. */
  readonly line: readonly Point[];
  readonly steps: readonly Step[];
}

export const stopIds = {
  veth: (node: number, pod: number): string => `n${node}-veth${pod}`,
  bridge: (node: number): string => `n${node}-cni0`,
  vtep: (node: number): string => `n${node}-vtep`,
  wire: (node: number): string => `n${node}-eth0`,
};

/** What a node looks up on the way into the tunnel, in this order; on the way to its own pods the first alone. */
export const tables = ["route", "neighbour", "fdb"] as const;

/** The id of an entry about another node. */
export const entryId = (node: string, other: string, table: (typeof tables)[number]): string =>
  `entry-${table}-${node}-${other}`.replaceAll(/[^A-Za-z0-9-]+/g, "_");

/** In a bridge, frames run along a line of their own, above its text. */
export const bridgeLine = 11;

interface Standing {
  readonly node: NodePlace;
  readonly index: number;
}

/** The journey's way through the picture. undefined when one of its interfaces is not in it. */
export function routeOf(layout: Layout, hops: readonly Hop[]): Route | undefined {
  const nodeOf = (machine: string): Standing | undefined => {
    const index = layout.nodes.findIndex(({ node }) => node.name === machine);
    const node = layout.nodes[index];
    return node && { node, index };
  };
  const podAt = (ip: string): PodPlace | undefined =>
    layout.nodes.flatMap(({ pods }) => pods).find(({ pod }) => pod.ip === ip);

  const steps: Step[] = [];
  const line: Point[] = [];
  let distance = 0;
  for (const [at, hop] of hops.entries()) {
    const place = nodeOf(hop.machine);
    const stop = place && stopOf(place, hop, podAt);
    if (place === undefined || stop === undefined) return undefined;
    const before = steps.at(-1);
    const way: Point[] = [];
    if (hop.leg !== hops[at - 1]?.leg) {
      // A leg begins in a pod: the reply's where the request ended.
      const pod = podAt(hop.source);
      if (pod === undefined) return undefined;
      if (before !== undefined) way.push(before.stop.at);
      way.push(pod.eth0);
    } else if (before !== undefined) {
      way.push(before.stop.at);
      // Between machines along the wire; between the columns of one machine along the bridge.
      if (hops[at - 1]?.machine !== hop.machine) {
        way.push({ x: before.stop.at.x, y: layout.wire.y }, { x: stop.at.x, y: layout.wire.y });
      } else if (before.stop.at.x !== stop.at.x) {
        way.push(
          { x: before.stop.at.x, y: place.node.cni0.y + bridgeLine },
          { x: stop.at.x, y: place.node.cni0.y + bridgeLine },
        );
      }
    }
    way.push(stop.at);
    distance += length(way);
    if (line.length === 0) line.push(...way);
    else line.push(...way.slice(1));
    steps.push({ stop, line: way, distance });
  }
  return { line, steps };
}

function stopOf({ node, index }: Standing, hop: Hop, podAt: (ip: string) => PodPlace | undefined): Stop | undefined {
  const { x, cni0, vtep, eth0 } = node;
  const place = placeOf(hop);
  if (place === "wire") return { id: stopIds.wire(index), at: { x, y: eth0.y + eth0.height / 2 } };
  if (place === "vtep") return vtep && { id: stopIds.vtep(index), at: { x, y: vtep.y + 13 } };
  if (hop.interface === "cni0") {
    // Below the cable that the frame comes from, or goes to.
    const pod = podAt(hop.direction === "in" ? hop.source : hop.destination);
    return { id: stopIds.bridge(index), at: { x: pod?.veth.x ?? x, y: cni0.y + bridgeLine } };
  }
  const at = node.pods.findIndex(({ pod }) => pod.veth?.name === hop.interface);
  const pod = node.pods[at];
  return pod && { id: stopIds.veth(index, at), at: pod.veth };
}

const length = (line: readonly Point[]): number =>
  line.slice(1).reduce((sum, point, at) => sum + Math.hypot(point.x - line[at]!.x, point.y - line[at]!.y), 0);

/** For the `d` of a path. */
export function pathOf(line: readonly Point[]): string {
  return line.map(({ x, y }, at) => `${at === 0 ? "M" : "L"}${round(x)} ${round(y)}`).join("");
}

export const round = (number: number): number => Math.round(number * 10) / 10;
