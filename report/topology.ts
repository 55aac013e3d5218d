import { type Backend, hasTables } from "../evidence/backends.ts";
import type { Hop } from "../evidence/journey/journey.ts";
import type { ClusterView, NodeView } from "./cluster-view.ts";
import { label, rectangle, worded } from "./drawing.ts";
import {
  type Box,
  column,
  isControlPlane,
  type Layout,
  layOut,
  type NodePlace,
  padding,
  type PodPlace,
  routeColumns,
  routeRows,
  routeWidth,
  rowHeight,
  type SmallPlace,
  tableWidths,
  tops,
} from "./layout.ts";
import { html, type Markup } from "./markup.ts";
import { numberOf } from "./pod-names.ts";
import { course } from "./proofs.ts";
import { bridgeLine, entryId, pathOf, type Route, round, routeOf, stopIds } from "./route.ts";
import { drawTube } from "./tube.ts";
import { picture as words } from "./words.ts";

/** A journey as it is drawn. */
export interface Drawn {
  readonly scenario: string;
  readonly route: Route;
}

export interface Topology {
  readonly svg: Markup;
  readonly journeys: readonly Drawn[];
}

/** The cluster and the ways of the packets that were followed. */
export function drawTopology(view: ClusterView, journeys: Readonly<Record<string, readonly Hop[]>>): Topology {
  const layout = layOut(view);
  const drawn = Object.entries(journeys).flatMap(([scenario, hops]): Drawn[] => {
    const route = routeOf(layout, hops);
    return route === undefined || route.steps.length === 0 ? [] : [{ scenario, route }];
  });
  const { width, height } = layout;
  const svg = html`<svg class="topology" viewBox="-1 -1 ${round(width + 2)} ${round(height + 2)}" width="${round(width)}" height="${round(height)}" role="img" aria-labelledby="picture-caption">
${drawWire(layout, view.machineNetwork)}
${layout.small.map((place) => drawSmall(place, layout, view.backend))}
${layout.nodes.map((place, at) => drawNode(place, at, layout, view.backend))}
${Object.values(journeys).map((hops) => drawTube(layout, hops))}
${drawn.map(drawRoute)}
</svg>`;
  return { svg, journeys: drawn };
}

export const colourOf = (scenario: string): string =>
  ["one", "two", "three"][course.indexOf(scenario as (typeof course)[number])] ?? "two";

/** A monospaced letter of the picture's small type is so wide. */
const letter = 6.7;

function drawWire({ wire }: Layout, network?: string): Markup {
  return html`<path class="wire" d="M${wire.from} ${round(wire.y)}H${round(wire.to)}"/>
${label(wire.to, wire.y - 7, "mono small", network, "end")}${worded(wire.to - (network === undefined ? 0 : network.length * letter + 10), wire.y - 7, "small", words.wire, "end")}`;
}

/** The interface that packets leave the machine by. */
const deviceOf = ({ uplink }: NodeView): string => uplink ?? "eth0";

function drawSmall({ node, box, flat }: SmallPlace, { wire }: Layout, backend: Backend): Markup {
  const x = box.x + 12;
  const mid = box.x + 24;
  const vtep = node.vtep?.mac;
  const device = backend.vtep ?? "";
  const address = `${deviceOf(node)} ${node.address}`;
  const after = node.name.length * 8.5 + 18;
  return html`<g class="node-small"><path class="cable" d="M${round(mid)} ${round(wire.y)}V${round(box.y)}"/>${rectangle(box, "node", 8)}
${label(x, box.y + 19, "name", node.name)}
${
  flat
    ? label(
        x + after,
        box.y + 18,
        "mono small",
        [address, vtep && `${device} ${vtep}`, node.podCidr].filter(Boolean).join("  "),
      )
    : html`${label(box.x + box.width - 12, box.y + 18, "mono small", node.podCidr, "end")}
${label(x, box.y + 35, "mono small", address)}
${label(x, box.y + 50, "mono small", vtep && (box.width > 206 ? `${device} ${vtep}` : vtep))}`
}</g>`;
}

function drawNode(place: NodePlace, index: number, { wire }: Layout, backend: Backend): Markup {
  const { node, box, pods, x, eth0, cni0, routing, vtep } = place;
  const left = box.x + padding;
  const role = isControlPlane(node) ? words.controlPlane : words.worker;
  const right = box.x + box.width - padding;
  const beforeRole = node.podCidr === undefined ? right : right - node.podCidr.length * letter - 10;
  const down = [cni0, routing, ...(vtep === undefined ? [] : [vtep]), eth0]
    .map((part) => `V${round(part.y)}M${round(x)} ${round(part.y + part.height)}`)
    .slice(1)
    .join("");
  return html`<g class="node-large">${rectangle(box, "node", 10)}
${label(left, 23, "name large", node.name)}
${worded(beforeRole, 22, "small", role, "end")}${label(right, 22, "mono small", node.podCidr, "end")}
<path class="cable" d="M${round(x)} ${round(cni0.y + cni0.height)}${down}V${round(wire.y)}"/>
${pods.map((pod, at) => drawPod(pod, stopIds.veth(index, at), place))}
${drawBridge(place, stopIds.bridge(index))}
${drawRouting(place)}
${vtep !== undefined && drawVtep(place, vtep, stopIds.vtep(index), backend)}
${drawUplink(place, stopIds.wire(index), backend)}</g>`;
}

function drawPod({ pod, card, eth0, veth }: PodPlace, id: string, { cni0, side }: NodePlace): Markup {
  const x = card.x + 12;
  const { y } = card;
  const right = side === "right";
  const number = numberOf(pod.scenario) === "" ? 0 : course.indexOf(pod.scenario as (typeof course)[number]) + 1;
  const end = pod.eth0;
  const edge = card.x + card.width;
  return html`<g class="pod-group ${colourOf(pod.scenario)}">${rectangle(card, "pod", 8)}
${label(x, y + 20, "name", pod.name)}
${pod.end && worded(edge - (number > 0 ? 32 : 12), y + 20, "small end", words[pod.end], "end")}
${number > 0 && html`<circle class="mark" cx="${round(edge - 18)}" cy="${y + 16}" r="9"/>${label(edge - 18, y + 20, "mark-text", number, "middle")}`}
${pod.containers.length > 1 ? drawContainers(pod.containers, x, y + 28) : label(x, y + 38, "scenario", pod.scenario)}
${label(x, y + 57, "mono small", pod.inode && `net:[${pod.inode}]`)}
<path class="rule" d="M${round(card.x)} ${round(y + 64)}h${round(card.width)}"/>
${label(x, y + 77, "mono small strong", end && `${end.index}: eth0${end.peer === undefined ? "" : `@if${end.peer}`}`)}
${label(x, y + 90, "mono small", pod.ip)}
${label(x, y + 103, "mono small", end?.mac)}</g>
<g class="stop" id="${id}"><path class="cable" d="M${round(eth0.x)} ${round(eth0.y)}V${round(cni0.y)}"/>
${label(veth.x + (right ? -9 : 9), veth.y + 4, "mono small", pod.veth && `${pod.veth.index}: ${pod.veth.name}${pod.veth.peer === undefined ? "" : `@if${pod.veth.peer}`}`, right ? "end" : "start")}</g>`;
}

function drawContainers(names: readonly string[], x: number, y: number): Markup {
  const [width, between] = [59, 6];
  const boxes = names.slice(0, 2).map(
    (name, at) => html`${rectangle({ x: x + at * (width + between), y, width, height: 15 }, "container", 4)}
${label(x + at * (width + between) + width / 2, y + 11, "tiny", name, "middle")}`,
  );
  // The course's first path: from one container to the other over the interface lo that both have.
  return html`${boxes}<path class="path" d="M${round(x + width)} ${y + 7.5}h${between}"/>`;
}

/** Where a box's text begins: beside the column in which packets pass. */
const textStart = (box: Box, side: NodePlace["side"]): number => box.x + (side === "right" ? 10 : column);

function drawBridge({ cni0, side, node, pods }: NodePlace, id: string): Markup {
  const { address, mac, others } = node.cni0;
  const known = ["cni0", address, mac].filter(Boolean).join("  ");
  const ports = others.map((port) => `+ ${port}`).join("  ");
  // The ports that are not the lessons' pods': by name where there is room.
  const rest =
    (known.length + 2 + ports.length) * letter < cni0.width - 52 ? ports : others.length > 0 && `+${others.length}`;
  const details = [address, mac, rest].filter(Boolean).join("  ");
  // With one cable beside it the text has the whole height; else the frames' line runs above it.
  const y = cni0.y + (pods.length === 1 ? 22 : 28);
  return html`<g class="stop" id="${id}">${rectangle(cni0, "box", 6)}
${pods.length > 1 && html`<path class="rail" d="M${round(Math.min(...pods.map(({ veth }) => veth.x)))} ${round(cni0.y + bridgeLine)}H${round(Math.max(...pods.map(({ veth }) => veth.x)))}"/>`}
<text class="mono small" x="${round(textStart(cni0, side))}" y="${round(y)}"><tspan class="strong">cni0</tspan>  ${details}</text></g>`;
}

/** Between the bridge and the tunnel: the node as a router. */
function drawRouting({ routing, side, node }: NodePlace): Markup {
  const start = textStart(routing, side);
  const rows = routeRows(node);
  const width = routeWidth(node);
  return html`${rectangle(routing, "band", 6)}
${worded(start, routing.y + 16, "small strong", words.routing)}${label(start + 116, routing.y + 16, "mono tiny dim", "ip route")}
${rows.map(({ node: other, text }, at) => {
  const [row, across] = [Math.floor(at / routeColumns), at % routeColumns];
  return html`<text class="mono tiny" id="${entryId(node.name, other, "route")}" x="${round(start + across * width)}" y="${round(routing.y + tops.routing + (row + 1) * rowHeight - 4)}">${text}</text>`;
})}
${rows.length === 0 && label(start, routing.y + tops.routing + rowHeight - 4, "mono tiny", "–")}`;
}

function drawVtep({ side, node }: NodePlace, vtep: Box, id: string, backend: Backend): Markup {
  const start = textStart(vtep, side);
  const { y } = vtep;
  const facts = node.vtep && `VNI ${node.vtep.vni}  ${node.vtep.mac ?? ""}`;
  const table = hasTables(backend) && drawWays(node, vtep, start, backend);
  return html`<g class="stop" id="${id}">${rectangle(vtep, "box", 6)}
<text class="mono small" x="${round(start)}" y="${round(y + 17)}"><tspan class="strong">${backend.tunnel?.device ?? backend.vtep ?? ""}</tspan>  ${facts}</text>
${table}</g>`;
}

/** What is looked up for each other node, from the next hop on, below a box's first line. */
function drawWays(node: NodeView, box: Box, start: number, backend: Backend): Markup {
  const { y } = box;
  const widths = tableWidths(node, backend);
  const room = box.width - column - 10 - widths.reduce((one, other) => one + other, 0);
  const gap = Math.min(40, room / (widths.length - 1));
  const columns = widths.map((_, at) => start + widths.slice(0, at).reduce((one, other) => one + other + gap, 0));
  const [to = start, via = start, mac = start, machine] = columns;
  const head = y + tops.vtep - 7;
  return html`${worded(to, head, "tiny dim", words.toNode)}${worded(via, head, "tiny dim", words.nextHop)}${label(mac, head, "mono tiny dim", "ip neigh")}${machine !== undefined && label(machine, head, "mono tiny dim", "bridge fdb")}
<path class="rule" d="M${round(start)} ${round(head + 4)}H${round((columns.at(-1) ?? start) + widths.at(-1)!)}"/>
${node.ways.map((way, row) => {
  const line = y + tops.vtep + (row + 1) * rowHeight - 3;
  return html`${label(to, line, "mono tiny", way.node)}${label(via, line, "mono tiny", way.neighbour ?? "–")}
<text class="mono tiny" id="${entryId(node.name, way.node, "neighbour")}" x="${round(mac)}" y="${round(line)}">${way.mac ?? "–"}</text>
${machine !== undefined && html`<text class="mono tiny" id="${entryId(node.name, way.node, "fdb")}" x="${round(machine)}" y="${round(line)}">${way.machine ?? "–"}</text>`}
${columns.slice(2).map((column) => html`<path class="arrow" d="M${round(column - gap / 2 - 5)} ${round(line - 4)}h10m-3 -3l3 3l-3 3"/>`)}`;
})}`;
}

function drawUplink({ eth0, side, node }: NodePlace, id: string, backend: Backend): Markup {
  const details = [node.address, node.uplinkMac].filter(Boolean).join("  ");
  const start = textStart(eth0, side);
  return html`<g class="stop" id="${id}">${rectangle(eth0, "box", 6)}
<text class="mono small" x="${round(start)}" y="${round(eth0.y + 17)}"><tspan class="strong">${deviceOf(node)}</tspan>  ${details}</text>
${backend.tunnel === undefined && drawWays(node, eth0, start, backend)}</g>`;
}

function drawRoute({ scenario, route }: Drawn): Markup {
  const { steps, line } = route;
  return html`<g class="journey ${colourOf(scenario)}" data-journey="${scenario}"><path class="path way" d="${pathOf(line)}"/>
${steps.map(({ line: way }, at) => html`<path class="path leg" data-hop="${at}" d="${pathOf(way)}"/>`)}
<g class="packet"><circle class="wrapping" r="12"/><circle r="7"/></g></g>`;
}
