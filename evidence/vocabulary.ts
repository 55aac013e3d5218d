import type { Claim, ClaimOf } from "./claim.ts";
import { type About, type ClaimKind, renamePods } from "./kinds.ts";
import type { Language } from "./language.ts";
import { balancerWords } from "./words/balancer.ts";
import { containerWords } from "./words/containers.ts";
import { podWords } from "./words/pods.ts";
import { overlayWords } from "./words/overlay.ts";
import { journeyWords } from "./words/journey.ts";
import { nodeWords } from "./words/nodes.ts";
import { discoveryWords } from "./words/discovery.ts";
import { policyWords } from "./words/policy.ts";
import { serviceWords } from "./words/services.ts";
import { dnsWords } from "./words/dns.ts";
import { reachWords } from "./words/reach.ts";
import type { Words } from "./words/words.ts";
/** The sentence of a claim. `rename` gives its pods other names, where pods of several lessons are called the same. */
export function sentence(claim: Claim, language: Language, rename?: (pod: string) => string): string {
  const { kind, about } = claim;
  return sentenceAbout(kind, rename === undefined ? about : renamePods(about, rename), language);
}

export function sentenceAbout<K extends ClaimKind>(kind: K, about: About<K>, language: Language): string {
  const words: Words<K> = vocabulary[kind];
  const { family } = about as { readonly family?: "ipv6" };
  return (family === undefined ? "" : second[language]) + words[language](about);
}

/** Before what is said of the second address family. */
const second: Readonly<Record<Language, string>> = { en: "by IPv6, ", zh: "IPv6：" };

/** Where to look when a claim does not hold. */
export function nextLook({ kind, node }: Pick<ClaimOf<ClaimKind>, "kind" | "node">, language: Language): string {
  return vocabulary[kind].look?.[language] ?? byHand[language](node);
}

const byHand: Readonly<Record<Language, (node: string) => string>> = {
  en: (node) => `run the command on ${node} (./lab ssh ${node})`,
  zh: (node) => `在 ${node} 上运行这条命令（./lab ssh ${node}）`,
};

/** What is said of each kind of claim. The English sentences are those of the stack's outputs. */
const vocabulary: { readonly [K in ClaimKind]: Words<K> } = {
  ...balancerWords,
  ...containerWords,
  ...podWords,
  ...overlayWords,
  ...journeyWords,
  ...nodeWords,
  ...discoveryWords,
  ...policyWords,
  ...serviceWords,
  ...dnsWords,
  ...reachWords,
};
