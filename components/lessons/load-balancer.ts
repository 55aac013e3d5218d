import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Choice } from "../../bundle/choice.ts";
import type { Claim } from "../../evidence/claim.ts";
import type { PodFacts } from "../../evidence/facts.ts";
import { balancerServices, balancersOf, judgeBalancers } from "../../evidence/judge/balancer.ts";
import { helloPort } from "../../evidence/judge/service-lesson.ts";
import { outputOf } from "../../evidence/observation.ts";
import { parseServicePods, type ProxyMode } from "../../evidence/parse/service.ts";
import { Script } from "../script.ts";
import { apart, helloWorld, replicas } from "./apart.ts";
import { Balancer } from "./balancer.ts";
import { type Lesson, type LessonArgs, lookedAtAgain, registered } from "./lesson.ts";
import { LessonImages } from "./lesson-image.ts";
import { LessonNamespace } from "./namespace.ts";
import { nodeFacts, nodeList, observed } from "./observed.ts";

export interface LoadBalancerArgs extends LessonArgs {
  /** Addresses of the machines' network that no machine has, FIRST-LAST. */
  readonly pool: string;
  /** Pod address range of the cluster, IPv4 CIDR. */
  readonly podCidr: string;
  /** What kube-proxy writes its rules into. */
  readonly proxyMode: ProxyMode;
  /** Where images come from. */
  readonly artifacts: Choice;
}

const { labels } = helloWorld;

/** The last part of the course's page "service": an address for callers that are beside the cluster, and which node answers for it. */
export class LoadBalancer extends pulumi.ComponentResource implements Lesson {
  readonly pods: pulumi.Output<PodFacts[]>;
  readonly claims: pulumi.Output<Claim[]>;

  constructor(name: string, args: LoadBalancerArgs, opts: pulumi.ComponentResourceOptions) {
    const { pool, podCidr, proxyMode, machines, artifacts } = args;
    super("podnet:lessons:LoadBalancer", name, { pool, podCidr, proxyMode }, opts);
    const child = { parent: this };
    const [controlPlane] = machines;
    const namespace = new LessonNamespace(
      name,
      { namespace: name, lostPods: args.lostPods, joined: args.joined, deletedWith: controlPlane.resource },
      child,
    );
    const deployment = apart(`${name}-deployment`, namespace, args, helloWorld);
    const image = (program: "controller" | "speaker", on: typeof machines | readonly [typeof controlPlane]) =>
      new LessonImages(`${name}-${program}`, { image: `metallb-${program}`, machines: on, artifacts }, child).ref;
    const { offered } = new Balancer(
      `${name}-metallb`,
      {
        controllerImage: image("controller", [controlPlane]),
        speakerImage: image("speaker", machines),
        controllerOn: controlPlane,
        namespace,
        pool,
        ...(args.virtual && { late: true }),
        ready: args.ready,
      },
      child,
    );
    const services = (Object.entries(balancerServices) as ["Cluster" | "Local", string][]).map(
      ([externalTrafficPolicy, service]) =>
        new k8s.core.v1.Service(
          `${name}-${service}`,
          {
            metadata: {
              name: service,
              namespace: namespace.name,
              // The provider would wait for an address, for ever where none is left; the claims say whether there is one.
              annotations: { "pulumi.com/skipAwait": "true" },
            },
            spec: {
              type: "LoadBalancer",
              externalTrafficPolicy,
              selector: labels,
              ports: [{ port: 80, targetPort: helloPort }],
            },
          },
          { ...namespace.options, dependsOn: [offered] },
        ),
    );

    const again = [
      deployment.metadata.uid,
      proxyMode,
      ...services.map(({ metadata }) => metadata.uid),
      ...lookedAtAgain(args),
    ];
    const cluster = observed(
      new Script(
        `${name}-observe-balancers`,
        {
          machine: controlPlane,
          script: "observe/balancers",
          params: {
            NODES: nodeList(machines),
            POD_NAMESPACE: name,
            POD_LABEL: `app=${labels.app}`,
            REPLICAS: replicas,
            BALANCERS: services.length,
          },
          again,
        },
        { ...child, dependsOn: [args.ready, deployment, ...services] },
      ),
      controlPlane.name,
    );
    this.pods = cluster.apply((report): PodFacts[] =>
      parseServicePods(outputOf(report, "pods")).map((pod) => ({ ...pod, namespace: name })),
    );
    const params = {
      NODES: nodeList(machines),
      PROXY_MODE: proxyMode,
      BALANCERS: cluster.apply((report) =>
        balancersOf(report)
          .flatMap(({ service, address, announcer = "nobody" }) =>
            address === undefined ? [] : [`${service}=${address}=${announcer}`],
          )
          .join(" "),
      ),
    };
    const reports = pulumi.all(
      machines.map((machine) =>
        observed(
          new Script(
            `${name}-observe-${machine.name}`,
            { machine, script: "observe/balancer", params, again },
            { ...child, dependsOn: [args.ready, args.broken] },
          ),
          machine.name,
        ),
      ),
    );
    this.claims = pulumi.all([this.pods, nodeFacts(machines), cluster, reports]).apply(([backends, nodes, seen, all]) =>
      judgeBalancers({
        scenario: name,
        backends,
        pool,
        podCidr,
        backend: args.backend,
        nodes,
        cluster: seen,
        reports: all,
      }),
    );
    this.registerOutputs({ pods: this.pods, claims: registered(this.claims) });
  }
}
