import type { Hop } from "../evidence/journey.ts";
import type { ClusterView } from "./cluster-view.ts";
import { languages, tags, type Text } from "./language.ts";
import { type Box, isControlPlane, type Layout, layOut, type NodePlace, padding, type PodPlace, type SmallPlace, tableWidths } from "./layout.ts";
import { type Content, html, type Markup } from "./markup.ts";
import { course } from "./proofs.ts";
import { bridgeLine, entryId, pathOf, type Route, round, routeOf, stopIds, tables } from "./route.ts";
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
${layout.small.map((place) => drawSmall(place, layout))}
${layout.nodes.map(drawNode)}
${drawn.map(drawRoute)}
</svg>`;
  return { svg, journeys: drawn };
}

export const colourOf = (scenario: string): string => ["one", "two", "three"][course.indexOf(scenario as (typeof course)[number])] ?? "two";

const rectangle = ({ x, y, width, height }: Box, kind: string, radius: number): Markup =>
  html`<rect class="${kind}" x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="${radius}"/>`;

type Anchor = "start" | "end" | "middle";

const label = (x: number, y: number, kind: string, content: Content, anchor: Anchor = "start"): Content =>
  content !== undefined && content !== "" &&
  html`<text class="${kind}" x="${round(x)}" y="${round(y)}"${anchor !== "start" && html` text-anchor="${anchor}"`}>${content}</text>`;

/** Words, not names: in the page's language. */
const worded = (x: number, y: number, kind: string, text: Text, anchor: Anchor = "start"): Markup =>
  html`${languages.map((language) => html`<text lang="${tags[language]}" class="${kind}" x="${round(x)}" y="${round(y)}"${anchor !== "start" && html` text-anchor="${anchor}"`}>${text[language]}</text>`)}`;

function drawWire({ wire }: Layout, network?: string): Markup {
  return html`<path class="wire" d="M${wire.from} ${round(wire.y)}H${round(wire.to)}"/>
${label(wire.to, wire.y - 10, "mono small", network, "end")}${worded(wire.to - (network === undefined ? 0 : network.length * 6.7 + 10), wire.y - 10, "small", words.wire, "end")}`;
}

function drawSmall({ node, box }: SmallPlace, { wire }: Layout): Markup {
  const x = box.x + 12;
  const mid = box.x + 24;
  return html`<g class="node-small"><path class="cable" d="M${round(mid)} ${round(wire.y)}V${round(box.y)}"/>${rectangle(box, "node", 8)}
${label(x, box.y + 20, "name", node.name)}
${label(x, box.y + 38, "mono small", `eth0 ${node.address}`)}
${label(x, box.y + 55, "mono small", node.vtep && (box.width > 190 ? `flannel.1 ${node.vtep.mac ?? ""}` : node.vtep.mac))}
${label(x, box.y + 72, "mono small", node.podCidr)}</g>`;
}

function drawNode(place: NodePlace, index: number): Markup {
  const { node, box, pods, x, eth0, cni0, vtep } = place;
  const left = box.x + padding;
  const role = isControlPlane(node) ? words.controlPlane : words.worker;
  return html`<g class="node-large">${rectangle(box, "node", 10)}
${label(left, 33, "name large", node.name)}
${worded(box.x + box.width - padding, 26, "small", role, "end")}
${label(box.x + box.width - padding, 41, "mono small", node.podCidr, "end")}
<path class="cable" d="M${round(x)} ${round(cni0.y + cni0.height)}V${round(vtep.y)}M${round(x)} ${round(vtep.y + vtep.height)}V${round(eth0.y)}M${round(x)} ${round(eth0.y + eth0.height)}V${round(box.y + box.height + 44)}"/>
${pods.map((pod, at) => drawPod(pod, stopIds.veth(index, at), place))}
${drawBridge(place, stopIds.bridge(index))}
${drawVtep(place, stopIds.vtep(index))}
${drawUplink(place, stopIds.wire(index))}</g>`;
}

function drawPod({ pod, card, eth0, veth }: PodPlace, id: string, { cni0, side }: NodePlace): Markup {
  const x = card.x + 12;
  const { y } = card;
  const right = side === "right";
  const number = course.indexOf(pod.scenario as (typeof course)[number]) + 1;
  const end = pod.eth0;
  return html`<g class="pod-group ${colourOf(pod.scenario)}">${rectangle(card, "pod", 8)}
${label(x, y + 21, "name", pod.name)}
${label(x, y + 37, "scenario", pod.scenario)}
${number > 0 && html`<circle class="mark" cx="${round(card.x + card.width - 18)}" cy="${y + 16}" r="9"/>${label(card.x + card.width - 18, y + 20, "mark-text", number, "middle")}`}
${pod.containers.length > 1 && drawContainers(pod.containers, x, y + 46)}
${label(x, y + 97, "mono small", pod.inode && `net:[${pod.inode}]`)}
<path class="rule" d="M${round(card.x)} ${round(y + 106)}h${round(card.width)}"/>
${label(x, y + 121, "mono small strong", end && `${end.index}: eth0${end.peer === undefined ? "" : `@if${end.peer}`}`)}
${label(x, y + 135, "mono small", pod.ip)}
${label(x, y + 149, "mono small", end?.mac)}</g>
<g class="stop" id="${id}"><path class="cable" d="M${round(eth0.x)} ${round(eth0.y)}V${round(cni0.y)}"/>
${label(veth.x + (right ? -9 : 9), veth.y + 4, "mono small", pod.veth && `${pod.veth.index}: ${pod.veth.name}${pod.veth.peer === undefined ? "" : `@if${pod.veth.peer}`}`, right ? "end" : "start")}</g>`;
}

function drawContainers(names: readonly string[], x: number, y: number): Markup {
  const width = 60;
  const boxes = names.slice(0, 2).map((name, at) => html`${rectangle({ x: x + at * (width + 4), y, width, height: 19 }, "container", 4)}
${label(x + at * (width + 4) + width / 2, y + 13, "tiny", name, "middle")}`);
  // The course's first path: from one container to the other over the interface lo that both have.
  const shared = html`<path class="path" d="M${round(x + 30)} ${y + 19}v8h64v-8"/>`;
  return html`${boxes}${shared}`;
}

function drawBridge({ cni0, side, node, pods }: NodePlace, id: string): Markup {
  const right = side === "right";
  const edge = right ? cni0.x + cni0.width - 40 : cni0.x + 40;
  const { address, mac, others } = node.cni0;
  const known = ["cni0", address, mac].filter(Boolean).join("  ");
  const ports = others.map((port) => `+ ${port}`).join("  ");
  // The ports that are not the lessons' pods': by name where there is room.
  const rest = (known.length + 2 + ports.length) * 6.7 < cni0.width - 52 ? ports : others.length > 0 && `+${others.length}`;
  const details = [address, mac, rest].filter(Boolean).join("  ");
  // With one cable beside it the text has the whole height; else the frames' line runs above it.
  const y = cni0.y + (pods.length === 1 ? 31 : 41);
  const start = right ? cni0.x + 12 : edge;
  return html`<g class="stop" id="${id}">${rectangle(cni0, "box", 6)}
${pods.length > 1 && html`<path class="rail" d="M${round(Math.min(...pods.map(({ veth }) => veth.x)))} ${round(cni0.y + bridgeLine)}H${round(Math.max(...pods.map(({ veth }) => veth.x)))}"/>`}
<text class="mono small" x="${round(start)}" y="${round(y)}"><tspan class="strong">cni0</tspan>  ${details}</text></g>`;
}

function drawVtep({ vtep, side, node }: NodePlace, id: string): Markup {
  const start = vtep.x + (side === "right" ? 12 : 40);
  const { y } = vtep;
  const width = vtep.width - 52;
  // Three tables, each leading to the next: the route's next hop has a MAC, and that MAC is behind a machine.
  const widths = tableWidths(node);
  const gap = Math.min(44, (width - widths.reduce((one, other) => one + other, 0)) / 2);
  const columns = [start, start + widths[0]! + gap, start + widths[0]! + widths[1]! + 2 * gap];
  const head = y + 41;
  const facts = node.vtep && `VNI ${node.vtep.vni}  ${node.vtep.mac ?? ""}`;
  return html`<g class="stop" id="${id}">${rectangle(vtep, "box", 6)}
<text class="mono small" x="${round(start)}" y="${round(y + 21)}"><tspan class="strong">flannel.1</tspan>  ${facts}</text>
${["ip route", "ip neigh", "bridge fdb"].map((title, at) => label(columns[at] ?? 0, head, "mono tiny dim", title))}
<path class="rule" d="M${round(start)} ${round(head + 5)}h${round((columns[2] ?? 0) + widths[2]! - start)}"/>
${node.ways.map(({ podCidr, mac, machine, node: other }, row) => {
  const line = head + 19 + row * 18;
  return html`${[podCidr, mac, machine].map(
    (value, at) => html`<text class="mono tiny" id="${entryId(node.name, other, tables[at]!)}" x="${round(columns[at] ?? 0)}" y="${round(line)}">${value ?? "–"}</text>`,
  )}
${[0, 1].map((at) => html`<path class="arrow" d="M${round((columns[at + 1] ?? 0) - gap / 2 - 5)} ${round(line - 4)}h10m-3 -3l3 3l-3 3"/>`)}`;
})}</g>`;
}

function drawUplink({ eth0, side, node }: NodePlace, id: string): Markup {
  const start = eth0.x + (side === "right" ? 12 : 40);
  const device = node.vtep?.device ?? "eth0";
  const details = [node.address, node.uplinkMac].filter(Boolean).join("  ");
  return html`<g class="stop" id="${id}">${rectangle(eth0, "box", 6)}
<text class="mono small" x="${round(start)}" y="${round(eth0.y + 21)}"><tspan class="strong">${device}</tspan>  ${details}</text></g>`;
}

function drawRoute({ scenario, route }: Drawn): Markup {
  const { steps, line } = route;
  return html`<g class="journey ${colourOf(scenario)}" data-journey="${scenario}"><path class="path way" d="${pathOf(line)}"/>
${steps.map(({ line: way }, at) => html`<path class="path leg" data-hop="${at}" d="${pathOf(way)}"/>`)}
<g class="packet"><circle class="wrapping" r="12"/><circle r="7"/></g></g>`;
}
