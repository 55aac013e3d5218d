import type { Language, Text } from "../language.ts";
import type { About, ClaimKind } from "../kinds.ts";

/** What is said of one kind of claim. */
export interface Words<K extends ClaimKind> extends Readonly<Record<Language, (about: About<K>) => string>> {
  /** Where to look next when the claim fails; undefined where nothing is better than the command itself. */
  readonly look: Text | undefined;
}

/** What is said of some kinds. */
export type SomeWords = { readonly [K in ClaimKind]?: Words<K> };

export const both: Readonly<Record<Language, (names: readonly string[]) => string>> = {
  en: (names) => names.join(" and "),
  zh: (names) => names.join(" 和 "),
};

/** Where to look when a packet from pod to pod is lost. */
export const trace: Text = {
  en: "./lab trace from the one pod to the other: it names the last hop, and the claims about the way that do not hold",
  zh: "对这两个 Pod 运行 ./lab trace：它指出最后一跳，以及沿途不成立的结论",
};

/** Where to look when a pod's cable is not where it belongs. */
export const ports: Text = {
  en: "ip link show master cni0 on the node, and /etc/cni/net.d",
  zh: "节点上的 ip link show master cni0，以及 /etc/cni/net.d",
};
