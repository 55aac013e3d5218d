import type { Claim } from "../evidence/claim.ts";
import type { Hop } from "../evidence/journey/journey.ts";
import { backendWords } from "./backend-words.ts";
import { type ClaimContext, mark, renderClaims } from "./claim-list.ts";
import { type ClusterView, viewCluster } from "./cluster-view.ts";
import { citationsOf, type Journey, renderControls, renderJourneys, tellJourney } from "./journey-section.ts";
import { inEach, type Language, say, type Text } from "./language.ts";
import { readable, renderDocument } from "./document.ts";
import { isControlPlane } from "./layout.ts";
import { html, type Markup } from "./markup.ts";
import { sentenceOf } from "./pod-names.ts";
import { anchorOf, course, Proofs, type ReportOutputs, scenarioNames } from "./proofs.ts";
import { renderStories, type Story } from "./stories.ts";
import { inTable, renderNodes, renderReach, renderVteps } from "./tables.ts";
import { renderPassage } from "./passage.ts";
import { drawTopology } from "./topology.ts";
import { renderTranslations } from "./translation.ts";
import { colourOf } from "./topology.ts";
import { lessons, page as words, terms } from "./words.ts";

export interface ReportOptions {
  /** Name of the lab, for the commands that make it again. */
  readonly stack: string;
  /** The page's language at first. @default the reader's, else English */
  readonly language?: Language;
  /** What explains the claims that fail, and where a packet dies of it. @default nobody can tell, or nothing fails */
  readonly why?: Text | undefined;
  /** What would be seen if something were broken. @default nothing is told, as where something is broken already */
  readonly stories?: readonly Story[];
  /** Text of the style sheet and of the script; the page asks nobody for anything. */
  readonly style: string;
  readonly script: string;
}

/** One HTML document with everything in it. Pure. */
export function renderReport(outputs: ReportOutputs, options: ReportOptions): string {
  const { stack, style, script } = options;
  const view = viewCluster(outputs);
  const proofs = new Proofs(outputs);
  const followed = scenarioNames(outputs).flatMap(
    (scenario): [string, NonNullable<ReportOutputs["scenarios"][string]["journey"]>][] => {
      const hops = outputs.scenarios[scenario]?.journey ?? [];
      // A connection through a Service has a picture of its own, in its lesson.
      if (hops.some(({ kind }) => kind.startsWith("TCP"))) return [];
      return hops.length === 0 ? [] : [[scenario, hops]];
    },
  );
  const picture = drawTopology(view, Object.fromEntries(followed));
  // The longest way first: it is the one that the picture is there for.
  const journeys = followed
    .map(([scenario, hops]): Journey =>
      tellJourney(
        scenario,
        hops,
        picture.journeys.find((one) => one.scenario === scenario),
        view,
        proofs,
      ),
    )
    .toReversed();
  const context: ClaimContext = { citations: citationsOf(journeys) };
  const failing = proofs.claims.filter(({ ok }) => !ok);
  return renderDocument({
    title: inEach((each) => `${words.title[each]} · ${stack}`),
    language: options.language,
    style,
    script,
    header: html`<h1>${say(words.title)}</h1>
${renderHeadline(outputs, view, proofs)}`,
    main: html`${failing.length > 0 && renderFailing(failing, options.why)}
<section class="picture" aria-labelledby="picture-title" data-picture>
<h2 id="picture-title">${say(words.pictureTitle)}</h2>
<dl class="terms">${[...terms, backendWords(view.backend).term].map(([term, meaning]) => html`<div><dt>${say(term)}</dt><dd>${say(meaning)}</dd></div>`)}</dl>
${renderLegend(view)}
${journeys.length > 0 ? renderControls(journeys) : html`<p class="remark">${say(words.noJourney)}</p>`}
<div class="scroll" tabindex="0" role="region" aria-labelledby="picture-title" data-scroll>${picture.svg}</div>
${renderJourneys(journeys, proofs)}
</section>
${scenarioNames(outputs).map((scenario) => renderScenario(scenario, outputs.scenarios[scenario]?.journey ?? [], view, proofs, context))}
${renderAcross(view, proofs, context)}
${renderStories(options.stories ?? [], stack, view.backend)}`,
    footer: renderColophon(outputs, stack),
  });
}

function renderHeadline({ verification }: ReportOutputs, view: ClusterView, { claims }: Proofs): Markup {
  const holding = claims.filter(({ ok }) => ok).length;
  const all = holding === claims.length;
  const verdict: Text = {
    en: all
      ? `All ${claims.length} claims about this pod network hold.`
      : `${holding} of ${claims.length} claims about this pod network hold, ${claims.length - holding} do not.`,
    zh: all
      ? `关于这个 Pod 网络的 ${claims.length} 个结论全部成立。`
      : `关于这个 Pod 网络的 ${claims.length} 个结论中，${holding} 个成立，${claims.length - holding} 个不成立。`,
  };
  const workers = view.nodes.filter((node) => !isControlPlane(node)).length;
  const networks: Text = {
    en: [view.podNetwork && `pods ${view.podNetwork}`, view.machineNetwork && `machines ${view.machineNetwork}`]
      .filter(Boolean)
      .join(", "),
    zh: [view.podNetwork && `Pod 网络 ${view.podNetwork}`, view.machineNetwork && `节点网络 ${view.machineNetwork}`]
      .filter(Boolean)
      .join("，"),
  };
  const { named } = backendWords(view.backend);
  const cluster: Text = {
    en: `A real cluster of one control plane and ${workers} ${workers === 1 ? "worker" : "workers"} with kubeadm, containerd and flannel (${named.en}): ${networks.en}.`,
    zh: `一个真实的集群：1 个控制平面节点、${workers} 个工作节点，用 kubeadm 搭建，容器运行时是 containerd，网络插件是 flannel（${named.zh}）。${networks.zh}。`,
  };
  const proved: Text = {
    en: "Each claim is a statement about this cluster, checked by a command on a node; the raw outputs are in this page.",
    zh: "每个结论都是关于这个集群的一句话，由节点上的一条命令检验；原始输出都在本页里。",
  };
  return html`<p class="verdict-line">${mark(all)} ${say(verdict)} <time datetime="${verification.at}">${readable(verification.at)}</time></p>
<p class="lead">${say(joined(cluster, proved))}</p>`;
}

/** Two sentences. Chinese has no blank after a full stop. */
const joined = (one: Text, other: Text): Text => ({ en: `${one.en} ${other.en}`, zh: `${one.zh}${other.zh}` });
const colon = (text: Text): Text => ({ en: `${text.en}: `, zh: `${text.zh}：` });

/** How to read the picture. */
function renderLegend({ pods, backend }: ClusterView): Markup {
  const { caption, lookups, lines } = backendWords(backend);
  const end = pods.find((pod) => pod.end === "from" && pod.eth0?.peer !== undefined)?.eth0;
  const names: Text = {
    en: `\`net:[…]\` is the number of a pod's network namespace.${end === undefined ? "" : ` \`${end.index}: eth0@if${end.peer}\` is interface ${end.index} of the pod; its cable's other end is interface ${end.peer} of the node.`}`,
    zh: `\`net:[…]\` 是 Pod 的 network namespace 的编号。${end === undefined ? "" : `\`${end.index}: eth0@if${end.peer}\` 是 Pod 里的 ${end.index} 号接口；veth 的另一端是节点上的 ${end.peer} 号接口。`}`,
  };
  return html`<div class="legend"><p id="picture-caption">${say(joined(words.pictureLead, caption))}</p>
<ul>${[lookups, lines, words.scenarios, names].map((line) => html`<li>${say(line)}</li>`)}<li class="keys" data-keys hidden>${say(words.keys)}</li></ul></div>`;
}

function renderFailing(claims: readonly Claim[], why: Text | undefined): Markup {
  return html`<section class="failures"><h2>${say(words.failing)}</h2>${why !== undefined && html`<p class="lead">${say(why)}</p>`}<ul>${claims.map(
    (claim) =>
      html`<li>${mark(false)} <a href="#${anchorOf(claim)}">${say(sentenceOf(claim))}</a> <code>${claim.node}</code></li>`,
  )}</ul></section>`;
}

function renderScenario(
  scenario: string,
  journey: readonly Hop[],
  view: ClusterView,
  proofs: Proofs,
  context: ClaimContext,
): Markup {
  const claims = proofs.of(scenario);
  const own = inTable("lesson", claims);
  const vteps = inTable("vteps", claims);
  const nodes = inTable("nodes", claims);
  const known = lessons[scenario];
  const number = course.indexOf(scenario as (typeof course)[number]) + 1;
  return html`<section class="scenario ${colourOf(scenario)}" id="scenario-${scenario}"><h2>${number > 0 && html`<span class="number-mark">${number}</span> `}${say(known?.title ?? { en: scenario, zh: scenario })}</h2>
${known && html`<p class="lead">${say(known.lesson ?? backendWords(view.backend).lesson)}</p>`}
${renderClaims(own, context)}
${renderPassage(scenario, journey, proofs)}
${renderTranslations(scenario, proofs)}
${vteps.length > 0 && html`<h3>${say(words.vteps)}</h3><p class="lead">${say(backendWords(view.backend).knowsLead)}</p>${renderVteps(scenario, view, proofs)}${behind(vteps, context)}`}
${nodes.length > 0 && html`<h3>${say(words.nodes)}</h3><p class="lead">${say(words.nodesLead)}</p>${renderNodes(scenario, view, proofs)}${behind(nodes, context)}`}
</section>`;
}

function renderAcross(view: ClusterView, proofs: Proofs, context: ClaimContext): Markup {
  const claims = inTable("reach", proofs.claims);
  if (claims.length === 0) return html``;
  return html`<section class="scenario" id="across"><h2>${say(words.reach)}</h2><p class="lead">${say(words.reachLead)}</p>${renderReach(view, proofs)}${behind(claims, context)}</section>`;
}

function behind(claims: readonly Claim[], context: ClaimContext): Markup {
  return html`<details class="behind"${claims.some(({ ok }) => !ok) && html` open`}><summary>${say({ en: `${words.behind.en} (${claims.length})`, zh: `${words.behind.zh}（${claims.length}）` })}</summary>${renderClaims(claims, context)}</details>`;
}

function renderColophon({ nodes, verification }: ReportOutputs, stack: string): Markup {
  const flag = stack === "dev" ? "" : ` -s ${stack}`;
  const versions = [
    ...new Set(
      nodes.flatMap(({ packages = {} }) => Object.entries(packages).map(([name, version]) => `${name} ${version}`)),
    ),
  ].toSorted();
  const made: Text = {
    en: "Scripts on the nodes looked and left nothing changed behind; pure functions judged what they had seen; this page was drawn from their outputs alone, in which everything shown here can be found.",
    zh: "节点上的脚本看过之后没有留下任何改动；由纯函数对看到的内容作判定；本页只根据这些输出绘制，这里显示的一切都能在其中找到。",
  };
  return html`<h2>${say(words.made)}</h2>
<p>${say(made)} <span class="dim">pod-networking-lab, ${readable(verification.at)}</span></p>
${versions.length > 0 && html`<p>${say(colon(words.versions))}<code>${versions.join(", ")}</code></p>`}
<p>${say(colon(words.again))}</p><div class="copyable"><pre><code>./lab verify${flag}
./lab report${flag}</code></pre></div>`;
}
