import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Claim } from "../../evidence/claim.ts";
import type { PodFacts } from "../../evidence/facts.ts";
import {
  askedOnNodes,
  askedRecords,
  dnsServices,
  judgeDns,
  replicasOf,
  wantedNames,
} from "../../evidence/judge/cluster-dns.ts";
import { Script } from "../script.ts";
import { type Lesson, type LessonArgs, lookedAtAgain, registered } from "./lesson.ts";
import { LessonNamespace } from "./namespace.ts";
import { nodeFacts, observed, podFacts, podList } from "./observed.ts";

export interface ClusterDnsArgs extends LessonArgs {
  /** Address of the cluster's DNS. */
  readonly dnsAddress: string;
  /** Address of the Service "kubernetes". */
  readonly apiAddress: string;
}

const labels = { app: "demo" };

/** The course's page "cluster-dns": what is asked when a name is looked up, by whom it is answered, and with what. */
export class ClusterDns extends pulumi.ComponentResource implements Lesson {
  readonly pods: pulumi.Output<PodFacts[]>;
  readonly claims: pulumi.Output<Claim[]>;

  constructor(name: string, args: ClusterDnsArgs, opts: pulumi.ComponentResourceOptions) {
    const { dnsAddress, apiAddress } = args;
    super("podnet:lessons:ClusterDns", name, { dnsAddress, apiAddress }, opts);
    const child = { parent: this };
    const [controlPlane, worker] = args.machines;
    const last = args.machines.at(-1) ?? worker;

    const namespace = new LessonNamespace(
      name,
      { namespace: name, lostPods: args.lostPods, joined: args.joined, deletedWith: controlPlane.resource },
      child,
    );
    const on = (node: pulumi.Input<string>) => ({ nodeSelector: { "kubernetes.io/hostname": node } });
    const behind = (pod: string, node: pulumi.Input<string>): k8s.core.v1.Pod =>
      namespace.pod(pod, ["web"], { labels, spec: { ...on(node), hostname: pod, subdomain: dnsServices.headless } });
    const made = [
      namespace.pod("client", ["client"], { spec: on(worker.name) }),
      behind("web-0", worker.name),
      behind("web-1", last.name),
    ];
    const [plain, headless] = this.services(name, namespace);
    const facts = pulumi.all(
      made.map((pod, index) => podFacts(pod, `${name}-${["client", "web-0", "web-1"][index]}`, args, child)),
    );
    this.pods = facts;

    const serviceAddress = plain.spec.clusterIP;
    const again = [facts.apply((pods) => pods.map(({ uid }) => uid).join(" ")), serviceAddress, ...lookedAtAgain(args)];
    const ready = [args.ready, args.broken, plain, headless];
    const cluster = observed(
      new Script(
        `${name}-observe-server`,
        {
          machine: controlPlane,
          script: "observe/dns-server",
          params: { POD_NAMESPACE: name, REPLICAS: made.length - 1 },
          again,
        },
        { ...child, dependsOn: ready },
      ),
      controlPlane.name,
    );
    const known = pulumi.all([facts, serviceAddress]).apply(([[client, ...backends], address]) => {
      if (client === undefined) throw new Error("the lesson has no pods");
      return { scenario: name, client, backends, serviceAddress: address };
    });
    const [onService, onPod] = [0, 1].map((which) => known.apply(({ client }) => askedOnNodes(client)[which] ?? ""));
    const params = {
      PODS: podList(facts),
      DNS_ADDRESS: dnsAddress,
      HOSTS: wantedNames(name)
        .map(({ host }) => host)
        .join(" "),
      RECORDS: known.apply((facts) =>
        askedRecords(facts)
          .map(({ record, type, host }) => `${record}=${type}=${host}`)
          .join(" "),
      ),
      REPLICAS: cluster.apply((report) =>
        replicasOf(report)
          .map(({ name: replica, ip }) => `${replica}=${ip}`)
          .join(" "),
      ),
      NODE_HOSTS: pulumi.interpolate`service=${onService} pod=${onPod}`,
      SETTLED: known.apply(
        (facts) => `${askedRecords(facts).find(({ record }) => record === "headless")?.host}=${made.length - 1}`,
      ),
    };
    const reports = pulumi.all(
      args.machines.map((machine) =>
        observed(
          new Script(
            `${name}-observe-${machine.name}`,
            { machine, script: "observe/dns", params, again },
            { ...child, dependsOn: ready },
          ),
          machine.name,
        ),
      ),
    );
    this.claims = pulumi
      .all([known, nodeFacts(args.machines), cluster, reports])
      .apply(([facts, nodes, clusterReport, nodeReports]) =>
        judgeDns({ ...facts, apiAddress, dnsAddress, nodes, cluster: clusterReport, reports: nodeReports }),
      );
    this.registerOutputs({ pods: this.pods, claims: registered(this.claims) });
  }

  /** One with an address of its own, and one that is a name for its pods' addresses; nothing listens behind either, and DNS does not ask. */
  private services(name: string, namespace: LessonNamespace): readonly [k8s.core.v1.Service, k8s.core.v1.Service] {
    const of = (service: string, spec: k8s.types.input.core.v1.ServiceSpec): k8s.core.v1.Service =>
      new k8s.core.v1.Service(
        `${name}-${service}`,
        {
          metadata: {
            name: service,
            namespace: namespace.name,
            // The claims say whether endpoints are there; waiting for them would hold up the lesson.
            annotations: { "pulumi.com/skipAwait": "true" },
          },
          spec: { selector: labels, ports: [{ name: dnsServices.port, port: 80 }], ...spec },
        },
        namespace.options,
      );
    return [of(dnsServices.plain, {}), of(dnsServices.headless, { clusterIP: "None" })];
  }
}
