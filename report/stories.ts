import type { Backend } from "../evidence/backends.ts";
import type { Claim } from "../evidence/claim.ts";
import type { ClaimKind } from "../evidence/kinds.ts";
import { label as ariaLabel, same, say, type Text } from "./language.ts";
import { label, worded } from "./drawing.ts";
import { type Content, html, type Markup } from "./markup.ts";
import { sentenceOf } from "./pod-names.ts";
import { anchorOf } from "./proofs.ts";
import { stories as words } from "./words.ts";

/** What would be seen if something were broken; told by whoever knows the faults. */
export interface Story {
  readonly name: string;
  readonly level: number;
  readonly title: Text;
  readonly text: Text;
  /** "on k8s-worker1". */
  readonly where: Text;
  readonly loss?: Loss | undefined;
  /** The claims of this page that would fail. */
  readonly fails: readonly Claim[];
  /** How many more might. */
  readonly may: number;
}
interface Loss {
  readonly from: { readonly pod: string; readonly node: string };
  readonly to: { readonly pod: string; readonly node: string };
  readonly protocol: string;
  readonly leg: "request" | "reply";
  /** Places such as "bridge in", in the order of the lost packet's way. */
  readonly way: readonly string[];
  /** Index into `way`, -1 for none of them. */
  readonly last: number;
}

/** Each fault as a line that opens: what happens, where a packet would be seen last, and which claims would say so. */
export function renderStories(stories: readonly Story[], stack: string, backend: Backend): Content {
  if (stories.length === 0) return false;
  return html`<section class="stories" aria-labelledby="stories-title"><h2 id="stories-title">${say(words.title)}</h2>
<p class="lead">${say(words.lead)}</p>
${[1, 2, 3].map((level) => renderLevel(level, stories, stack, backend))}</section>`;
}

function renderLevel(level: number, all: readonly Story[], stack: string, backend: Backend): Content {
  const stories = all.filter((story) => story.level === level);
  return (
    stories.length > 0 &&
    html`<h3>${say(words.levels[level - 1] ?? words.title)}</h3><div class="claims">${stories.map((story) => renderStory(story, stack, backend))}</div>`
  );
}

function renderStory({ name, title, text, where, loss, fails, may }: Story, stack: string, backend: Backend): Markup {
  const flag = stack === "dev" ? "" : ` -s ${stack}`;
  const trace = loss && `${loss.from.pod} ${loss.to.pod}${loss.protocol === "icmp" ? "" : ` --proto ${loss.protocol}`}`;
  return html`<details class="claim" id="fault-${name}"><summary><span class="sentence">${say(title)}</span> <code class="on">${name}</code></summary>
<p>${say(text)} <span class="dim">${say(where)}</span></p>
${loss ? drawLoss(loss, backend) : html`<p>${say(words.passes)}</p>`}
<p>${say(failing(fails.length, oneOfEach(fails).length, may))}</p>
${fails.length > 0 && html`<ul>${oneOfEach(fails).map(([claim, count]) => html`<li><a href="#${anchorOf(claim)}">${say(sentenceOf(claim))}</a>${count > 1 && html` <span class="dim">× ${count}</span>`}</li>`)}</ul>`}
<div class="copyable"><pre><code>./lab break${flag} ${name}
${trace ? `./lab trace${flag} ${trace}` : `./lab verify${flag}`}
./lab heal${flag} ${name}</code></pre></div></details>`;
}

function failing(count: number, kinds: number, may: number): Text {
  if (count === 0)
    return {
      en: `No claim must fail${may > 0 ? `; ${may} may` : ""}.`,
      zh: `没有必然不成立的结论${may > 0 ? `；可能不成立的有 ${may} 个` : ""}。`,
    };
  return {
    en: `${count} ${count === 1 ? "claim" : "claims"} would fail${may > 0 ? `, and ${may} more might` : ""}${kinds < count ? ". One of each kind" : ""}:`,
    zh: `会有 ${count} 个结论不成立${may > 0 ? `，另有 ${may} 个可能不成立` : ""}${kinds < count ? "。每种一个" : ""}：`,
  };
}

/** The first claim of each kind, and how many there are of it. */
function oneOfEach(claims: readonly Claim[]): readonly (readonly [Claim, number])[] {
  const kinds = new Map<ClaimKind, Claim[]>();
  for (const claim of claims) kinds.set(claim.kind, [...(kinds.get(claim.kind) ?? []), claim]);
  return [...kinds.values()].flatMap((all) => (all[0] === undefined ? [] : [[all[0], all.length] as const]));
}

const [left, apart, line, height] = [70, 88, 34, 92];

/** The way as a line of places: filled as far as the packet would be seen, a cross behind. Of an answer, its own way. */
function drawLoss({ from, to, leg, way, last }: Loss, backend: Backend): Markup {
  const [sender, receiver] = leg === "request" ? [from, to] : [to, from];
  const x = (at: number): number => left + (at + 1) * apart;
  const end = way.length;
  const middle =
    sender.node === receiver.node ? undefined : (x(way.indexOf("wire out")) + x(way.indexOf("wire in"))) / 2;
  const dot = (at: number): Markup =>
    html`<circle class="${at <= last ? "seen" : "ahead"}" cx="${x(at)}" cy="${line}" r="6"/>`;
  const lost = x(last) + apart / 2;
  return html`<div class="scroll" tabindex="0" role="group"><svg class="loss" viewBox="0 0 ${x(end) + left} ${height}" width="${x(end) + left}" height="${height}" role="img" ${ariaLabel(name(sender, receiver, deviceAt(way[last], backend)))}>
<path class="way" d="M${x(-1)} ${line}H${lost}"/><path class="way rest" d="M${lost} ${line}H${x(end)}"/>
${middle !== undefined && html`<path class="border" d="M${middle} 6V${height - 6}"/>`}
${[-1, ...way.keys(), end].map((at) => dot(at))}
<path class="cross" d="M${lost - 7} ${line - 7}l14 14m0-14l-14 14"/>
${label(x(-1), line + 24, "small", sender.pod.split("/").at(-1), "middle")}
${way.map((place, at) => worded(x(at), line + 24, at <= last ? "small" : "small dim", deviceAt(place, backend) ?? same(place), "middle"))}
${label(x(end), line + 24, "small dim", receiver.pod.split("/").at(-1), "middle")}
${worded(x(-1), 14, "small", leg === "request" ? words.request : words.reply, "middle")}
${label(x(-1), line + 46, "small dim", sender.node, "middle")}
${middle !== undefined && label(x(end), line + 46, "small dim", receiver.node, "middle")}</svg></div>`;
}

const name = (sender: Loss["from"], receiver: Loss["from"], last: Text | undefined): Text => ({
  en: `From ${sender.pod} to ${receiver.pod}: ${last === undefined ? "never leaves the pod" : `seen last at ${last.en}`}`,
  zh: `从 ${sender.pod} 到 ${receiver.pod}：${last === undefined ? "没有离开 Pod" : `最后出现在 ${last.zh}`}`,
});

/** What is at a place of the way. */
function deviceAt(place: string | undefined, { vtep, tunnel }: Backend): Text | undefined {
  const kind = place?.split(" ")[0];
  if (kind === "wire") return words.uplink;
  const devices: Readonly<Record<string, string>> = {
    pod: "veth",
    bridge: "cni0",
    vtep: tunnel?.device ?? vtep ?? "vtep",
  };
  return kind === undefined ? undefined : same(devices[kind] ?? kind);
}
