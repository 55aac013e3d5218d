import * as pulumi from "@pulumi/pulumi";
import type { Claim } from "../../evidence/claim.ts";
import type { PodFacts } from "../../evidence/facts.ts";
import { firstFamily, hasFamily, ipv4, ipv6 } from "../../evidence/family.ts";
import { judgeBridge } from "../../evidence/judge/bridge.ts";
import { type Followed, followed, type JourneyEvidence, judgeSameNodeJourney } from "../../evidence/judge/journey.ts";
import { followedBy6, judgeSecondBridge, judgeSecondSameNodeJourney } from "../../evidence/judge/second.ts";
import { machineNamed } from "../machines/locate.ts";
import { Script } from "../script.ts";
import { Journey } from "./journey.ts";
import { type Lesson, type LessonArgs, registered } from "./lesson.ts";
import { LessonNamespace } from "./namespace.ts";
import { nodeFacts, observed, podFacts, podList, podList6 } from "./observed.ts";

/** The course's second lesson: two pods of one node are on one Ethernet segment, the bridge cni0. */
export class PodToPodSingleNode extends pulumi.ComponentResource implements Lesson {
  readonly pods: pulumi.Output<PodFacts[]>;
  readonly claims: pulumi.Output<Claim[]>;
  readonly journey: pulumi.Output<Followed>;

  constructor(name: string, args: LessonArgs, opts: pulumi.ComponentResourceOptions) {
    super("podnet:scenarios:PodToPodSingleNode", name, {}, opts);
    const child = { parent: this };
    const [controlPlane, worker] = args.machines;

    const namespace = new LessonNamespace(
      name,
      { namespace: name, lostPods: args.lostPods, joined: args.joined, deletedWith: controlPlane.resource },
      child,
    );
    const placement = { spec: { nodeSelector: { "kubernetes.io/hostname": worker.name } } };
    const first = podFacts(namespace.pod("mypod1", ["pod1"], placement), `${name}-mypod1`, args, child);
    const second = podFacts(namespace.pod("mypod2", ["pod2"], placement), `${name}-mypod2`, args, child);
    const machine = machineNamed(args.machines, first.node);
    const observe = new Script(
      `${name}-observe`,
      {
        machine,
        script: "observe/bridge",
        params: { PODS: podList([first, second]) },
        again: [first.uid, second.uid, args.verify, ...(args.after ?? [])],
      },
      { ...child, dependsOn: [args.broken] },
    );

    const family = firstFamily(args.ipFamily);
    const by6 = hasFamily(args.ipFamily, ipv6)
      ? observed(
          new Script(
            `${name}-observe6`,
            {
              machine,
              script: "observe/bridge6",
              params: { PODS: podList6([first, second]) },
              again: [first.uid, second.uid, args.verify, ...(args.after ?? [])],
            },
            { ...child, dependsOn: [args.broken] },
          ),
          first.node,
        )
      : undefined;
    const packet = new Journey(
      `${name}-journey`,
      {
        pods: [first, second],
        family,
        machines: [{ machine, name: first.node }],
        payload: 77,
        frames: 6,
        backend: args.backend,
        verify: args.verify,
        again: args.after ?? [],
        ready: [args.ready, args.broken],
        probeAfter: [observe],
      },
      child,
    );

    this.pods = pulumi.all([first, second]);
    const report = observed(observe, first.node);
    const evidence = pulumi
      .all([first, second, packet.mark, packet.probe, packet.captures, report])
      .apply(([one, other, mark, probe, captures, seen]): JourneyEvidence => ({
        pods: [one, other],
        mark,
        probe,
        captures: [captures[0]!],
        reports: [seen, seen],
        ...(args.backend && { backend: args.backend }),
      }));
    const follows = family === ipv4 ? followed : followedBy6;
    const judgeJourney = family === ipv4 ? judgeSameNodeJourney : judgeSecondSameNodeJourney;
    this.journey = pulumi.all([evidence, nodeFacts(args.machines)]).apply(([one, nodes]) => follows(one, nodes));
    this.claims = pulumi
      .all([report, evidence, by6 ?? pulumi.output(undefined)])
      .apply(([seen, one, seen6]) => [
        ...judgeBridge(one.pods, seen, family),
        ...judgeJourney(one),
        ...(seen6 === undefined ? [] : judgeSecondBridge(one.pods, seen6)),
      ]);
    this.registerOutputs({ pods: this.pods, claims: registered(this.claims), journey: this.journey });
  }
}
