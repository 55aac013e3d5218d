import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../cluster/cluster.ts";
import { firstAddress } from "../../evidence/cidr.ts";
import type { Claim } from "../../evidence/claim.ts";
import type { PodFacts } from "../../evidence/facts.ts";
import { verdict, type Verification } from "../../evidence/verdict.ts";
import type { Machine } from "../machines/machine.ts";
import { ContainerToContainer } from "./container-to-container.ts";
import type { ScenarioOutput } from "../outputs.ts";
import { insist } from "./insist.ts";
import type { Lesson } from "./lesson.ts";
import { PodToPodMultiNode } from "./pod-to-pod-multi-node.ts";
import { PodToPodSingleNode } from "./pod-to-pod-single-node.ts";
import { Reachability } from "./reachability.ts";

export interface ScenariosArgs {
  /** The machines, the control plane first; at least one worker. */
  readonly machines: readonly Machine[];
  readonly cluster: Pick<Cluster, "provider" | "ready" | "packages" | "lostPods">;
  /** When `verify` changes, every check runs again. */
  readonly settings: {
    readonly verify: string;
    readonly serviceCidr: string;
    readonly dnsAddress: string;
    /** Of virtual machines more is claimed. */
    readonly platform?: { readonly kind: string };
  };
  /** What happens once all claims are known. @default insist: the update fails when one does not hold */
  readonly judge?: (claims: readonly Claim[]) => void;
}

/** The three scenarios of the course, side by side, and what was proved on the nodes, as the stack's outputs have it. */
export function createScenarios(name: string, args: ScenariosArgs, opts: pulumi.ComponentResourceOptions = {}) {
  const [controlPlane, worker, ...others] = args.machines;
  if (controlPlane === undefined || worker === undefined)
    throw new Error("the scenarios need a control plane and a worker");
  const scenarios = new pulumi.ComponentResource(
    "podnet:scenarios:Scenarios",
    name,
    {},
    pulumi.mergeOptions(opts, { providers: [args.cluster.provider] }),
  );
  const child = { parent: scenarios };
  const common = {
    machines: [controlPlane, worker, ...others] as const,
    // Whatever began anew when a machine did is to be seen again, and its neighbours' view of it.
    verify: pulumi
      .all([args.settings.verify, ...args.machines.flatMap(({ start }) => start ?? [])])
      .apply((all) => all.join(" ")),
    // The checks use the packages, and a node with other versions of them is another node.
    after: Object.values(args.cluster.packages),
    ready: args.cluster.ready,
    virtual: args.settings.platform?.kind === "vm",
    lostPods: args.cluster.lostPods,
  };

  const lessons: Readonly<Record<string, Lesson>> = {
    "container-to-container": new ContainerToContainer("container-to-container", common, child),
    "pod-to-pod-single-node": new PodToPodSingleNode("pod-to-pod-single-node", common, child),
    "pod-to-pod-multi-node": new PodToPodMultiNode("pod-to-pod-multi-node", common, child),
  };
  const across = new Reachability(
    "reachability",
    {
      ...common,
      pods: pulumi.all(Object.values(lessons).map((lesson) => lesson.pods)).apply((all): PodFacts[] => all.flat()),
      dnsAddress: args.settings.dnsAddress,
      apiAddress: firstAddress(args.settings.serviceCidr),
    },
    child,
  );
  // What holds across the scenarios stands with the scenario of the pod that it was tried from.
  const claimsOf = (namespace: string, lesson: Lesson): pulumi.Output<Claim[]> =>
    pulumi
      .all([lesson.claims, across.claims])
      .apply(([own, shared]) => [...own, ...shared.filter(({ id }) => id.startsWith(`${namespace}/`))]);
  const claims = pulumi
    .all(Object.entries(lessons).map(([namespace, lesson]) => claimsOf(namespace, lesson)))
    .apply((all): Claim[] => all.flat());
  // Beside the outputs, not in their way: the claims that fail are to be read there as well. A preview cannot know better
  // than the last update, and must not stand in the way of the next one.
  if (!pulumi.runtime.isDryRun()) claims.apply(args.judge ?? insist);

  return {
    podIPs: byNamespace(lessons, ({ pods }) =>
      pods.apply((all) => Object.fromEntries(all.map((pod) => [pod.name, pod.ip]))),
    ),
    scenarios: byNamespace(lessons, (lesson, namespace) =>
      pulumi
        .all([lesson.pods, claimsOf(namespace, lesson), lesson.journey])
        .apply(([pods, proved, journey]): ScenarioOutput => ({
          pods: pods.map(({ name: pod, uid, node, ip, containers }) => ({ name: pod, uid, node, ip, containers })),
          claims: proved,
          ...(journey && { journey: journey.hops }),
        })),
    ),
    captures: Object.fromEntries(
      Object.entries(lessons).flatMap(([namespace, { journey }]) =>
        journey === undefined ? [] : [[namespace, journey.apply(({ pcapng }) => pcapng)]],
      ),
    ),
    verification: claims.apply((all): Verification => verdict(all)),
  };
}

function byNamespace<T>(
  lessons: Readonly<Record<string, Lesson>>,
  view: (lesson: Lesson, namespace: string) => T,
): Record<string, T> {
  return Object.fromEntries(Object.entries(lessons).map(([namespace, lesson]) => [namespace, view(lesson, namespace)]));
}
