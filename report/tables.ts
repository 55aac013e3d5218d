import { hasTables } from "../evidence/backends.ts";
import type { Claim, ClaimOf } from "../evidence/claim.ts";
import { answered, protocols } from "../evidence/judge/reach.ts";
import { claimKinds, kinds, type Table } from "../evidence/kinds.ts";
import type { ClusterView, PodView } from "./cluster-view.ts";
import { label, say } from "./language.ts";
import { html, type Markup } from "./markup.ts";
import { numberOf } from "./pod-names.ts";
import { anchorOf, type Proofs } from "./proofs.ts";
import { mark } from "./claim-list.ts";
import { nodeRows, page as words } from "./words.ts";

/** The claims that stand in that table. */
export const inTable = (table: Table, claims: readonly Claim[]): Claim[] =>
  claims.filter(({ kind }) => kinds[kind].table === table);

/** A verdict that leads to its claim. */
function cell(claim: Claim | undefined, name: string | Markup, ok = claim?.ok): Markup {
  if (claim === undefined || ok === undefined) return html`<span class="dim">${name} –</span>`;
  return html`<a class="verdict" href="#${anchorOf(claim)}">${mark(ok)} ${name}</a>`;
}

/** A MAC address that may go on in a second line: nine of them side by side are wider than a page. */
const breakable = (mac: string): Markup => html`${mac.slice(0, 9)}<wbr>${mac.slice(9)}`;

/** For every pair of nodes: what the one knows of the other's end of the tunnel. */
export function renderVteps(scenario: string, { nodes, backend }: ClusterView, proofs: Proofs): Markup {
  const { tunnel } = backend;
  if (tunnel === undefined) return renderNeighbours(scenario, nodes, backend, proofs);
  if (backend.manner === "sealed") return renderPeers(scenario, nodes, tunnel.device, proofs);
  if (!hasTables(backend)) return renderEnds(scenario, nodes, tunnel.device, proofs);
  return html`<div class="scroll" tabindex="0" role="region" ${label(words.vteps)}><table class="matrix stacked"><thead><tr><td></td>${nodes.map(({ name }) => html`<th scope="col"><code>${name}</code></th>`)}</tr></thead>
<tbody>${nodes.map(
    (node) =>
      html`<tr><th scope="row"><code>${node.name}</code></th>${nodes.map((other) =>
        other === node
          ? html`<td class="own">${cell(proofs.get(scenario, "vtep", { node: node.name }), node.vtep?.mac === undefined ? tunnel.device : breakable(node.vtep.mac))}</td>`
          : html`<td>${cell(proofs.get(scenario, "vtep-neighbour", { node: node.name, peer: other.name }), "neigh")}${cell(proofs.get(scenario, "vtep-forwarding", { node: node.name, peer: other.name }), "FDB")}${cell(portBetween(scenario, node.name, other.name, proofs), "UDP")}</td>`,
      )}</tr>`,
  )}</tbody></table></div>`;
}

/** For every pair of nodes: whether the one knows the other by its key. */
const renderPeers = (scenario: string, nodes: ClusterView["nodes"], device: string, proofs: Proofs): Markup =>
  html`<div class="scroll" tabindex="0" role="region" ${label(words.vteps)}><table class="matrix"><thead><tr><td></td>${nodes.map(({ name }) => html`<th scope="col"><code>${name}</code></th>`)}</tr></thead>
<tbody>${nodes.map(
    ({ name: node }) =>
      html`<tr><th scope="row"><code>${node}</code></th>${nodes.map(({ name: peer }) =>
        peer === node
          ? html`<td class="own">${cell(proofs.get(scenario, "tunnel-end", { node }), device)}</td>`
          : html`<td>${cell(proofs.get(scenario, "tunnel-peer", { node, peer }), "peer")}</td>`,
      )}</tr>`,
  )}</tbody></table></div>`;

/** Where nothing is kept of other nodes but routes: each node's own end of the tunnel. */
const renderEnds = (scenario: string, nodes: ClusterView["nodes"], device: string, proofs: Proofs): Markup =>
  html`<div class="scroll" tabindex="0" role="region" ${label(words.vteps)}><table class="matrix"><thead><tr>${nodes.map(({ name }) => html`<th scope="col"><code>${name}</code></th>`)}</tr></thead>
<tbody><tr>${nodes.map(({ name }) => html`<td class="own">${cell(proofs.get(scenario, "tunnel-end", { node: name }), device)}</td>`)}</tr></tbody></table></div>`;

/** A VTEP that is there, and that no packet goes through. */
function ownVtep(
  scenario: string,
  node: string,
  { vtep = "no VTEP" }: ClusterView["backend"],
  proofs: Proofs,
): Markup | false {
  const claim = proofs.get(scenario, "vtep", { node });
  return claim !== undefined && cell(claim, vtep);
}

/** Where packets leave bare: whether each machine knows the others' MACs. */
function renderNeighbours(
  scenario: string,
  nodes: ClusterView["nodes"],
  backend: ClusterView["backend"],
  proofs: Proofs,
): Markup {
  return html`<div class="scroll" tabindex="0" role="region" ${label(words.vteps)}><table class="matrix"><thead><tr><td></td>${nodes.map(({ name }) => html`<th scope="col"><code>${name}</code></th>`)}</tr></thead>
<tbody>${nodes.map(
    (node) =>
      html`<tr><th scope="row"><code>${node.name}</code></th>${nodes.map((other) =>
        other === node
          ? html`<td class="own"><code>${node.uplinkMac ?? "–"}</code>${ownVtep(scenario, node.name, backend, proofs)}</td>`
          : html`<td>${cell(proofs.get(scenario, "wire-neighbour", { node: node.name, peer: other.name }), "neigh")}</td>`,
      )}</tr>`,
  )}</tbody></table></div>`;
}

/** Asked from one of the two, there and back: it stands with both. */
function portBetween(scenario: string, node: string, peer: string, proofs: Proofs): Claim | undefined {
  const about = [
    { node, peer },
    { node: peer, peer: node },
  ];
  return about.map((one) => proofs.get(scenario, "overlay-port", one)).find((claim) => claim !== undefined);
}

/** What each node does for all pods on it: a row for each kind of claim, so that nine nodes are nine columns of one mark. */
export function renderNodes(scenario: string, { nodes }: ClusterView, proofs: Proofs): Markup {
  const rows = claimKinds.filter((kind) => kinds[kind].table === "nodes") as (keyof typeof nodeRows)[];
  return html`<div class="scroll" tabindex="0" role="region" ${label(words.nodes)}><table class="matrix"><thead><tr><td></td>${nodes.map(({ name }) => html`<th scope="col"><code>${name}</code></th>`)}</tr></thead>
<tbody>${rows.map(
    (kind) =>
      html`<tr><th scope="row">${say(nodeRows[kind])}</th>${nodes.map(({ name }) => html`<td>${cell(proofs.get(scenario, kind, { node: name }), "")}</td>`)}</tr>`,
  )}</tbody></table></div>`;
}

/** Every pod to every pod, by three protocols. */
export function renderReach({ pods }: ClusterView, proofs: Proofs): Markup {
  return html`<div class="scroll" tabindex="0" role="region" ${label(words.reach)}><table class="matrix"><thead><tr><td><span class="dim">${say(words.from)} ↓ ${say(words.to)} →</span></td>${pods.map(
    (pod) => html`<th scope="col">${podName(pod)}</th>`,
  )}<th scope="col">DNS</th></tr></thead>
<tbody>${pods.map(
    (from) =>
      html`<tr><th scope="row">${podName(from)}</th>${pods.map((to) =>
        to === from
          ? html`<td class="own"></td>`
          : html`<td>${protocols.map((protocol) => {
              const claim = proofs.get(from.scenario, "reach", { pod: from.name, protocol });
              return cell(claim, protocol.toUpperCase(), claim && reached(claim, to));
            })}</td>`,
      )}<td>${cell(proofs.get(from.scenario, "dns", { pod: from.name }), "DNS")}${outside(proofs.get(from.scenario, "outside-name", { pod: from.name }))}</td></tr>`,
  )}</tbody></table></div>`;
}

/** Made only where the node itself finds names of the outside. */
const outside = (claim: ClaimOf<"outside-name"> | undefined): Markup =>
  claim === undefined ? html`` : cell(claim, claim.about.host);

/** A claim is about all the others at once: its raw output says which of them answered. */
export function reached({ ok, about, output }: ClaimOf<"reach">, to: Pick<PodView, "ip">): boolean {
  return ok || answered(about.protocol, output, to.ip);
}

function podName(pod: PodView): Markup {
  return html`<code>${pod.name}</code><small>${numberOf(pod.scenario) || pod.scenario} ${pod.node}</small>`;
}
