import * as pulumi from "@pulumi/pulumi";
import type { Claim } from "../../evidence/claim.ts";
import type { PodFacts } from "../../evidence/facts.ts";
import { firstFamily } from "../../evidence/family.ts";
import { judgeContainers } from "../../evidence/judge/containers.ts";
import { machineNamed } from "../machines/locate.ts";
import { Script } from "../script.ts";
import { type Lesson, type LessonArgs, registered } from "./lesson.ts";
import { LessonNamespace } from "./namespace.ts";
import { observed, podFacts } from "./observed.ts";

/** The course's first lesson: the containers of a pod share one network namespace. */
export class ContainerToContainer extends pulumi.ComponentResource implements Lesson {
  readonly pods: pulumi.Output<PodFacts[]>;
  readonly claims: pulumi.Output<Claim[]>;

  constructor(name: string, args: LessonArgs, opts: pulumi.ComponentResourceOptions) {
    super("podnet:scenarios:ContainerToContainer", name, {}, opts);
    const child = { parent: this };
    const [controlPlane, worker] = args.machines;

    const namespace = new LessonNamespace(
      name,
      { namespace: name, lostPods: args.lostPods, joined: args.joined, deletedWith: controlPlane.resource },
      child,
    );
    const pod = podFacts(
      namespace.pod("my-pod", ["container1", "container2"], {
        spec: { nodeSelector: { "kubernetes.io/hostname": worker.name } },
      }),
      `${name}-my-pod`,
      args,
      child,
    );
    const observe = new Script(
      `${name}-observe`,
      {
        machine: machineNamed(args.machines, pod.node),
        script: "observe/containers",
        params: { POD_UID: pod.uid, POD_ADDRESS: pod.ip },
        again: [pod.uid, args.verify, ...(args.after ?? [])],
      },
      { ...child, dependsOn: [args.broken] },
    );

    this.pods = pod.apply((facts) => [facts]);
    this.claims = pulumi
      .all([pod, observed(observe, pod.node)])
      .apply(([facts, report]) => judgeContainers(facts, report, firstFamily(args.ipFamily)));
    this.registerOutputs({ pods: this.pods, claims: registered(this.claims) });
  }
}
