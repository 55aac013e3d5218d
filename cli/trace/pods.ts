import type { PodFacts } from "../../evidence/facts.ts";
import type { ScriptResult } from "../../nodes/script.ts";
import { nearest } from "../../components/settings/nearest.ts";
import { Problem } from "../view/problem.ts";

type Pod = ScriptResult<"observe/list-pods">[number];

const full = ({ namespace, name }: Pod): string => `${namespace}/${name}`;

/**
 * The running pod that a user means by NAMESPACE/NAME, or by NAME where only one has it. Its name becomes NAMESPACE/NAME: two pods of
 * different namespaces may share the other. Pure. @throws Problem naming what can be written instead
 */
export function choosePod(pods: readonly Pod[], wanted: string): PodFacts {
  const found = pods.filter((pod) => full(pod) === wanted || pod.name === wanted);
  const [pod, another] = found;
  if (pod === undefined) {
    const names = pods.filter(({ hostNetwork }) => !hostNetwork).map(full);
    const meant =
      nearest(wanted, names) ??
      nearest(
        wanted,
        pods.map(({ name }) => name),
      );
    throw new Problem(
      `no pod "${wanted}"; ${meant === undefined ? `the pods are ${names.join(", ")}` : `did you mean ${meant}?`}`,
      2,
    );
  }
  if (another !== undefined)
    throw new Problem(`"${wanted}" is the name of ${found.length} pods; write one of ${found.map(full).join(", ")}`, 2);
  if (pod.hostNetwork)
    throw new Problem(
      `${full(pod)} uses its node's own network (hostNetwork): it has no interface to follow a packet from; choose another pod`,
      2,
    );
  if (pod.phase !== "Running" || pod.ip === "") {
    throw new Problem(
      `${full(pod)} is ${pod.phase}, not Running with an address; ./lab kubectl describe pod --namespace ${pod.namespace} ${pod.name} says why`,
    );
  }
  return { ...pod, name: full(pod) };
}
