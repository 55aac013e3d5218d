import * as k8s from "@pulumi/kubernetes";
import { imageRefs } from "../../bundle/versions.ts";
import { helloPort } from "../../evidence/judge/service-lesson.ts";
import type { LessonArgs } from "./lesson.ts";
import type { LessonNamespace } from "./namespace.ts";

/** Pods of one kind, and how to run them. */
export interface Replicated {
  readonly deployment: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly container: k8s.types.input.core.v1.Container;
}

export const replicas = 2;

/** The server of the course's page about Services. */
export const helloWorld = {
  deployment: "hello-world",
  labels: { app: "hello-world" },
  container: {
    name: "hello-app",
    image: imageRefs["hello-app"],
    ports: [{ containerPort: helloPort }],
    readinessProbe: { tcpSocket: { port: helloPort }, periodSeconds: 1 },
  },
} satisfies Replicated;

/** Two replicas, kept apart so that a Service leads to two nodes; hello-world is otherwise as the course creates it. */
export function apart(
  name: string,
  namespace: LessonNamespace,
  args: Pick<LessonArgs, "machines">,
  of: Replicated,
): k8s.apps.v1.Deployment {
  const workers = args.machines.length - 1;
  return new k8s.apps.v1.Deployment(
    name,
    {
      metadata: { name: of.deployment, namespace: namespace.name, labels: of.labels },
      spec: {
        replicas,
        selector: { matchLabels: of.labels },
        template: {
          metadata: { labels: of.labels },
          spec: {
            containers: [{ ...of.container, imagePullPolicy: "IfNotPresent" }],
            automountServiceAccountToken: false,
            serviceAccountName: namespace.account.metadata.name,
            terminationGracePeriodSeconds: 0,
            affinity: {
              podAntiAffinity: {
                requiredDuringSchedulingIgnoredDuringExecution: [
                  { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: of.labels } },
                ],
              },
            },
            ...(workers === 1 && {
              tolerations: [{ key: "node-role.kubernetes.io/control-plane", operator: "Exists", effect: "NoSchedule" }],
            }),
          },
        },
      },
    },
    // The pods are made before the workers are Ready, and wait for them: on emulated machines that takes minutes.
    { ...namespace.options, dependsOn: [...namespace.joined], customTimeouts: { create: "30m" } },
  );
}
