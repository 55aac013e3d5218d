import type { Hop } from "../evidence/journey/journey.ts";
import { worded } from "./drawing.ts";
import type { Layout, NodePlace, Point } from "./layout.ts";
import { type Content, html } from "./markup.ts";
import { pathOf } from "./route.ts";
import { wrapping } from "./words.ts";

/** Below the place where the packet stands on `flannel.1` before it is wrapped. */
const mouth = 27;

/** The tunnel around the way from one `flannel.1` to the other: there the packet is inside UDP. As far as it was seen on the request's way. */
export function drawTube({ nodes, wire }: Layout, hops: readonly Hop[]): Content {
  const wrapped = hops.find(({ outer }) => outer !== undefined);
  if (wrapped?.outer === undefined) return false;
  const ends = [...new Set(hops.flatMap(({ outer, machine }) => (outer === undefined ? [] : [machine])))].flatMap(
    (machine) => nodes.find(({ node }) => node.name === machine) ?? [],
  );
  const [first, second] = ends;
  if (first === undefined) return false;
  const down = (place: NodePlace): Point[] => [
    { x: place.x, y: (place.vtep ?? place.eth0).y + mouth },
    { x: place.x, y: wire.y },
  ];
  const way = [...down(first), ...(second === undefined ? [] : down(second).toReversed())];
  return html`<g class="tube"><path class="wall" d="${pathOf(way)}"/><path class="hollow" d="${pathOf(way)}"/>
${worded(first.x - 14, wire.y - 7, "small strong", wrapping(wrapped.outer.length - wrapped.length, wrapped.outer), "end")}</g>`;
}
