import { type Backend, hasTables } from "../evidence/backends.ts";
import type { ClusterView, NodeView, PodView } from "./cluster-view.ts";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

export interface PodPlace {
  readonly pod: PodView;
  readonly card: Box;
  /** Where the cable leaves the card. */
  readonly eth0: Point;
  /** The other end of the cable. */
  readonly veth: Point;
}

export interface NodePlace {
  readonly node: NodeView;
  readonly box: Box;
  readonly pods: readonly PodPlace[];
  readonly cni0: Box;
  /** Not an interface: where the node looks an address up in its routes. */
  readonly routing: Box;
  /** What wraps packets for other nodes. @default nothing does: eth0 has the table of next hops instead */
  readonly vtep?: Box;
  readonly eth0: Box;
  /** Cables run along this side of the cards, so that the text has the other. */
  readonly side: "left" | "right";
  /** The column in which the tunnel's packets go up and down. */
  readonly x: number;
}

/** A node without pods of the lessons: its end of the tunnel is all that matters. */
export interface SmallPlace {
  readonly node: NodeView;
  readonly box: Box;
  /** Room for all of it in one line. */
  readonly flat: boolean;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly NodePlace[];
  readonly small: readonly SmallPlace[];
  /** The machines' network, a line. */
  readonly wire: { readonly y: number; readonly from: number; readonly to: number };
}

export const padding = 12;
const gap = 24;
const card = { width: 148, height: 110, gap: 12 };
/** Of the cables: this far from the card's edge. */
const inset = 16;
/** What the page is wide on a screen of 1280: there the picture has its natural size. */
const pageWidth = 1214;
/** Beside a node's text runs its packets' column. */
export const column = 38;
/** Of the tables' type, a fixed pitch. */
export const character = 6.35;
/** Between the columns of a table: an arrow. */
const arrowGap = 18;
export const rowHeight = 13.5;
/** Heights of what stands above a table's first row in its box. */
export const tops = { routing: 22, vtep: 39 };

/** Heights, from a node's upper edge down. Rows of tables come on top. */
const heights = { cards: 34, cables: 28, cni0: 36, eth0: 26, between: 8, tableEnd: 5, toWire: 23, underWire: 16 };
const smallHeights = { flat: 28, tall: 58 };
/** Routes stand side by side. */
export const routeColumns = 2;

/** Pods whose packets cross the tunnel. */
const crosses = (pod: PodView): boolean => pod.scenario === "pod-to-pod-multi-node";

/** The sender's node is on the left of the receiver's, and the packet goes the way that one reads. */
function order({ pods, role }: NodeView): number {
  const ends = pods.filter(crosses).map(({ end }) => end);
  return ends.includes("from") ? 0 : ends.includes("to") ? 1 : isControlPlane({ role }) ? 3 : 2;
}

/** A fixed design: nodes with pods side by side, their parts one below the other as a packet passes them; the others under the wire. */
export function layOut({ nodes, backend }: ClusterView): Layout {
  const large = nodes.filter(({ pods }) => pods.length > 0).toSorted((one, other) => order(one) - order(other));
  const small = nodes.filter(({ pods }) => pods.length === 0);
  const widths = evenOut(
    large.map((node) => leastWidth(node, backend)),
    pageWidth - gap * (large.length - 1),
  );
  const width = sum(widths) + gap * Math.max(0, large.length - 1);

  const lastCrossing = large.findLastIndex(({ pods }) => pods.some(crosses));
  let x = 0;
  const places = large.map((node, at) => {
    const own = widths[at] ?? 0;
    // The packets' columns face each other: the way between the machines stays short.
    const side = node.pods.some(crosses) && at !== lastCrossing ? "right" : "left";
    const place = placeNode(node, x, own, side, backend);
    x += own + gap;
    return place;
  });

  const bottom = Math.max(0, ...places.map(({ box }) => box.y + box.height));
  const wire = { y: bottom + heights.toWire, from: 0, to: width };
  const each = (width + gap) / Math.max(1, small.length) - gap;
  const flat = each > 560;
  const smallHeight = flat ? smallHeights.flat : smallHeights.tall;
  const under = small.map((node, at) => ({
    node,
    flat,
    box: { x: at * (each + gap), y: wire.y + heights.underWire, width: Math.min(each, 600), height: smallHeight },
  }));
  return {
    width,
    height: wire.y + heights.underWire + (small.length > 0 ? smallHeight + 2 : 0),
    nodes: places,
    small: under,
    wire,
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((one, other) => one + other, 0);

const widthOf = (values: readonly (string | undefined)[]): number =>
  Math.max(...values.map((value) => value?.length ?? 0)) * character;

/** How wide each column of what is looked up is: the other node, its next hop, that one's MAC, and, where that is a device's, the machine. */
export function tableWidths({ ways }: NodeView, backend: Backend): number[] {
  if (!hasTables(backend)) return [];
  const { tunnel } = backend;
  return [
    widthOf(ways.map(({ node }) => node)),
    widthOf(ways.map(({ neighbour }) => neighbour)),
    widthOf(["ip neigh", ...ways.map(({ mac }) => mac)]),
    ...(tunnel === undefined ? [] : [widthOf(["bridge fdb", ...ways.map(({ machine }) => machine)])]),
  ];
}

/** A route as it is written in the picture, and the node that it leads to. */
export interface RouteRow {
  readonly node: string;
  readonly text: string;
}

/** The routes to pods that were read on a node: its own pods' first. */
export function routeRows({ name, podCidr, podDevice, podRoute, ways }: NodeView): RouteRow[] {
  const own =
    podCidr !== undefined && podDevice !== undefined ? [{ node: name, text: `${podCidr} dev ${podDevice}` }] : [];
  return [
    ...own,
    ...(podRoute === undefined ? [] : [{ node: "others", text: `${podRoute.destination} dev ${podRoute.device}` }]),
    ...ways.flatMap(({ node, podCidr: cidr, via }) =>
      cidr === undefined || via === undefined ? [] : [{ node, text: `${cidr} via ${via}` }],
    ),
  ];
}

export const routeWidth = (node: NodeView): number =>
  widthOf(["", ...routeRows(node).map(({ text }) => text)]) + arrowGap;

function leastWidth(node: NodeView, backend: Backend): number {
  const cards = node.pods.length * (card.width + card.gap) - card.gap;
  const tables = Math.max(sum(tableWidths(node, backend)) + 3 * arrowGap, routeColumns * routeWidth(node));
  return 2 * padding + Math.max(cards, column + 12 + tables);
}

/** The narrow ones grow first, until the page is filled. */
function evenOut(least: readonly number[], available: number): number[] {
  const widths = [...least];
  for (let spare = available - sum(widths); spare > 0.5; spare = available - sum(widths)) {
    const narrow = Math.min(...widths);
    const group = widths.flatMap((width, at) => (width - narrow < 0.5 ? [at] : []));
    const next = Math.min(...widths.filter((width) => width - narrow >= 0.5), Infinity);
    const step = Math.min(next - narrow, spare / group.length);
    if (group.length === 0 || step <= 0) break;
    for (const at of group) widths[at] = (widths[at] ?? 0) + step;
  }
  return widths;
}

export const isControlPlane = ({ role }: Pick<NodeView, "role">): boolean => role === "control-plane";

function placeNode(node: NodeView, x: number, width: number, side: "left" | "right", backend: Backend): NodePlace {
  const { tunnel } = backend;
  const inner = { x: x + padding, width: width - 2 * padding };
  const pitch = card.width + card.gap;
  const pods = [...node.pods].sort(
    (one, other) => (Number(crosses(one)) - Number(crosses(other))) * (side === "right" ? 1 : -1),
  );
  const cards = inner.width - (pods.length * pitch - card.gap);
  const first = side === "right" ? inner.x + cards : inner.x;
  const places = pods.map((pod, at): PodPlace => {
    const box = { x: first + at * pitch, y: heights.cards, width: card.width, height: card.height };
    const end = side === "right" ? box.x + box.width - inset : box.x + inset;
    return {
      pod,
      card: box,
      eth0: { x: end, y: box.y + box.height },
      veth: { x: end, y: box.y + box.height + heights.cables / 2 },
    };
  });
  let y = heights.cards + card.height + heights.cables;
  /** The next box downwards. */
  const below = (height: number): Box => {
    const box = { ...inner, y, height };
    y += height + heights.between;
    return box;
  };
  const table = tops.vtep + node.ways.length * rowHeight + heights.tableEnd;
  const rows = Math.max(1, Math.ceil(routeRows(node).length / routeColumns));
  return {
    node,
    side,
    pods: places,
    cni0: below(heights.cni0),
    routing: below(tops.routing + rows * rowHeight + heights.tableEnd),
    ...(tunnel !== undefined && { vtep: below(hasTables(backend) ? table : heights.eth0) }),
    eth0: below(tunnel === undefined ? table : heights.eth0),
    box: { x, y: 0, width, height: y - heights.between + padding },
    x: side === "right" ? inner.x + inner.width - inset : inner.x + inset,
  };
}
