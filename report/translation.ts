import type { Claim } from "../evidence/claim.ts";
import { parseTranslation, type Translation } from "../evidence/parse/service.ts";
import { label, say, type Text } from "./language.ts";
import { html, type Markup } from "./markup.ts";
import { anchorOf, type Proofs } from "./proofs.ts";
import { translation as words } from "./words.ts";

/** ADDRESS:PORT of both ends, as a packet has them. */
interface Ends {
  readonly source: string;
  readonly destination: string;
}

/** One connection through a Service: what each of its packets was, and what it became. */
interface Told {
  readonly title: Text;
  readonly claim: Claim;
  readonly translation: Translation;
  /** The rules that did it, as the node printed them. */
  readonly rules: readonly string[];
}

/** Both addresses before and after, and the rule between them: of a pod's connection, and of one of a node's own. */
export function renderTranslations(scenario: string, proofs: Proofs): Markup | false {
  const told = (["service-translation", "service-masquerade"] as const).flatMap((kind): Told[] => {
    const claim = proofs.of(scenario).find((one) => one.kind === kind);
    const translation = proofs.read([claim], parseTranslation);
    if (claim === undefined || translation === undefined) return [];
    return [
      {
        title: words[kind],
        claim,
        translation,
        rules: rulesOf(scenario, claim.node, kind, `${translation.answeredBy}:${translation.answeredPort}`, proofs),
      },
    ];
  });
  if (told.length === 0) return false;
  return html`<h3>${say(words.heading)}</h3><p class="lead">${say(words.lead)}</p>${told.map(renderOne)}`;
}

/** Lines of the node's own listing: the rule that chose the pod, and for a node's connection the one that marks it for a new source. */
export function rulesOf(
  scenario: string,
  node: string,
  kind: "service-translation" | "service-masquerade",
  chosen: string,
  proofs: Proofs,
): string[] {
  const [address = "", port] = chosen.split(":");
  const listing = proofs.read([proofs.get(scenario, "service-rules", { node })], (output) => output) ?? "";
  const lines = listing.split("\n").map((line) => line.trim());
  // At any port, where none is known.
  const own = address.replaceAll(".", "\\.");
  const target = new RegExp(`\\b${own}(?::| \\. )${port ?? "\\d+"}\\b`);
  const chooses = (line: string): boolean => /--to-destination |\bdnat\b/.test(line) && target.test(line);
  const marks = (line: string): boolean =>
    / ! -s \S+ .*-j KUBE-MARK-MASQ$/.test(line) || /^ip daddr @cluster-ips ip saddr != .* mark set /.test(line);
  const found = [lines.find(chooses), ...(kind === "service-masquerade" ? [lines.find(marks)] : [])];
  return found.filter((line) => line !== undefined);
}

function renderOne({ title, claim, translation: seen, rules }: Told): Markup {
  const sent = { source: `${seen.from}:${seen.fromPort}`, destination: `${seen.to}:${seen.toPort}` };
  const arrived = {
    source: `${seen.seenAs}:${seen.seenPort}`,
    destination: `${seen.answeredBy}:${seen.answeredPort}`,
  };
  const back = ({ source, destination }: Ends): Ends => ({ source: destination, destination: source });
  return html`<h4><a href="#${anchorOf(claim)}">${say(title)}</a> <code>${claim.node}</code></h4>
<div class="scroll" tabindex="0" role="region" ${label(title)}><table class="matrix translation"><thead><tr><td></td><th scope="col">${say(words.before)}</th><th scope="col">${say(words.after)}</th><th scope="col">${say(words.by)}</th></tr></thead>
<tbody><tr><th scope="row">${say(words.request)}</th>${renderEnds(sent, arrived)}${renderEnds(arrived, sent)}<td>${rules.length === 0 ? say(words.unknown) : rules.map((rule) => html`<div><code>${rule}</code></div>`)}</td></tr>
<tr><th scope="row">${say(words.reply)}</th>${renderEnds(back(arrived), back(sent))}${renderEnds(back(sent), back(arrived))}<td>${say(words.conntrack)}</td></tr></tbody></table></div>`;
}

/** What is another one on the other side of the translation stands out. */
function renderEnds(ends: Ends, other: Ends): Markup {
  const end = (which: keyof Ends): Markup =>
    ends[which] === other[which] ? html`<code>${ends[which]}</code>` : html`<b><code>${ends[which]}</code></b>`;
  return html`<td>${end("source")} → ${end("destination")}</td>`;
}
