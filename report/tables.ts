import type { Claim } from "../evidence/claim.ts";
import { fullName } from "../evidence/judge/reach.ts";
import type { ClusterView, PodView } from "./cluster-view.ts";
import { say } from "./language.ts";
import { html, type Markup } from "./markup.ts";
import { numberOf } from "./pod-names.ts";
import { anchorOf, partsOf, type Proofs } from "./proofs.ts";
import { mark } from "./verdict-mark.ts";
import { page as words } from "./words.ts";

/** Kinds of claims that stand in a table of their own. */
const vtepKinds = ["vtep", "vtep-neighbour", "vtep-forwarding"];
const reachKinds = ["reach", "dns"];

export const isVtepClaim = (claim: Claim): boolean => vtepKinds.includes(partsOf(claim).kind);
export const isReachClaim = (claim: Claim): boolean => reachKinds.includes(partsOf(claim).kind);

/** A verdict that leads to its claim. */
function cell(claim: Claim | undefined, name: string, ok = claim?.ok): Markup {
  if (claim === undefined || ok === undefined) return html`<span class="dim">${name} –</span>`;
  return html`<a class="verdict" href="#${anchorOf(claim)}">${mark(ok)} ${name}</a>`;
}

/** For every pair of nodes: what the one knows of the other's end of the tunnel. */
export function renderVteps(scenario: string, { nodes }: ClusterView, proofs: Proofs): Markup {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="VTEP">
    <table class="matrix stacked">
      <thead>
        <tr>
          <td></td>
          ${nodes.map(({ name }) => html`<th scope="col"><code>${name}</code></th>`)}
        </tr>
      </thead>
      <tbody>
        ${nodes.map(
          (node) =>
            html`<tr>
              <th scope="row"><code>${node.name}</code></th>
              ${nodes.map((other) =>
                other === node
                  ? html`<td class="own">
                      ${cell(proofs.get(scenario, "vtep", node.name), node.vtep?.mac ?? "flannel.1")}
                    </td>`
                  : html`<td>
                      ${cell(proofs.get(scenario, "vtep-neighbour", node.name, other.name), "neigh")}${cell(proofs.get(scenario, "vtep-forwarding", node.name, other.name), "FDB")}
                    </td>`,
              )}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

const protocols = ["icmp", "tcp", "udp"];

/** Every pod to every pod, by three protocols. */
export function renderReach({ pods }: ClusterView, proofs: Proofs): Markup {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="reach">
    <table class="matrix">
      <thead>
        <tr>
          <td><span class="dim">${say(words.from)} ↓ ${say(words.to)} →</span></td>
          ${pods.map((pod) => html`<th scope="col">${podName(pod)}</th>`)}
          <th scope="col">DNS</th>
        </tr>
      </thead>
      <tbody>
        ${pods.map(
          (from) =>
            html`<tr>
              <th scope="row">${podName(from)}</th>
              ${pods.map((to) =>
                to === from
                  ? html`<td class="own"></td>`
                  : html`<td>
                      ${protocols.map((protocol) => {
                        const claim = proofs.get(from.scenario, "reach", from.name, protocol);
                        return cell(claim, protocol.toUpperCase(), claim && reached(claim, to));
                      })}
                    </td>`,
              )}
              <td>${cell(proofs.get(from.scenario, "dns", from.name), "DNS")}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** A claim is about all the others at once, and names those that did not answer; one that could not be tried names none. */
export function reached({ ok, observed }: Claim, to: PodView): boolean {
  if (ok) return true;
  const names = observed.startsWith("no answer from ");
  return names && !observed.includes(`${fullName({ namespace: to.scenario, name: to.name })} (${to.ip} `);
}

function podName(pod: PodView): Markup {
  return html`<code>${pod.name}</code><small>${numberOf(pod.scenario) || pod.scenario} ${pod.node}</small>`;
}
