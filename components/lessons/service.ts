import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { imageRefs } from "../../bundle/versions.ts";
import type { Claim } from "../../evidence/claim.ts";
import type { PodFacts } from "../../evidence/facts.ts";
import { helloPort, judgeService, lessonServices } from "../../evidence/judge/service.ts";
import { outputOf } from "../../evidence/observation.ts";
import { parseServicePods } from "../../evidence/parse/service.ts";
import { Script } from "../script.ts";
import { type Lesson, type LessonArgs, registered } from "./lesson.ts";
import { LessonNamespace } from "./namespace.ts";
import { nodeFacts, nodeList, observed, podFacts, podList } from "./observed.ts";

export interface ServiceArgs extends LessonArgs {
  /** Pod address range of the cluster, IPv4 CIDR: from inside it no source is changed. */
  readonly podCidr: string;
}

const replicas = 2;
const labels = { app: "hello-world" };

/** The course's page "service": one address for several pods, and the rules that choose between them. */
export class Service extends pulumi.ComponentResource implements Lesson {
  readonly pods: pulumi.Output<PodFacts[]>;
  readonly claims: pulumi.Output<Claim[]>;

  constructor(name: string, args: ServiceArgs, opts: pulumi.ComponentResourceOptions) {
    const { podCidr } = args;
    super("podnet:lessons:Service", name, { podCidr }, opts);
    const child = { parent: this };
    const [controlPlane, worker] = args.machines;

    const namespace = new LessonNamespace(
      name,
      { namespace: name, lostPods: args.lostPods, deletedWith: controlPlane.resource },
      child,
    );
    const deployment = this.deployment(name, namespace, args);
    const services = this.services(name, namespace);
    const client = podFacts(
      namespace.pod("client", ["client"], { spec: { nodeSelector: { "kubernetes.io/hostname": worker.name } } }),
      `${name}-client`,
      args,
      child,
    );

    const again = [
      deployment.metadata.uid,
      ...Object.values(services).map(({ spec }) => spec.clusterIP),
      args.verify,
      ...args.machines.map(({ identity }) => identity),
      ...(args.after ?? []),
    ];
    const cluster = observed(
      new Script(
        `${name}-observe-endpoints`,
        {
          machine: controlPlane,
          script: "observe/endpoints",
          params: { POD_NAMESPACE: name, POD_LABEL: `app=${labels.app}`, REPLICAS: replicas },
          again,
        },
        { ...child, dependsOn: [args.ready, deployment] },
      ),
      controlPlane.name,
    );
    const backends = cluster.apply((report): PodFacts[] =>
      parseServicePods(outputOf(report, "pods")).map((pod) => ({ ...pod, namespace: name })),
    );
    this.pods = pulumi.all([client, backends]).apply(([one, others]) => [one, ...others]);
    const nodes = nodeFacts(args.machines);
    const addresses = pulumi.all(
      Object.fromEntries(Object.entries(services).map(([service, { spec }]) => [service, spec.clusterIP])),
    );
    const nodePort = services[lessonServices.nodePort].spec.ports.apply((ports) => ports[0]?.nodePort ?? 0);
    const params = {
      PODS: podList(this.pods),
      NODES: nodeList(args.machines),
      POD_NAMESPACE: name,
      CLUSTER_IP: services[lessonServices.plain].spec.clusterIP,
      STICKY_IP: services[lessonServices.sticky].spec.clusterIP,
      EMPTY_IP: services[lessonServices.empty].spec.clusterIP,
      NODE_PORT: nodePort,
    };
    const reports = pulumi.all(
      args.machines.map((machine) =>
        observed(
          new Script(
            `${name}-observe-${machine.name}`,
            { machine, script: "observe/service", params, again },
            { ...child, dependsOn: [args.ready, args.broken] },
          ),
          machine.name,
        ),
      ),
    );

    this.claims = pulumi
      .all([client, backends, addresses, nodePort, nodes, cluster, reports])
      .apply(([one, others, ips, port, all, clusterReport, nodeReports]) =>
        judgeService({
          scenario: name,
          client: one,
          backends: others,
          addresses: ips,
          nodePort: port,
          podCidr,
          nodes: all,
          cluster: clusterReport,
          reports: nodeReports,
        }),
      );
    this.registerOutputs({ pods: this.pods, claims: registered(this.claims) });
  }

  /** hello-world as the course creates it, two replicas that are kept apart so that a Service leads to two nodes. */
  private deployment(name: string, namespace: LessonNamespace, args: LessonArgs): k8s.apps.v1.Deployment {
    const workers = args.machines.length - 1;
    return new k8s.apps.v1.Deployment(
      `${name}-deployment`,
      {
        metadata: { name: "hello-world", namespace: namespace.name, labels },
        spec: {
          replicas,
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: {
              containers: [
                {
                  name: "hello-app",
                  image: imageRefs["hello-app"],
                  imagePullPolicy: "IfNotPresent",
                  ports: [{ containerPort: helloPort }],
                  readinessProbe: { tcpSocket: { port: helloPort }, periodSeconds: 1 },
                },
              ],
              automountServiceAccountToken: false,
              serviceAccountName: namespace.account.metadata.name,
              terminationGracePeriodSeconds: 0,
              affinity: {
                podAntiAffinity: {
                  requiredDuringSchedulingIgnoredDuringExecution: [
                    { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: labels } },
                  ],
                },
              },
              ...(workers === 1 && {
                tolerations: [
                  { key: "node-role.kubernetes.io/control-plane", operator: "Exists", effect: "NoSchedule" },
                ],
              }),
            },
          },
        },
      },
      // The pods are made before the workers have joined, and wait for them: on emulated machines that takes minutes.
      { ...namespace.options, customTimeouts: { create: "30m" } },
    );
  }

  /** One for each thing that a Service can be, over the same pods. */
  private services(
    name: string,
    namespace: LessonNamespace,
  ): Readonly<Record<(typeof lessonServices)[keyof typeof lessonServices], k8s.core.v1.Service>> {
    const of = (service: string, spec: k8s.types.input.core.v1.ServiceSpec): k8s.core.v1.Service =>
      new k8s.core.v1.Service(
        `${name}-${service}`,
        {
          metadata: {
            name: service,
            namespace: namespace.name,
            // The provider would wait for endpoints, for ever where there shall be none; the claims say whether they are there.
            annotations: { "pulumi.com/skipAwait": "true" },
          },
          spec: { selector: labels, ports: [{ port: 80, targetPort: helloPort }], ...spec },
        },
        namespace.options,
      );
    return {
      [lessonServices.plain]: of(lessonServices.plain, {}),
      [lessonServices.nodePort]: of(lessonServices.nodePort, { type: "NodePort" }),
      [lessonServices.sticky]: of(lessonServices.sticky, { sessionAffinity: "ClientIP" }),
      [lessonServices.headless]: of(lessonServices.headless, { clusterIP: "None" }),
      [lessonServices.empty]: of(lessonServices.empty, { selector: { app: "nobody" } }),
    };
  }
}
