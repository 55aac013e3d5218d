import { backendOf } from "../../evidence/backends.ts";
import type { Claim } from "../../evidence/claim.ts";
import type { Language, Text } from "../../evidence/language.ts";
import { nextLook, sentence } from "../../evidence/vocabulary.ts";
import type { Diagnosis, Explanation } from "../../faults/diagnose.ts";
import type { LabFacts, Place } from "../../faults/fault.ts";
import { lastSeen } from "../../faults/predict.ts";
import { podName, showing, whereIs } from "../../faults/tell.ts";
import { flag } from "../stack/results.ts";
import { paint, wrap } from "../view/say.ts";

interface Words {
  readonly healthy: (claims: number) => string;
  readonly fail: (failing: number, claims: number, kinds: string) => string;
  readonly cause: (what: string) => string;
  readonly causes: (what: readonly string[]) => string;
  readonly orElse: (what: readonly string[]) => string;
  readonly unknown: (most: string) => string;
  readonly see: string;
  readonly mend: string;
  readonly on: (node: string) => string;
  readonly byHeal: (command: string) => string;
  readonly and: string;
  readonly dies: (from: string, to: string, spot: string, leg: "request" | "reply") => string;
  readonly list: string;
  readonly more: (count: number) => string;
}

const words: Readonly<Record<Language, Words>> = {
  en: {
    healthy: (claims) => `No fault: all ${claims} claims hold.`,
    fail: (failing, claims, kinds) => `${failing} of ${claims} claims ${failing === 1 ? "fails" : "fail"}: ${kinds}.`,
    cause: (what) => `One cause explains all of it: ${what}.`,
    causes: (what) => `No single cause explains all of it; these ${what.length} together do: ${what.join("; and ")}.`,
    orElse: (what) => `As far as the claims can tell, it may as well be this: ${what.join("; or ")}.`,
    unknown: (most) =>
      `I cannot tell: no fault of the catalogue, and no ${most} of them together, make exactly these claims fail. What to look at:`,
    see: "see it",
    mend: "mend it",
    on: (node) => `on ${node}: `,
    byHeal: (command) => `${command}, where ./lab break has done it`,
    and: "; ",
    dies: (from, to, spot, leg) =>
      `${leg === "request" ? `A packet from ${from} to ${to}` : `What ${to} answers to ${from}`} is seen last ${spot}.`,
    list: ", ",
    more: (count) => `and ${count} more: ./lab outputs --table`,
  },
  zh: {
    healthy: (claims) => `没有故障：全部 ${claims} 条结论都成立。`,
    fail: (failing, claims, kinds) => `${claims} 条结论中有 ${failing} 条不成立：${kinds}。`,
    cause: (what) => `一个原因就能解释全部：${what}。`,
    causes: (what) => `没有哪个单一原因能解释全部；这 ${what.length} 个合在一起可以：${what.join("；以及")}。`,
    orElse: (what) => `仅凭这些结论，也可能是：${what.join("；或者")}。`,
    unknown: (most) =>
      `我说不出原因：目录里没有哪个故障（${most} 个以内的组合也没有）恰好让这些结论不成立。可以看这里：`,
    see: "查看",
    mend: "修复",
    on: (node) => `在 ${node} 上：`,
    byHeal: (command) => `${command}（如果是 ./lab break 造成的）`,
    and: "；",
    dies: (from, to, spot, leg) =>
      `${leg === "request" ? `从 ${from} 发往 ${to} 的包` : `${to} 给 ${from} 的应答`}最后出现的位置：${spot}。`,
    list: "、",
    more: (count) => `另有 ${count} 条：./lab outputs --table`,
  },
};

/** Beyond these the rest is counted. */
const shown = 5;

/** What fails, why, what shows it and what mends it. Pure, but for colour. */
export function renderDiagnosis(
  { verdict, failing, explanations }: Diagnosis,
  claims: number,
  lab: LabFacts,
  { stack, language }: { readonly stack: string; readonly language: Language },
): string[] {
  const say = words[language];
  if (verdict === "healthy") return [paint("green", say.healthy(claims))];
  const fail = paint("red", say.fail(failing.length, claims, countKinds(failing, say)));
  const [best, ...others] = explanations;
  if (best === undefined) return [...paragraph(`${fail} ${say.unknown("2, 3")}`), ...looks(failing, language)];
  const named = whatOf(best, language);
  const cause = named.length === 1 ? say.cause(named[0] ?? "") : say.causes(named);
  // What leaves more to chance is left out: it would be one more guess.
  const other = others.slice(0, 1).map((one) => whatOf(one, language).join(say.and));
  return [
    ...paragraph([fail, cause, ...(other.length > 0 ? [say.orElse(other)] : [])].join(" ")),
    ...sees(best, lab, { stack, language }),
    ...mends(best, { stack, language }),
  ];
}

/** For a report: the cause, and where a packet is seen last; undefined where there is none, or nobody can tell. Pure. */
export function whyOf({ explanations: [best] }: Diagnosis, lab: LabFacts): Text | undefined {
  if (best === undefined) return undefined;
  const shows = showing(best.faults, lab);
  const lost = shows && lastSeen(shows.from, shows.to, shows.protocol, best.faults, lab.backend);
  const sentences = (language: Language): string[] => {
    const say = words[language];
    const named = whatOf(best, language);
    return [
      named.length === 1 ? say.cause(named[0] ?? "") : say.causes(named),
      ...(shows && lost
        ? [say.dies(podName(shows.from), podName(shows.to), spotOf(lost.place, lab)[language], lost.leg)]
        : []),
    ];
  };
  return { en: sentences("en").join(" "), zh: sentences("zh").join("") };
}

/** Where the node wraps and unwraps, by the name of its device. */
function spotOf(place: Place, { backend }: LabFacts): Text {
  return spotsAt(backendOf(backend).tunnel?.device ?? "eth0")[place];
}

const spotsAt = (device: string): Readonly<Record<Place, Text>> => ({
  nowhere: { en: "on no interface of the node", zh: "节点的任何接口上都没有" },
  "pod in": { en: "at the pod's own veth", zh: "Pod 自己的 veth" },
  "bridge in": { en: "at cni0, before the node's routes", zh: "cni0，还没有经过节点的路由" },
  "vtep out": { en: `at ${device}, before the wire`, zh: `${device}，还没有上线路` },
  "wire out": { en: "on the wire, leaving", zh: "线路上，正在离开" },
  "wire in": { en: "on the wire, arriving", zh: "线路上，已经到达" },
  "vtep in": { en: `at ${device}, unwrapped`, zh: `${device}，已经解封装` },
  "bridge out": { en: "at cni0 of the other node", zh: "对方节点的 cni0" },
  "pod out": { en: "at the other pod's veth", zh: "对方 Pod 的 veth" },
});

/** "ping (2), reach". */
function countKinds(failing: readonly Claim[], { list }: Words): string {
  const kinds = [...new Set(failing.map(({ kind }) => kind))];
  return kinds
    .map((kind) => [kind, failing.filter((one) => one.kind === kind).length] as const)
    .map(([kind, count]) => (count === 1 ? kind : `${kind} (${count})`))
    .join(list);
}

const whatOf = ({ faults }: Explanation, language: Language): readonly string[] =>
  faults.map((placed) => {
    const [open, close] = language === "zh" ? ["（", "）"] : [" (", ")"];
    const place = language === "zh" ? `，${whereIs(placed).zh}` : ` ${whereIs(placed).en}`;
    return `${placed.fault.title[language]}${open}${placed.fault.name}${close}${place}`;
  });

interface In {
  readonly stack: string;
  readonly language: Language;
}

function sees({ faults }: Explanation, lab: LabFacts, { stack, language }: In): string[] {
  const shows = showing(faults, lab);
  const proto = shows === undefined || shows.protocol === "icmp" ? "" : ` --proto ${shows.protocol}`;
  return [
    ...(shows === undefined
      ? []
      : [field(words[language].see, `./lab trace${flag(stack)} ${podName(shows.from)} ${podName(shows.to)}${proto}`)]),
    ...faults.map(({ fault, target }) =>
      field(words[language].see, `${words[language].on(target.node.name)}${fault.hints.at(-1)?.[language] ?? ""}`),
    ),
  ];
}

function mends({ faults }: Explanation, { stack, language }: In): string[] {
  const say = words[language];
  return [
    ...faults.map(({ fault, target }) => field(say.mend, `${say.on(target.node.name)}${fault.mend[language]}`)),
    field(say.mend, say.byHeal(`./lab heal${flag(stack)}`)),
  ];
}

function looks(failing: readonly Claim[], language: Language): string[] {
  const say = words[language];
  const lines = failing
    .slice(0, shown)
    .flatMap((claim) => [
      `  ${paint("red", "✗")} ${claim.id}: ${sentence(claim, language)}`,
      `      ${say.see}  ${nextLook(claim, language)}`,
    ]);
  return [...lines, ...(failing.length > shown ? [`  ${say.more(failing.length - shown)}`] : [])];
}

const paragraph = (text: string): string[] => [...wrap(text, 100), ""];
/** Whole, so that a command in it can be copied. */
const field = (title: string, text: string): string => `  ${title}  ${text}`;
