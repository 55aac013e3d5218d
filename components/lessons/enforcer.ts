import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { asCommand } from "../../nodes/script.ts";
import type { Machine } from "../machines/machine.ts";
import { Script } from "../script.ts";

export interface EnforcerArgs {
  /** Reference of kube-router's image, known once every node has it. */
  readonly image: pulumi.Input<string>;
  /** Every machine gets one. */
  readonly machines: readonly Machine[];
  /** Namespace and account of the pods. */
  readonly namespace: pulumi.Input<string>;
  readonly account: pulumi.Input<string>;
  /** Service address range, IPv4 CIDR: what is for it is let through to be translated. */
  readonly serviceCidr: string;
  /** For what stands on the cluster. */
  readonly options: pulumi.CustomResourceOptions;
  /** It comes after these. */
  readonly after: readonly pulumi.Resource[];
}

const labels = { "k8s-app": "kube-router" };

/**
 * What enforces network policies: the part of kube-router that k3s pairs with flannel. Its routes and its Services stay off. When it goes, all that it
 * has written on the nodes goes with it.
 */
export class Enforcer extends pulumi.ComponentResource {
  /** Done when every node has one that runs. */
  readonly running: k8s.apps.v1.DaemonSet;

  constructor(name: string, args: EnforcerArgs, opts: pulumi.ComponentResourceOptions) {
    const { image, serviceCidr, options } = args;
    super("podnet:lessons:Enforcer", name, { serviceCidr }, opts);
    const child = { ...options, parent: this };
    const role = new k8s.rbac.v1.ClusterRole(
      `${name}-role`,
      {
        metadata: { name: "podnet-kube-router" },
        rules: [
          {
            apiGroups: [""],
            resources: ["namespaces", "pods", "services", "nodes", "endpoints"],
            verbs: ["list", "get", "watch"],
          },
          { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: ["list", "get", "watch"] },
          { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "get", "watch"] },
        ],
      },
      child,
    );
    const allowed = new k8s.rbac.v1.ClusterRoleBinding(
      `${name}-role-binding`,
      {
        metadata: { name: "podnet-kube-router" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role.metadata.name },
        subjects: [{ kind: "ServiceAccount", name: args.account, namespace: args.namespace }],
      },
      child,
    );
    // Made before it, so undone after it.
    const ways = args.machines.map(
      (machine) =>
        new Script(
          `${name}-rules-${machine.name}`,
          {
            machine,
            script: "cluster/enforce",
            // Of the image that is there, and not only of its name: it is needed to undo this, and goes after that.
            undo: pulumi.output(image).apply((IMAGE) => asCommand("cluster/unenforce", { IMAGE })),
          },
          { parent: this },
        ),
    );
    this.running = new k8s.apps.v1.DaemonSet(
      `${name}-daemon`,
      {
        metadata: { name: "kube-router", namespace: args.namespace, labels },
        spec: {
          selector: { matchLabels: labels },
          updateStrategy: { rollingUpdate: { maxUnavailable: "100%" } },
          template: {
            metadata: { labels },
            spec: {
              hostNetwork: true,
              priorityClassName: "system-node-critical",
              serviceAccountName: args.account,
              automountServiceAccountToken: true,
              terminationGracePeriodSeconds: 5,
              tolerations: [{ operator: "Exists" }],
              containers: [
                {
                  name: "kube-router",
                  image,
                  imagePullPolicy: "IfNotPresent",
                  args: [
                    "--run-router=false",
                    "--run-service-proxy=false",
                    "--run-firewall=true",
                    `--service-cluster-ip-range=${serviceCidr}`,
                    "--v=1",
                  ],
                  env: [{ name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }],
                  securityContext: { privileged: true },
                  // An emulated processor takes longer than the usual second.
                  readinessProbe: {
                    httpGet: { path: "/healthz", port: 20244 },
                    periodSeconds: 1,
                    timeoutSeconds: 30,
                  },
                  volumeMounts: [{ name: "xtables-lock", mountPath: "/run/xtables.lock" }],
                },
              ],
              volumes: [{ name: "xtables-lock", hostPath: { path: "/run/xtables.lock", type: "FileOrCreate" } }],
            },
          },
        },
      },
      { ...child, dependsOn: [allowed, ...ways, ...args.after], customTimeouts: { create: "30m" } },
    );
    this.registerOutputs({});
  }
}
