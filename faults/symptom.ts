import type { PodFacts } from "../evidence/facts.ts";
import type { Protocol } from "../evidence/journey/marked.ts";
import type { ClaimKind } from "../evidence/kinds.ts";
import type { Text } from "../evidence/language.ts";
import type { LabFacts } from "./fault.ts";
import { type Expectation, expect, lastSeen, type Placed, servesNames } from "./predict.ts";
import { podName } from "./tell.ts";

/** What a user would report of a broken lab: what does not work, from where to where, and never why. Pure. */
export function symptom(faults: readonly Placed[], lab: LabFacts): Text {
  const certain = [connections(faults, lab), names(faults, lab)].flatMap((one) => one ?? []);
  const others = [sizes, chance, ...byKind.map((one) => () => reported(one, faults))];
  const found = certain.length > 0 ? certain : others.flatMap((report) => report(faults, lab) ?? []).slice(0, 1);
  if (found.length === 0) return quiet;
  return { en: found.map(({ en }) => en).join(" "), zh: found.map(({ zh }) => zh).join("") };
}

const quiet: Text = {
  en: '"Nobody has complained yet. But the nightly checks no longer hold: ./lab verify names what fails."',
  zh: "“还没有人抱怨，但例行检查已经不成立了：./lab verify 会指出哪些结论不成立。”",
};

type Pair = readonly [from: PodFacts, to: PodFacts];
const pairsOf = ({ pods }: LabFacts): readonly Pair[] =>
  pods.flatMap((from) => pods.filter((to) => to !== from).map((to) => [from, to] as const));
const near = ([from, to]: Pair): boolean => from.node === to.node;

function connections(faults: readonly Placed[], lab: LabFacts): Text | undefined {
  const pairs = pairsOf(lab);
  const lost = (protocol: Protocol): readonly Pair[] =>
    pairs.filter(([from, to]) => lastSeen(from, to, protocol, faults) !== undefined);
  const by = { icmp: lost("icmp"), tcp: lost("tcp"), udp: lost("udp") };
  const most = Object.values(by).reduce((one, other) => (other.length > one.length ? other : one));
  const [first] = most;
  if (first === undefined) return undefined;
  const works = Object.entries(by)
    .filter(([, lostPairs]) => lostPairs.length === 0)
    .map(([protocol]) => spoken[protocol as Protocol]);
  const [from, to] = first.map(podName);
  const across = pairs.filter((pair) => !near(pair));
  const where: Text = most.some(near)
    ? most.some((pair) => !near(pair))
      ? { en: "It makes no difference whether they run on one node.", zh: "两者是否在同一节点上没有区别。" }
      : { en: "With pods of other nodes there is no trouble.", zh: "与其他节点上的 Pod 通信没有问题。" }
    : most.length === across.length
      ? {
          en: "No pod reaches one of another node; on one node all is well.",
          zh: "所有跨节点的通信都不通；同一节点内一切正常。",
        }
      : { en: "On one node all is well.", zh: "同一节点内一切正常。" };
  const but: Text =
    works.length === 0
      ? { en: "", zh: "" }
      : { en: ` By ${works.join(" and ")} there is an answer.`, zh: `用 ${works.join(" 和 ")} 则有应答。` };
  return {
    en: `"${from!} gets no answer from ${to!}." ${most.length} of ${pairs.length} pairs of pods are like that. ${where.en}${but.en}`,
    zh: `“${from!} 得不到 ${to!} 的应答。”${pairs.length} 对 Pod 中有 ${most.length} 对是这样。${where.zh}${but.zh}`,
  };
}
const spoken: Readonly<Record<Protocol, string>> = { icmp: "ping", tcp: "TCP", udp: "UDP" };

function names(faults: readonly Placed[], lab: LabFacts): Text | undefined {
  const without = lab.pods.filter((pod) => servesNames(pod, faults, lab) === "fails");
  if (without.length === 0) return undefined;
  const all = without.length === lab.pods.length;
  return {
    en: `"Names are not found${all ? "" : ` in ${without.map(podName).join(", ")}`}."`,
    zh: `“${all ? "" : `${without.map(podName).join("、")} 里`}域名解析不了。”`,
  };
}

/** What becomes of a claim of that kind between two pods of one lesson. */
function between(kind: "mtu-passes" | "loss", [from, to]: Pair, faults: readonly Placed[], lab: LabFacts): Expectation {
  const about = { from: from.name, to: to.name };
  return expect({ id: `${from.namespace}/${kind}/${from.name}/${to.name}`, kind, about }, faults, lab);
}
const classmates = (lab: LabFacts): readonly Pair[] =>
  pairsOf(lab).filter(([from, to]) => from.namespace === to.namespace);

function sizes(faults: readonly Placed[], lab: LabFacts): Text | undefined {
  const pair = classmates(lab).find((one) => between("mtu-passes", one, faults, lab) === "fails");
  if (pair === undefined) return undefined;
  const [from, to] = pair.map(podName);
  return {
    en: `"Small requests from ${from!} to ${to!} are answered, large ones hang."`,
    zh: `“从 ${from!} 到 ${to!} 的小请求有应答，大的就挂起。”`,
  };
}

function chance(faults: readonly Placed[], lab: LabFacts): Text | undefined {
  const pair = classmates(lab).find((one) => between("loss", one, faults, lab) !== "holds");
  if (pair === undefined) return undefined;
  const [from, to] = pair.map(podName);
  return {
    en: `"From ${from!} to ${to!} it sometimes works, and sometimes it hangs or crawls."`,
    zh: `“从 ${from!} 到 ${to!} 有时正常，有时挂起或者很慢。”`,
  };
}

interface Reported {
  readonly kind: ClaimKind;
  readonly says: (node: string) => Text;
}
const byKind: readonly Reported[] = [
  {
    kind: "node-ready",
    says: (node) => ({
      en: `"kubectl get nodes says that ${node} is not well, or will say so soon; what runs there goes on running."`,
      zh: `“kubectl get nodes 显示 ${node} 不正常（或者很快会这样显示）；上面的程序还在运行。”`,
    }),
  },
  {
    kind: "new-pod",
    says: (node) => ({
      en: `"A new pod on ${node} stays in ContainerCreating; the old ones are fine."`,
      zh: `“${node} 上的新 Pod 停在 ContainerCreating；旧的都正常。”`,
    }),
  },
  {
    kind: "egress",
    says: (node) => ({
      en: `"From the pods of ${node} nothing outside the cluster answers."`,
      zh: `“${node} 上的 Pod 访问集群以外得不到应答。”`,
    }),
  },
  {
    kind: "bridge-netfilter",
    says: (node) => ({
      en: `"From the pods of ${node} a Service answers now and then, and now and then it does not."`,
      zh: `“${node} 上的 Pod 访问 Service 时，有时有应答，有时没有。”`,
    }),
  },
  {
    kind: "rp-filter",
    says: (node) => ({
      en: `"${node} itself gets no answer from one of the pods elsewhere, and does not hear it either; between pods all is well."`,
      zh: `“${node} 本身收不到别处某个 Pod 的应答，也听不到它；Pod 之间一切正常。”`,
    }),
  },
];

function reported({ kind, says }: Reported, faults: readonly Placed[]): Text | undefined {
  const found = faults.find(({ fault, target }) =>
    [...(fault.breaks?.(target) ?? []), ...(fault.may?.(target) ?? [])].some((blame) => blame.kind === kind),
  );
  return found && says(found.target.node.name);
}
