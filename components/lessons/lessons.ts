import * as pulumi from "@pulumi/pulumi";
import { type Choice, defaultChoice } from "../../bundle/choice.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { hostAddress } from "../../evidence/cidr.ts";
import type { IpFamilies } from "../../evidence/family.ts";
import { type Carrier, carrierKey, usualBackend } from "../../evidence/backends.ts";
import type { Claim } from "../../evidence/claim.ts";
import type { FaultIn } from "../../evidence/fault-in.ts";
import type { PodFacts } from "../../evidence/facts.ts";
import type { ProxyMode } from "../../evidence/parse/service.ts";
import { verdict, type Verification } from "../../evidence/verdict.ts";
import type { Machine } from "../machines/machine.ts";
import { ClusterDns } from "./cluster-dns.ts";
import { ContainerToContainer } from "./container-to-container.ts";
import type { ScenarioOutput } from "../outputs.ts";
import type { LessonName } from "../settings/lessons.ts";
import { Faults } from "../faults/faults.ts";
import type { FaultSettings } from "../settings/faults.ts";
import { type Broken, insist } from "./insist.ts";
import type { Lesson, LessonArgs } from "./lesson.ts";
import { LoadBalancer } from "./load-balancer.ts";
import { NetworkPolicy } from "./network-policy.ts";
import { PodToPodMultiNode } from "./pod-to-pod-multi-node.ts";
import { PodToPodSingleNode } from "./pod-to-pod-single-node.ts";
import { Reachability } from "./reachability.ts";
import { Service } from "./service.ts";
import { ServiceAuto } from "./service-auto.ts";

export interface LessonsArgs {
  /** The machines, the control plane first; at least one worker. */
  readonly machines: readonly Machine[];
  readonly cluster: Pick<Cluster, "provider" | "joined" | "ready" | "packages" | "lostPods">;
  /** Service address range, CIDR of the lab's first family: its first address is the API server's. */
  readonly serviceCidr: string;
  /** Address of the cluster's DNS, in serviceCidr. */
  readonly dnsAddress: string;
  /** Pod address range of the same family. */
  readonly podCidr: string;
  /** How packets are carried between nodes. @default vxlan */
  readonly backend?: Carrier;
  /** Pages of the course beside the first. */
  readonly lessons: readonly LessonName[];
  /** Where a lesson's own images come from. @default whichever way they can be had */
  readonly artifacts?: Choice;
  /** Which address families the lab has: the same is claimed of both. @default ipv4 */
  readonly ipFamily?: IpFamilies;
  /** What kube-proxy writes its rules into. @default iptables */
  readonly proxyMode?: ProxyMode;
  /** Addresses that the lesson load-balancer may give away, FIRST-LAST. @default none, where the lesson is not taught */
  readonly balancerPool?: string | undefined;
  /** When it changes, every check runs again. */
  readonly verify: string;
  /** The machines are virtual: claims that are true of such alone are made. @default false */
  readonly virtual?: boolean;
  /** What is broken on purpose. @default nothing */
  readonly faults?: readonly FaultSettings[];
  /** What happens once all claims are known. @default insist: the update fails when another one fails than shall */
  readonly judge?: (claims: readonly Claim[], broken: Broken) => void;
}

/** The lessons of the course, side by side, and what was proved on the nodes, as the stack's outputs have it. */
export class Lessons extends pulumi.ComponentResource {
  /** Pod addresses by namespace and pod name. */
  readonly podIPs: Readonly<Record<string, pulumi.Output<Record<string, string>>>>;
  /** By namespace: pods, claims, and hops where a packet was followed. */
  readonly scenarios: Readonly<Record<string, pulumi.Output<ScenarioOutput>>>;
  /** By namespace where a packet was followed: the frames behind its journey, a pcapng file in base64. */
  readonly captures: Readonly<Record<string, pulumi.Output<string>>>;
  /** The faults that are in on purpose, as the nodes tell of them. */
  readonly faults: pulumi.Output<FaultIn[]>;
  /** How many claims hold, how many do not, and as of when. */
  readonly verification: pulumi.Output<Verification>;

  constructor(name: string, args: LessonsArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const {
      verify,
      podCidr,
      serviceCidr,
      dnsAddress,
      backend,
      virtual = false,
      faults = [],
      proxyMode = "iptables",
    } = args;
    super(
      "podnet:scenarios:Scenarios",
      name,
      { verify, serviceCidr, dnsAddress, virtual, proxyMode, ...(backend && { backend }) },
      pulumi.mergeOptions(opts, { providers: [args.cluster.provider] }),
    );
    const child = { parent: this };
    const [controlPlane, worker, ...others] = args.machines;
    if (controlPlane === undefined || worker === undefined)
      throw new Error("the lessons need a control plane and a worker");

    const apiAddress = hostAddress(serviceCidr, 1);
    // The lessons' pods are what is broken, so they come first; their checks wait for it.
    const broken = Promise.withResolvers<pulumi.Resource>();
    const changed = [
      ...faults.map((one) => JSON.stringify(one)),
      ...(proxyMode === "iptables" ? [] : [proxyMode]),
      ...(backend === undefined || carrierKey(backend) === usualBackend ? [] : [carrierKey(backend)]),
    ];
    const common: LessonArgs = {
      machines: [controlPlane, worker, ...others],
      // What began anew with a machine is looked at again, and so is its neighbours' view of it.
      verify: pulumi.all([verify, ...args.machines.flatMap(({ start }) => start ?? [])]).apply((all) => all.join(" ")),
      // The checks use the packages, and a node with other versions of them is another node.
      after: [...Object.values(args.cluster.packages), ...changed],
      broken: broken.promise,
      ready: args.cluster.ready,
      virtual,
      ...(backend && { backend }),
      ...(args.ipFamily && { ipFamily: args.ipFamily }),
      lostPods: args.cluster.lostPods,
      joined: args.cluster.joined,
    };
    const podNetwork: Readonly<Record<string, Lesson>> = {
      "container-to-container": new ContainerToContainer("container-to-container", common, child),
      "pod-to-pod-single-node": new PodToPodSingleNode("pod-to-pod-single-node", common, child),
      "pod-to-pod-multi-node": new PodToPodMultiNode("pod-to-pod-multi-node", common, child),
    };
    const pods = pulumi
      .all(Object.values(podNetwork).map((lesson) => lesson.pods))
      .apply((all): PodFacts[] => all.flat());
    const faulty = new Faults(
      "faults",
      {
        machines: common.machines,
        declared: faults,
        pods,
        ...(backend && { backend }),
        verify: common.verify,
        ready: args.cluster.ready,
      },
      child,
    );
    broken.resolve(faulty);
    const across = new Reachability(
      "reachability",
      {
        machines: args.machines,
        pods,
        between: "pod-to-pod-multi-node",
        ...(backend && { backend }),
        ...(args.ipFamily && { ipFamily: args.ipFamily }),
        dnsAddress,
        apiAddress,
        verify: common.verify,
        ready: common.ready,
        broken: common.broken,
        after: changed,
      },
      child,
    );
    const lessons: Readonly<Record<string, Lesson>> = {
      ...podNetwork,
      ...(args.lessons.includes("service") && {
        service: new Service("service", { ...common, podCidr, proxyMode }, child),
      }),
      ...(args.lessons.includes("service-auto") && {
        "service-auto": new ServiceAuto(
          "service-auto",
          { ...common, artifacts: args.artifacts ?? defaultChoice },
          child,
        ),
      }),
      ...(args.lessons.includes("load-balancer") &&
        args.balancerPool !== undefined && {
          "load-balancer": new LoadBalancer(
            "load-balancer",
            { ...common, podCidr, proxyMode, pool: args.balancerPool, artifacts: args.artifacts ?? defaultChoice },
            child,
          ),
        }),
      ...(args.lessons.includes("network-policy") && {
        "network-policy": new NetworkPolicy(
          "network-policy",
          { ...common, podCidr, serviceCidr, dnsAddress, artifacts: args.artifacts ?? defaultChoice },
          child,
        ),
      }),
      ...(args.lessons.includes("cluster-dns") && {
        "cluster-dns": new ClusterDns("cluster-dns", { ...common, dnsAddress, apiAddress }, child),
      }),
    };
    // What holds across the lessons of the pod network stands with the lesson of the pod that it was tried from.
    const claimsOf = (namespace: string, lesson: Lesson): pulumi.Output<Claim[]> =>
      pulumi
        .all([lesson.claims, across.claims])
        .apply(([own, shared]) => [...own, ...shared.filter(({ id }) => id.startsWith(`${namespace}/`))]);
    const claims = pulumi
      .all(Object.entries(lessons).map(([namespace, lesson]) => claimsOf(namespace, lesson)))
      .apply((all): Claim[] => all.flat());
    // Beside the outputs, not before them: there the claims that fail can be read as well. A preview knows no more than the last update,
    // and must not stand in the way of the next one.
    if (!pulumi.runtime.isDryRun()) {
      pulumi
        .all([claims, faulty.found, faulty.lab])
        .apply(([all, found, lab]) => (args.judge ?? insist)(all, { faults: found, lab }));
    }

    this.podIPs = byNamespace(lessons, ({ pods }) =>
      pods.apply((all) => Object.fromEntries(all.map((pod) => [pod.name, pod.ip]))),
    );
    this.scenarios = byNamespace(lessons, (lesson, namespace) =>
      pulumi
        .all([lesson.pods, claimsOf(namespace, lesson), lesson.journey, lesson.journey6])
        .apply(([pods, proved, journey, journey6]): ScenarioOutput => ({
          pods: pods.map(({ name: pod, uid, node, ip, ip6, containers }) => ({
            name: pod,
            uid,
            node,
            ip,
            ...(ip6 !== undefined && { ip6 }),
            containers,
          })),
          claims: proved,
          ...(journey && { journey: journey.hops }),
          ...(journey6 && { journey6: journey6.hops }),
        })),
    );
    this.captures = Object.fromEntries(
      Object.entries(lessons).flatMap(([namespace, { journey }]) =>
        journey === undefined ? [] : [[namespace, journey.apply(({ pcapng }) => pcapng)]],
      ),
    );
    this.faults = faulty.found;
    this.verification = claims.apply((all): Verification => verdict(all));
    const { podIPs, captures, verification } = this;
    // Not `scenarios`: the lessons have registered their claims, and the stack exports them. Here they would be in the state a third time, a
    // quarter of a megabyte that the engine writes anew with each step.
    this.registerOutputs({ podIPs, captures, verification });
  }
}

function byNamespace<T>(
  lessons: Readonly<Record<string, Lesson>>,
  view: (lesson: Lesson, namespace: string) => T,
): Record<string, T> {
  return Object.fromEntries(Object.entries(lessons).map(([namespace, lesson]) => [namespace, view(lesson, namespace)]));
}
