import * as pulumi from "@pulumi/pulumi";
import type { Claim } from "../evidence/claim.ts";
import type { PodFacts } from "../evidence/facts.ts";
import { judgeBridge } from "../evidence/judge-bridge.ts";
import { nodeReport } from "../evidence/observation.ts";
import { machineNamed } from "../machines/locate.ts";
import { Script } from "../remote/script.ts";
import type { Lesson, LessonArgs } from "./lesson.ts";
import { Classroom, podFacts, podList } from "./net-box.ts";

/** The course's second lesson: two pods of one node are on one Ethernet segment, the bridge cni0. */
export class PodToPodSingleNode extends pulumi.ComponentResource implements Lesson {
  readonly pods: pulumi.Output<PodFacts[]>;
  readonly claims: pulumi.Output<Claim[]>;

  constructor(name: string, args: LessonArgs, opts: pulumi.ComponentResourceOptions) {
    super("podnet:scenarios:PodToPodSingleNode", name, {}, opts);
    const child = { parent: this };
    const [controlPlane, worker] = args.machines;

    const classroom = new Classroom(name, { namespace: name, deletedWith: controlPlane.resource }, child);
    const placement = { spec: { nodeSelector: { "kubernetes.io/hostname": worker.name } } };
    const first = podFacts(classroom.pod("mypod1", ["pod1"], placement));
    const second = podFacts(classroom.pod("mypod2", ["pod2"], placement));
    const observe = new Script(
      `${name}-observe`,
      {
        machine: machineNamed(args.machines, first.node),
        script: "observe-bridge",
        params: { PODS: podList([first, second]) },
        triggers: [first.uid, second.uid, args.verify, ...(args.after ?? [])],
      },
      child,
    );

    this.pods = pulumi.all([first, second]);
    this.claims = pulumi
      .all([first, second, observe.result(nodeReport)])
      .apply(([one, other, report]) => judgeBridge([one, other], report));
    this.registerOutputs({ pods: this.pods, claims: this.claims });
  }
}
