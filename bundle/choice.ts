import type { Mirrors } from "./mirrors.ts";
import { versions } from "./versions.ts";

/** The two ways to everything that is installed: as its makers publish it, or built here. */
export type Way = "release" | "source";
export const ways = ["release", "source"] as const satisfies readonly Way[];

/** What decides the content of what is installed, besides the way in which it is made. */
export interface Origin {
  /** Where to take from. */
  readonly mirrors: Mirrors;
  /** Version of Kubernetes, without a v; one that kubernetes.ts knows. */
  readonly kubernetes: string;
}

/** What the config says, in the keys `artifacts`, `mirrors` and `kubernetesVersion`. */
export interface Choice extends Origin {
  readonly way: Way | "auto";
}

/** A choice whose way is settled; what makes or names something takes this, and never asks the network. */
export interface Decided extends Origin {
  readonly way: Way;
  /** The config left the way open: what turns out not to be published may be built. */
  readonly open: boolean;
}

export const defaultOrigin: Origin = { mirrors: {}, kubernetes: versions.kubernetes };
export const defaultChoice: Choice = { way: "auto", ...defaultOrigin };

/** A decision that the config itself has made. */
export function settled(way: Way, { mirrors, kubernetes }: Origin = defaultOrigin): Decided {
  return { way, open: false, mirrors, kubernetes };
}

/** A choice as the environment of a program that makes something by it. */
export function choiceEnvironment({ way, mirrors, kubernetes }: Choice): Record<string, string> {
  return { ARTIFACTS: way, MIRRORS: JSON.stringify(mirrors), KUBERNETES: kubernetes };
}

/** The same in that program; it comes from one that has checked it. By hand nothing need be set. */
export function choiceOfEnvironment(env: NodeJS.ProcessEnv = process.env): Choice {
  const { ARTIFACTS = defaultChoice.way, MIRRORS = "{}", KUBERNETES = defaultChoice.kubernetes } = env;
  return {
    way: ARTIFACTS as Choice["way"],
    mirrors: JSON.parse(MIRRORS) as Mirrors,
    kubernetes: KUBERNETES,
  };
}

/** The decision that came with the choice, in WAY; undefined where the program is run by hand, or decides for itself. */
export function decidedOfEnvironment(env: NodeJS.ProcessEnv = process.env): Decided | undefined {
  const { way, mirrors, kubernetes } = choiceOfEnvironment(env);
  const decided = ways.find((known) => known === env["WAY"]);
  return decided && { way: decided, open: way === "auto", mirrors, kubernetes };
}
