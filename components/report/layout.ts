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
  readonly vtep: Box;
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
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly NodePlace[];
  readonly small: readonly SmallPlace[];
  /** The machines' network, a line. */
  readonly wire: { readonly y: number; readonly from: number; readonly to: number };
}

export const padding = 16;
const gap = 24;
const card = { width: 156, height: 156, gap: 12 };
/** Of the cables: this far from the card's edge. */
const inset = 16;
const pageWidth = 1160;
/** Beside a node's text runs its packets' column. */
const column = 40;
/** Of the tables' type, a fixed pitch. */
const character = 6.35;
/** Between the columns of the three tables: an arrow. */
const arrowGap = 24;
const rowHeight = 18;
const smallHeight = 86;

/** Heights from a node's upper edge. The tables' rows come on top, one for each other node. */
const heights = { cards: 52, cables: 60, cni0: 52, vtep: 58, eth0: 34, between: 18 };

/** The tunnel's two ends, in the picture's order: which pods' packets cross it. */
const crosses = (pod: PodView): boolean => pod.scenario === "pod-to-pod-multi-node";

/** A fixed design: nodes with pods side by side, their parts one below the other as a packet passes them; the others under the wire. */
export function layOut({ nodes }: ClusterView): Layout {
  const large = nodes.filter(({ pods }) => pods.length > 0).toSorted((one, other) => Number(isControlPlane(one)) - Number(isControlPlane(other)));
  const small = nodes.filter(({ pods }) => pods.length === 0);
  const widths = evenOut(large.map(leastWidth), pageWidth - gap * (large.length - 1));
  const width = sum(widths) + gap * Math.max(0, large.length - 1);

  const lastCrossing = large.findLastIndex(({ pods }) => pods.some(crosses));
  let x = 0;
  const places = large.map((node, at) => {
    const own = widths[at] ?? 0;
    // The packets' columns face each other: the way between the machines stays short.
    const side = node.pods.some(crosses) && at !== lastCrossing ? "right" : "left";
    const place = placeNode(node, x, own, side, nodes.length - 1);
    x += own + gap;
    return place;
  });

  const bottom = Math.max(0, ...places.map(({ box }) => box.y + box.height));
  const wire = { y: bottom + 44, from: 0, to: width };
  const each = Math.min(276, (width + gap) / Math.max(1, small.length) - gap);
  const under = small.map((node, at) => ({
    node,
    box: { x: at * (each + gap), y: wire.y + 28, width: each, height: smallHeight },
  }));
  return { width, height: wire.y + 28 + (small.length > 0 ? smallHeight + 2 : 0), nodes: places, small: under, wire };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((one, other) => one + other, 0);

/** How wide each of the three tables' columns is: route, neighbour, FDB. */
export function tableWidths({ ways }: NodeView): number[] {
  const longest = (values: readonly (string | undefined)[], title: string): number =>
    Math.max(title.length, ...values.map((value) => value?.length ?? 0)) * character;
  return [
    longest(ways.map(({ podCidr }) => podCidr), "ip route"),
    longest(ways.map(({ mac }) => mac), "ip neigh"),
    longest(ways.map(({ machine }) => machine), "bridge fdb"),
  ];
}

function leastWidth(node: NodeView): number {
  const cards = node.pods.length * (card.width + card.gap) - card.gap;
  return 2 * padding + Math.max(cards, column + 12 + sum(tableWidths(node)) + 2 * arrowGap);
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

function placeNode(node: NodeView, x: number, width: number, side: "left" | "right", others: number): NodePlace {
  const inner = { x: x + padding, width: width - 2 * padding };
  const pitch = card.width + card.gap;
  const pods = [...node.pods].sort((one, other) => (Number(crosses(one)) - Number(crosses(other))) * (side === "right" ? 1 : -1));
  const cards = inner.width - (pods.length * pitch - card.gap);
  const first = side === "right" ? inner.x + cards : inner.x;
  const cniTop = heights.cards + card.height + heights.cables;
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
  const vtepTop = cniTop + heights.cni0 + heights.between;
  const vtepHeight = heights.vtep + others * rowHeight;
  const eth0Top = vtepTop + vtepHeight + heights.between;
  const cable = side === "right" ? inner.x + inner.width - inset : inner.x + inset;
  return {
    node,
    side,
    box: { x, y: 0, width, height: eth0Top + heights.eth0 + padding },
    pods: places,
    cni0: { ...inner, y: cniTop, height: heights.cni0 },
    vtep: { ...inner, y: vtepTop, height: vtepHeight },
    eth0: { ...inner, y: eth0Top, height: heights.eth0 },
    x: cable,
  };
}
