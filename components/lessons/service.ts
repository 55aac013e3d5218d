import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { imageRefs } from "../../bundle/versions.ts";
import type { Claim } from "../../evidence/claim.ts";
import type { PodFacts } from "../../evidence/facts.ts";
import type { Followed } from "../../evidence/judge/journey.ts";
import { judgeService } from "../../evidence/judge/service.ts";
import {
  followedThrough,
  judgeServiceJourney,
  type ServiceJourneyEvidence,
} from "../../evidence/judge/service-journey.ts";
import { echoPort, helloPort, lessonServices } from "../../evidence/judge/service-lesson.ts";
import { outputOf } from "../../evidence/observation.ts";
import { parseServicePods, type ProxyMode } from "../../evidence/parse/service.ts";
import { readLibraries, withoutComments } from "../../nodes/script.ts";
import { Script } from "../script.ts";
import { apart, helloWorld, replicas } from "./apart.ts";
import { type Lesson, type LessonArgs, lookedAtAgain, registered } from "./lesson.ts";
import { LessonNamespace } from "./namespace.ts";
import { nodeFacts, nodeList, observed, podFacts, podList } from "./observed.ts";
import { ServiceJourney } from "./service-journey.ts";

export interface ServiceArgs extends LessonArgs {
  /** Pod address range of the cluster, IPv4 CIDR: from inside it no source is changed. */
  readonly podCidr: string;
  /** What kube-proxy writes its rules into. */
  readonly proxyMode: ProxyMode;
}

const { labels } = helloWorld;
const echoLabels = { app: "echo" };

/** The course's page "service": one address for several pods, and the rules that choose between them. */
export class Service extends pulumi.ComponentResource implements Lesson {
  readonly pods: pulumi.Output<PodFacts[]>;
  readonly claims: pulumi.Output<Claim[]>;
  readonly journey: pulumi.Output<Followed>;

  constructor(name: string, args: ServiceArgs, opts: pulumi.ComponentResourceOptions) {
    const { podCidr, proxyMode } = args;
    super("podnet:lessons:Service", name, { podCidr, proxyMode }, opts);
    const child = { parent: this };
    const [controlPlane, worker] = args.machines;

    const namespace = new LessonNamespace(
      name,
      { namespace: name, lostPods: args.lostPods, joined: args.joined, deletedWith: controlPlane.resource },
      child,
    );
    const deployment = apart(`${name}-deployment`, namespace, args, helloWorld);
    const echo = apart(`${name}-echo-deployment`, namespace, args, {
      deployment: "echo",
      labels: echoLabels,
      container: {
        name: "echo",
        image: imageRefs["net-box"],
        command: [
          "sh",
          "-c",
          `${withoutComments(readLibraries(["echo"]))}exec perl -MSocket=:all -e "$(echo_server)" 4 ${echoPort}`,
        ],
        ports: [{ containerPort: echoPort }, { containerPort: echoPort, protocol: "UDP", name: "udp" }],
        readinessProbe: { tcpSocket: { port: echoPort }, periodSeconds: 1 },
      },
    });
    const services = this.services(name, namespace);
    const client = podFacts(
      namespace.pod("client", ["client"], { spec: { nodeSelector: { "kubernetes.io/hostname": worker.name } } }),
      `${name}-client`,
      args,
      child,
    );

    const again = [
      deployment.metadata.uid,
      echo.metadata.uid,
      proxyMode,
      ...Object.values(services).map(({ spec }) => spec.clusterIP),
      ...lookedAtAgain(args),
    ];
    const cluster = observed(
      new Script(
        `${name}-observe-endpoints`,
        {
          machine: controlPlane,
          script: "observe/endpoints",
          params: {
            POD_NAMESPACE: name,
            POD_LABEL: `app in (${labels.app}, ${echoLabels.app})`,
            REPLICAS: 2 * replicas,
          },
          again,
        },
        { ...child, dependsOn: [args.ready, deployment, echo] },
      ),
      controlPlane.name,
    );
    const made = cluster.apply((report): PodFacts[] =>
      parseServicePods(outputOf(report, "pods")).map((pod) => ({ ...pod, namespace: name })),
    );
    const [echoes, backends] = [true, false].map((echoing) =>
      made.apply((pods) => pods.filter(({ containers }) => containers.includes("echo") === echoing)),
    ) as [pulumi.Output<PodFacts[]>, pulumi.Output<PodFacts[]>];
    const called = pulumi.all([client, backends]).apply(([one, others]) => [one, ...others]);
    this.pods = pulumi.all([called, echoes]).apply((all) => all.flat());
    const nodes = nodeFacts(args.machines);
    const far = pulumi.all([client, backends]).apply(([one, others]): PodFacts => {
      const found = others.find(({ node }) => node !== one.node);
      if (found === undefined)
        throw new Error(`no pod of ${lessonServices.plain} runs on another node than ${one.name}`);
      return found;
    });
    const clusterIp = services[lessonServices.plain].spec.clusterIP;
    const passage = new ServiceJourney(
      `${name}-journey`,
      {
        machines: args.machines,
        verify: args.verify,
        ready: args.ready,
        broken: args.broken,
        ...(args.backend && { backend: args.backend }),
        client,
        far,
        clusterIp,
        again,
      },
      child,
    );
    const addresses = pulumi.all(
      Object.fromEntries(Object.entries(services).map(([service, { spec }]) => [service, spec.clusterIP])),
    );
    const portOf = (service: "nodePort" | "local"): pulumi.Output<number> =>
      services[lessonServices[service]].spec.ports.apply((ports) => ports[0]?.nodePort ?? 0);
    const [nodePort, localPort] = [portOf("nodePort"), portOf("local")];
    const params = {
      PODS: podList(called),
      NODES: nodeList(args.machines),
      POD_NAMESPACE: name,
      PROXY_MODE: proxyMode,
      CLUSTER_IP: clusterIp,
      STICKY_IP: services[lessonServices.sticky].spec.clusterIP,
      EMPTY_IP: services[lessonServices.empty].spec.clusterIP,
      ECHO_IP: services[lessonServices.echo].spec.clusterIP,
      NODE_PORT: nodePort,
      LOCAL_PORT: localPort,
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

    const followed = pulumi
      .all([client, far, clusterIp, passage.firstPort, passage.probe, passage.captures])
      .apply(([one, other, address, firstPort, probe, captures]): ServiceJourneyEvidence => ({
        scenario: name,
        client: one,
        far: other,
        clusterIp: address,
        firstPort,
        probe,
        captures,
        backend: args.backend,
      }));
    this.journey = pulumi.all([followed, nodes]).apply(([one, all]) => followedThrough(one, all));
    this.claims = pulumi
      .all([client, backends, echoes, addresses, pulumi.all([nodePort, localPort]), nodes, cluster, reports])
      .apply(([one, others, echoing, ips, [open, local], all, clusterReport, nodeReports]) =>
        judgeService({
          scenario: name,
          client: one,
          backends: others,
          echoes: echoing,
          addresses: ips,
          nodePort: open,
          localPort: local,
          podCidr,
          proxyMode,
          backend: args.backend,
          nodes: all,
          cluster: clusterReport,
          reports: nodeReports,
        }),
      )
      .apply((claims) =>
        pulumi.all([followed, nodes]).apply(([one, all]) => [...claims, judgeServiceJourney(one, all)]),
      );
    this.registerOutputs({ pods: this.pods, claims: registered(this.claims), journey: this.journey });
  }

  /** One for each thing that a Service can be, over the same pods, and one over the pods that echo. */
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
      [lessonServices.local]: of(lessonServices.local, { type: "NodePort", externalTrafficPolicy: "Local" }),
      [lessonServices.echo]: of(lessonServices.echo, {
        selector: echoLabels,
        ports: [
          { name: "tcp", port: echoPort },
          { name: "udp", port: echoPort, protocol: "UDP" },
        ],
      }),
      [lessonServices.sticky]: of(lessonServices.sticky, { sessionAffinity: "ClientIP" }),
      [lessonServices.headless]: of(lessonServices.headless, { clusterIP: "None" }),
      [lessonServices.empty]: of(lessonServices.empty, { selector: { app: "nobody" } }),
    };
  }
}
