import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { imageRefs } from "../../bundle/versions.ts";

export interface LessonNamespaceArgs {
  /** Name of the namespace. */
  readonly namespace: string;
  /** Pods that went with a node that left, by NAMESPACE/NAME: their UIDs. Such a pod is made anew. */
  readonly lostPods: pulumi.Input<Readonly<Record<string, string>>>;
  /** Each worker's join: pods come after it. */
  readonly joined: readonly pulumi.Resource[];
  /** What stands for the cluster in the state: the pods go with it. */
  readonly deletedWith: pulumi.Resource;
}

/** A namespace of its own for a lesson, so that its pods keep the names they have in the course. */
export class LessonNamespace extends pulumi.ComponentResource {
  /** For what stands in the namespace: its parent, and that it goes with the cluster. */
  readonly options: pulumi.CustomResourceOptions;
  /** The account of the lesson's pods, which is there before any of them. */
  readonly account: k8s.core.v1.ServiceAccount;
  /** The namespace's name, known once it is there. */
  readonly name: pulumi.Output<string>;
  /** Each worker's join: what is to run on nodes comes after it. */
  readonly joined: readonly pulumi.Resource[];
  private readonly args: LessonNamespaceArgs;

  constructor(name: string, args: LessonNamespaceArgs, opts: pulumi.ComponentResourceOptions) {
    super("podnet:scenarios:Classroom", name, { namespace: args.namespace }, opts);
    this.args = args;
    this.joined = args.joined;
    this.options = { parent: this, deletedWith: args.deletedWith };
    const namespace = new k8s.core.v1.Namespace(
      `${name}-namespace`,
      { metadata: { name: args.namespace } },
      this.options,
    );
    // A controller makes the account "default" some time after the namespace, and no pod is admitted before: this one is
    // there when the pods ask for it.
    this.account = new k8s.core.v1.ServiceAccount(
      `${name}-account`,
      { metadata: { name: "net-box", namespace: namespace.metadata.name }, automountServiceAccountToken: false },
      this.options,
    );
    this.name = this.account.metadata.namespace;
    this.registerOutputs({});
  }

  /** A pod of the course: net-box containers that write the date into a file, for ever, unless they are told to do something else. */
  pod(
    name: string,
    containers: readonly string[],
    placement: Placement,
    after: readonly pulumi.Resource[] = [],
  ): k8s.core.v1.Pod {
    const { namespace, lostPods } = this.args;
    const annotations = pulumi.output(lostPods).apply((lost): Record<string, string> => {
      const uid = lost[`${namespace}/${name}`];
      return uid === undefined ? {} : { "pod-networking-lab/instead-of": uid };
    });
    return new k8s.core.v1.Pod(
      `${namespace}-${name}`,
      {
        metadata: {
          name,
          namespace: this.name,
          annotations,
          ...(placement.labels && { labels: placement.labels }),
        },
        spec: {
          containers: containers.map((container) => ({
            name: container,
            image: imageRefs["net-box"],
            imagePullPolicy: "IfNotPresent",
            command: ["sh", "-c", "while true; do echo $(date) >> /tmp/index.html; sleep 60; done"],
            ...placement.container,
          })),
          serviceAccountName: this.account.metadata.name,
          // No token: it would be mounted from a ConfigMap that another controller makes some time later.
          automountServiceAccountToken: false,
          // The loop does not listen to signals: a grace period would be waited out in full.
          terminationGracePeriodSeconds: 0,
          ...placement.spec,
        },
      },
      {
        ...this.options,
        dependsOn: [...this.joined, ...after],
        // Pods are made before the workers are Ready, and wait for them: on emulated machines that takes minutes.
        customTimeouts: { create: "30m" },
        // The API server refuses most changes of a pod, and the provider does not know which.
        replaceOnChanges: ["spec", "metadata.annotations"],
        deleteBeforeReplace: true,
        ignoreChanges: [...(placement.keep ?? [])],
      },
    );
  }
}

/** Where a pod may run, and what it runs. */
export interface Placement {
  readonly labels?: Readonly<Record<string, string>>;
  /** What its containers are instead of net-boxes that write the date. @default such */
  readonly container?: Omit<k8s.types.input.core.v1.Container, "name">;
  /** Properties that a pod which is there already may keep as they are. @default none */
  readonly keep?: readonly string[];
  readonly spec: Pick<
    k8s.types.input.core.v1.PodSpec,
    "nodeSelector" | "affinity" | "tolerations" | "hostname" | "subdomain"
  >;
}
