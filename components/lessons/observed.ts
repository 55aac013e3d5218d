import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { NodeFacts, PodFacts } from "../../evidence/facts.ts";
import type { Observations } from "../../evidence/observation.ts";
import type { ScriptsWith } from "../../nodes/script.ts";
import { machineNamed } from "../machines/locate.ts";
import type { Machine } from "../machines/machine.ts";
import { Script } from "../script.ts";
import type { LessonArgs } from "./lesson.ts";

/** What a pod's own node says of it, once it runs; asked again when the checks run again, for a pod outlives its address. */
export function podFacts(
  pod: k8s.core.v1.Pod,
  name: string,
  args: Pick<LessonArgs, "machines" | "verify">,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<PodFacts> {
  // As a whole: a preview knows parts that are not yet true.
  const known = pulumi
    .all([pod.metadata, pod.spec, pod.status])
    .apply(([metadata, spec]) => ({ ...metadata, node: spec.nodeName }));
  return new Script(
    `${name}-facts`,
    {
      machine: machineNamed(args.machines, known.node),
      script: "observe/pod-facts",
      params: { POD_NAMESPACE: known.namespace, POD_NAME: known.name, POD_UID: known.uid },
      again: [args.verify],
    },
    opts,
  ).result();
}

/** What an observer printed, under the name the node has in the cluster; the machine's own host name may be another. */
export function observed(
  script: Script<ScriptsWith<Observations>>,
  node: pulumi.Input<string>,
): pulumi.Output<Observations> {
  return pulumi.all([script.result(), node]).apply(([report, name]): Observations => ({ ...report, node: name }));
}

/** What the evidence wants to know of the machines. */
export function nodeFacts(machines: readonly Machine[]): pulumi.Output<NodeFacts[]> {
  return pulumi.all(
    machines.map(({ name, address, address6 }) =>
      pulumi.output({ name, address, ...(address6 !== undefined && { address6 }) }),
    ),
  );
}

/** The same with IPv6 addresses. */
export function nodeList6(machines: readonly Machine[]): pulumi.Output<string> {
  return nodeFacts(machines).apply((facts) => facts.map(({ name, address6 }) => `${name}=${address6 ?? ""}`).join(" "));
}

/** Pods with their IPv6 addresses, as the observers want them. */
export function podList6(
  pods: pulumi.Input<readonly pulumi.Input<PodFacts>[]>,
  nameOf?: (pod: PodFacts) => string,
): pulumi.Output<string> {
  return podList(
    pulumi.output(pods).apply((facts) => facts.map((pod) => ({ ...pod, ip: pod.ip6 ?? "" }))),
    nameOf,
  );
}

/** Pods as the observers want them: NAME=UID=ADDRESS, separated by blanks. */
export function podList(
  pods: pulumi.Input<readonly pulumi.Input<PodFacts>[]>,
  nameOf: (pod: PodFacts) => string = ({ name }) => name,
): pulumi.Output<string> {
  return pulumi.output(pods).apply((facts) => facts.map((pod) => `${nameOf(pod)}=${pod.uid}=${pod.ip}`).join(" "));
}

/** Nodes as the observers want them: NAME=ADDRESS, separated by blanks. */
export function nodeList(machines: readonly Machine[]): pulumi.Output<string> {
  return nodeFacts(machines).apply((facts) => facts.map(({ name, address }) => `${name}=${address}`).join(" "));
}
