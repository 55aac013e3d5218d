import { versions } from "./versions.ts";

/**
 * Minor versions of Kubernetes that the lab can be of: their kubeadm reads the same configuration (v1beta4), asks for the same pause image,
 * and gives etcd the flags that the lab's etcd knows. 1.35 asks for another pause image.
 */
export const kubernetesMinors = ["1.37", "1.36"] as const;

/** Versions that can be built: the module graph of each stands in gomod/, under this name. */
export const kubernetesGraphs: Readonly<Record<string, string>> = {
  [versions.kubernetes]: "kubernetes",
  "1.36.3": "kubernetes-1.36.3",
};

export const canBeBuilt = (version: string): boolean => Object.hasOwn(kubernetesGraphs, version);

/** What is wrong with a version of Kubernetes, as the end of a sentence that begins with it. Pure. */
export function kubernetesProblem(version: string, artifacts: string): string | undefined {
  const [, minor] = /^(\d+\.\d+)\.\d+$/.exec(version) ?? [];
  if (minor === undefined) return `is no version; write all three numbers, such as ${versions.kubernetes}`;
  if (!kubernetesMinors.some((known) => known === minor)) {
    return `is not one that the lab knows to handle; write one of ${kubernetesMinors.map((known) => `${known}.x`).join(" or ")}, such as ${versions.kubernetes}`;
  }
  if (artifacts === "source" && !canBeBuilt(version)) {
    return `cannot be built here, for its modules are not pinned; write ${Object.keys(kubernetesGraphs).join(" or ")}, or set artifacts to release`;
  }
  return undefined;
}
