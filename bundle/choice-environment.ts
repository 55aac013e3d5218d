import { type Choice, defaultChoice } from "./choice.ts";
import type { Mirrors } from "./mirrors.ts";

/** A choice as the environment of a program that makes something by it. */
export function choiceEnvironment({ artifacts, mirrors, kubernetes }: Choice): Record<string, string> {
  return { ARTIFACTS: artifacts, MIRRORS: JSON.stringify(mirrors), KUBERNETES: kubernetes };
}

/** The same in that program; it comes from one that has checked it. By hand nothing need be set. */
export function choiceOfEnvironment(env: NodeJS.ProcessEnv = process.env): Choice {
  const { ARTIFACTS = defaultChoice.artifacts, MIRRORS = "{}", KUBERNETES = defaultChoice.kubernetes } = env;
  return {
    artifacts: ARTIFACTS as Choice["artifacts"],
    mirrors: JSON.parse(MIRRORS) as Mirrors,
    kubernetes: KUBERNETES,
  };
}
