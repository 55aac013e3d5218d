import * as pulumi from "@pulumi/pulumi";
import { backendBy, backendBy6, backendOf, carrierOf, hopsOnEnd } from "../../evidence/backends.ts";
import type { Claim } from "../../evidence/claim.ts";
import { firstFamily, hasFamily, ipv4, ipv6 } from "../../evidence/family.ts";
import type { PodFacts } from "../../evidence/facts.ts";
import { type Followed, followed, type JourneyEvidence, judgeCrossNodeJourney } from "../../evidence/judge/journey.ts";
import { judgeMachines } from "../../evidence/judge/machines.ts";
import { followedBy6, judgeSecondJourney, judgeSecondOverlay } from "../../evidence/judge/second.ts";
import { judgeOverlay } from "../../evidence/judge/overlay.ts";
import { type Observations, unseen } from "../../evidence/observation.ts";
import { machineNamed } from "../machines/locate.ts";
import { Script } from "../script.ts";
import { Journey } from "./journey.ts";
import { type Lesson, type LessonArgs, lookedAtAgain, registered } from "./lesson.ts";
import { LessonNamespace, type Placement } from "./namespace.ts";
import { nodeFacts, nodeList, nodeList6, observed, podFacts, podList, podList6 } from "./observed.ts";

/** The course's third lesson: between nodes a packet is routed into flannel.1, and travels inside UDP. */
export class PodToPodMultiNode extends pulumi.ComponentResource implements Lesson {
  readonly pods: pulumi.Output<PodFacts[]>;
  readonly claims: pulumi.Output<Claim[]>;
  readonly journey: pulumi.Output<Followed>;
  readonly journey6?: pulumi.Output<Followed>;

  constructor(name: string, args: LessonArgs, opts: pulumi.ComponentResourceOptions) {
    super("podnet:scenarios:PodToPodMultiNode", name, {}, opts);
    const child = { parent: this };
    const [controlPlane] = args.machines;
    const family = firstFamily(args.ipFamily);
    const has6 = hasFamily(args.ipFamily, ipv6);
    const dual = has6 && family === ipv4;
    const backend = backendOf(args.backend);
    const { tunnel, vtep, options } = backendBy(backend, family);

    const namespace = new LessonNamespace(
      name,
      { namespace: name, lostPods: args.lostPods, joined: args.joined, deletedWith: controlPlane.resource },
      child,
    );
    const placement = apart(name, args.machines.length - 1);
    const first = podFacts(namespace.pod("mypod1", ["pod1"], placement), `${name}-mypod1`, args, child);
    const second = podFacts(namespace.pod("mypod2", ["pod2"], placement), `${name}-mypod2`, args, child);

    const again = [first.uid, second.uid, ...lookedAtAgain(args)];
    const afterReady = { ...child, dependsOn: [args.ready, args.broken] };
    const cluster = observed(
      new Script(
        `${name}-observe-cluster`,
        {
          machine: controlPlane,
          script: "observe/cluster",
          params: { POD_NAMESPACE: name, ...(has6 && { FAMILIES: "dual" }) },
          again,
        },
        afterReady,
      ),
      controlPlane.name,
    );
    // On every node, wherever the pods are: each looks for its own.
    const observers = args.machines.map(
      (machine) =>
        new Script(
          `${name}-observe-${machine.name}`,
          {
            machine,
            script: "observe/overlay",
            params: {
              PODS: podList([first, second]),
              NODES: nodeList(args.machines),
              TUNNEL: tunnel?.device ?? "",
              VTEP: vtep ?? "",
              ...(options.rules && { RULES: options.rules }),
              ...(backend.kernel && { END: backend.kernel }),
              ...(family === ipv6 && { FAMILY: family.name }),
            },
            again,
          },
          afterReady,
        ),
    );
    const tunnel6 = backendBy6(backend);
    const observers6 = (has6 ? args.machines : []).map(
      (machine, index) =>
        new Script(
          `${name}-observe6-${machine.name}`,
          {
            machine,
            script: "observe/overlay6",
            params: {
              PODS: podList6([first, second]),
              NODES: nodeList6(args.machines),
              TUNNEL: tunnel6.tunnel?.device ?? "",
              VTEP: tunnel6.vtep ?? "",
            },
            again,
          },
          // After the others: what is dropped while they look is theirs.
          { ...child, dependsOn: [observers[index]!] },
        ),
    );
    const by6 = pulumi.all(observers6.map((script, index) => observed(script, args.machines[index]!.name)));
    const overlay = pulumi.all(args.machines.map((machine, index) => observed(observers[index]!, machine.name)));
    const packet = new Journey(
      `${name}-journey`,
      {
        pods: [first, second],
        family,
        machines: [
          { machine: machineNamed(args.machines, first.node), name: first.node },
          { machine: machineNamed(args.machines, second.node), name: second.node },
        ],
        payload: 79,
        frames: hopsOnEnd(backend),
        backend: args.backend,
        verify: args.verify,
        again: [...args.machines.map(({ identity }) => identity), ...(args.after ?? [])],
        ready: [args.ready, args.broken],
        probeAfter: family === ipv4 ? observers : observers6,
      },
      child,
    );

    const packet6 = dual
      ? new Journey(
          `${name}-journey6`,
          {
            pods: [first, second],
            family: ipv6,
            machines: [
              { machine: machineNamed(args.machines, first.node), name: first.node },
              { machine: machineNamed(args.machines, second.node), name: second.node },
            ],
            payload: 81,
            frames: hopsOnEnd(backend),
            backend: args.backend,
            verify: args.verify,
            again: [...args.machines.map(({ identity }) => identity), ...(args.after ?? [])],
            ready: [args.ready, args.broken],
            probeAfter: observers6,
          },
          child,
        )
      : undefined;

    this.pods = pulumi.all([first, second]);
    const nodes = nodeFacts(args.machines);
    const evidenceOf = (
      { mark, probe, captures }: Journey,
      seen: pulumi.Output<Observations[]>,
    ): pulumi.Output<JourneyEvidence> =>
      pulumi
        .all([first, second, mark, probe, captures, seen])
        .apply(([one, other, mark, probe, captures, reports]): JourneyEvidence => {
          const of = (pod: PodFacts): Observations =>
            reports.find(({ node }) => node === pod.node) ?? unseen(pod.node, probe.at);
          return {
            pods: [one, other],
            mark,
            probe,
            captures: [captures[0]!, captures[1]!],
            reports: [of(one), of(other)],
            backend: carrierOf(backend),
          };
        });
    const evidence = evidenceOf(packet, family === ipv4 ? overlay : by6);
    const evidence6 = packet6 && evidenceOf(packet6, by6);
    const [follows, judgeJourney] =
      family === ipv4 ? [followed, judgeCrossNodeJourney] : [followedBy6, judgeSecondJourney];
    this.journey = pulumi.all([evidence, nodes]).apply(([one, all]) => follows(one, all));
    if (evidence6) this.journey6 = pulumi.all([evidence6, nodes]).apply(([one, all]) => followedBy6(one, all));
    this.claims = pulumi
      .all([nodes, cluster, overlay, evidence, by6, evidence6 ?? pulumi.output(undefined)])
      .apply(([all, clusterReport, reports, one, overlay6, one6]) => [
        ...judgeOverlay(
          { pods: one.pods, nodes: all, cluster: clusterReport, overlay: reports, backend: carrierOf(backend) },
          family,
        ),
        ...(args.virtual ? judgeMachines(name, all, reports, carrierOf(backend)) : []),
        ...judgeJourney(one, all),
        ...(has6
          ? judgeSecondOverlay({
              pods: one.pods,
              nodes: all,
              cluster: clusterReport,
              overlay: overlay6,
              backend: carrierOf(backend),
            })
          : []),
        ...(one6 === undefined ? [] : judgeSecondJourney(one6, all)),
      ]);
    this.registerOutputs({ pods: this.pods, claims: registered(this.claims), journey: this.journey });
  }
}

/** The scheduler must put the pods on different nodes; no name pins them. */
function apart(lesson: string, workers: number): Placement {
  const labels = { lesson };
  return {
    labels,
    // Pods that were made when there was one worker stay where they are when there are more.
    keep: workers === 1 ? [] : ["spec.tolerations"],
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
