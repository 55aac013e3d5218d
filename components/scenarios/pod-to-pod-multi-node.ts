import * as pulumi from "@pulumi/pulumi";
import type { Claim } from "../evidence/claim.ts";
import type { PodFacts } from "../evidence/facts.ts";
import { judgeOverlay } from "../evidence/judge-overlay.ts";
import { nodeReport } from "../evidence/observation.ts";
import { Script } from "../remote/script.ts";
import type { Lesson, LessonArgs } from "./lesson.ts";
import { Classroom, type Placement, podFacts, podList } from "./net-box.ts";

export interface PodToPodMultiNodeArgs extends LessonArgs {
  /** Done when every node is Ready: the overlay is looked at on all of them. */
  readonly ready: pulumi.Resource;
}

/** The course's third lesson: between nodes a packet is routed into flannel.1, and travels inside UDP. */
export class PodToPodMultiNode extends pulumi.ComponentResource implements Lesson {
  readonly pods: pulumi.Output<PodFacts[]>;
  readonly claims: pulumi.Output<Claim[]>;

  constructor(name: string, args: PodToPodMultiNodeArgs, opts: pulumi.ComponentResourceOptions) {
    super("podnet:scenarios:PodToPodMultiNode", name, {}, opts);
    const child = { parent: this };
    const [controlPlane] = args.machines;

    const classroom = new Classroom(name, { namespace: name, deletedWith: controlPlane.resource }, child);
    const placement = apart(name, args.machines.length - 1);
    const first = podFacts(classroom.pod("mypod1", ["pod1"], placement));
    const second = podFacts(classroom.pod("mypod2", ["pod2"], placement));

    const triggers = [
      first.uid,
      second.uid,
      args.verify,
      // Another machine anywhere is another overlay everywhere.
      ...args.machines.map(({ identity }) => identity),
      ...(args.after ?? []),
    ];
    const afterReady = { ...child, dependsOn: [args.ready] };
    const cluster = new Script(
      `${name}-observe-cluster`,
      { machine: controlPlane, script: "observe-cluster", params: { POD_NAMESPACE: name }, triggers },
      afterReady,
    ).result(nodeReport);
    // On every node, wherever the pods are: each looks for its own.
    const overlay = args.machines.map((machine) =>
      new Script(
        `${name}-observe-${machine.name}`,
        { machine, script: "observe-overlay", params: { PODS: podList([first, second]) }, triggers },
        afterReady,
      ).result(nodeReport),
    );

    this.pods = pulumi.all([first, second]);
    const nodes = pulumi.all(args.machines.map(({ name: node, address }) => pulumi.output({ name: node, address })));
    this.claims = pulumi
      .all([first, second, nodes, cluster, pulumi.all(overlay)])
      .apply(([one, other, nodeFacts, clusterReport, reports]) =>
        judgeOverlay({ pods: [one, other], nodes: nodeFacts, cluster: clusterReport, overlay: reports }),
      );
    this.registerOutputs({ pods: this.pods, claims: this.claims });
  }
}

/** The scheduler must put the pods on different nodes; no name pins them. */
function apart(lesson: string, workers: number): Placement {
  const labels = { lesson };
  return {
    labels,
    spec: {
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: labels } },
          ],
        },
      },
      // With one worker the only other node is the control plane.
      ...(workers === 1 && {
        tolerations: [{ key: "node-role.kubernetes.io/control-plane", operator: "Exists", effect: "NoSchedule" }],
      }),
    },
  };
}
