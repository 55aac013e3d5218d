import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Machine } from "../machines/machine.ts";
import type { LessonNamespace } from "./namespace.ts";

export interface BalancerArgs {
  /** References of MetalLB's images, known once the nodes that run them have them. */
  readonly controllerImage: pulumi.Input<string>;
  readonly speakerImage: pulumi.Input<string>;
  /** Node of the controller; each node has a speaker. */
  readonly controllerOn: Machine;
  /** Where it all stands. */
  readonly namespace: LessonNamespace;
  /** The addresses that may be given away, FIRST-LAST. */
  readonly pool: string;
  /** Processors may be emulated: a speaker is late to say that it is alive, and is not asked. @default false */
  readonly late?: boolean;
  readonly ready: pulumi.Resource;
}

/** What MetalLB keeps at the API server: the kinds that it asks for, whether they are used here or not, each in all the versions that it asks for. */
const kinds = {
  IPAddressPool: ["v1beta1"],
  L2Advertisement: ["v1beta1"],
  ServiceL2Status: ["v1beta1"],
  ConfigurationState: ["v1beta1"],
  BFDProfile: ["v1beta1"],
  BGPAdvertisement: ["v1beta1"],
  BGPPeer: ["v1beta2", "v1beta1"],
  Community: ["v1beta1"],
  ServiceBGPStatus: ["v1beta1"],
} as const;
type Kind = keyof typeof kinds;
const group = "metallb.io";
const plural = (kind: Kind): string => kind.toLowerCase().replace(/y$/, "ie").replace(/tus$/, "tuse").concat("s");

const everywhereWatched = (["ServiceL2Status", "ConfigurationState"] as const).map(plural);

/** Where both programs tell of themselves. */
const metricsPort = 7472;
const everything = ["get", "list", "watch", "create", "update", "patch", "delete"];
const reading = ["get", "list", "watch"];

/**
 * MetalLB: a controller that gives Services of type LoadBalancer an address, and on each node a speaker; one of them answers ARP for an address, so that
 * the node gets its packets. Its makers' manifest, less BGP, its webhooks and the schemas of its kinds: the lab alone writes objects of them.
 */
export class Balancer extends pulumi.ComponentResource {
  /** Done when addresses can be given. */
  readonly offered: pulumi.Resource;

  constructor(name: string, args: BalancerArgs, opts: pulumi.ComponentResourceOptions) {
    const { namespace, pool, ready } = args;
    super("podnet:lessons:Balancer", name, { pool }, opts);
    const child = { ...namespace.options, parent: this };
    const crds = (Object.keys(kinds) as Kind[]).map(
      (kind) =>
        new k8s.apiextensions.v1.CustomResourceDefinition(
          `${name}-kind-${kind.toLowerCase()}`,
          {
            metadata: { name: `${plural(kind)}.${group}` },
            spec: {
              group,
              scope: "Namespaced",
              names: { kind, listKind: `${kind}List`, plural: plural(kind), singular: kind.toLowerCase() },
              versions: kinds[kind].map((version, index) => ({
                name: version,
                served: true,
                storage: index === 0,
                subresources: { status: {} },
                schema: { openAPIV3Schema: { type: "object", x_kubernetes_preserve_unknown_fields: true } },
              })),
            },
          },
          child,
        ),
    );
    const allowed = this.account(name, namespace, child);
    const pod = (component: "controller" | "speaker") => ({
      labels: { app: "metallb", component },
      options: { ...child, dependsOn: [...allowed, ...crds], customTimeouts: { create: "30m" } },
      spec: {
        serviceAccountName: namespace.account.metadata.name,
        automountServiceAccountToken: true,
        terminationGracePeriodSeconds: 2,
      },
    });
    const readinessProbe = {
      httpGet: { path: "/metrics", port: metricsPort },
      // A second, which is Kubernetes' own, is less than an emulated processor takes to answer.
      ...(args.late ? { periodSeconds: 5, timeoutSeconds: 30 } : { periodSeconds: 1 }),
    };
    const field = (variable: string, fieldPath: string) => ({ name: variable, valueFrom: { fieldRef: { fieldPath } } });
    const controller = pod("controller");
    const giving = new k8s.apps.v1.Deployment(
      `${name}-controller`,
      {
        metadata: { name: "controller", namespace: namespace.name, labels: controller.labels },
        spec: {
          selector: { matchLabels: controller.labels },
          template: {
            metadata: { labels: controller.labels },
            spec: {
              ...controller.spec,
              nodeSelector: { "kubernetes.io/hostname": args.controllerOn.name },
              tolerations: [{ operator: "Exists" }],
              containers: [
                {
                  name: "controller",
                  image: args.controllerImage,
                  imagePullPolicy: "IfNotPresent",
                  args: ["--log-level=info", "--webhook-mode=disabled"],
                  readinessProbe,
                  env: [
                    field("METALLB_POD_NAME", "metadata.name"),
                    field("METALLB_NAMESPACE", "metadata.namespace"),
                    { name: "METALLB_ML_SECRET_NAME", value: "memberlist" },
                    { name: "METALLB_DEPLOYMENT", value: "controller" },
                  ],
                  securityContext: {
                    runAsNonRoot: true,
                    runAsUser: 65534,
                    allowPrivilegeEscalation: false,
                    readOnlyRootFilesystem: true,
                    capabilities: { drop: ["ALL"] },
                  },
                },
              ],
            },
          },
        },
      },
      controller.options,
    );
    // On the wire alone: the pods' bridge and cables have no part in it.
    const excluded = new k8s.core.v1.ConfigMap(
      `${name}-excluded`,
      {
        metadata: { name: "excluded", namespace: namespace.name },
        data: { "excludel2.yaml": 'announcedInterfacesToExclude: ["^lo$", "^veth.*", "^flannel.*", "^cni.*"]\n' },
      },
      child,
    );
    const speaker = pod("speaker");
    const answering = new k8s.apps.v1.DaemonSet(
      `${name}-speaker`,
      {
        metadata: { name: "speaker", namespace: namespace.name, labels: speaker.labels },
        spec: {
          selector: { matchLabels: speaker.labels },
          updateStrategy: { rollingUpdate: { maxUnavailable: "100%" } },
          template: {
            metadata: { labels: speaker.labels },
            spec: {
              ...speaker.spec,
              hostNetwork: true,
              priorityClassName: "system-node-critical",
              tolerations: [{ operator: "Exists" }],
              containers: [
                {
                  name: "speaker",
                  image: args.speakerImage,
                  imagePullPolicy: "IfNotPresent",
                  // The control plane too: with one worker nobody else could take over.
                  args: ["--log-level=info", "--ignore-exclude-lb"],
                  readinessProbe,
                  env: [
                    field("METALLB_NODE_NAME", "spec.nodeName"),
                    field("METALLB_POD_NAME", "metadata.name"),
                    field("METALLB_NAMESPACE", "metadata.namespace"),
                    field("METALLB_HOST", "status.hostIP"),
                    // Without it the nodes that the API server knows count. On emulated processors probes by memberlist, even as it makes them over
                    // long ways, end before an answer: each speaker takes the other for dead now and then, and both answer for an address.
                    ...(args.late ? [] : [field("METALLB_ML_BIND_ADDR", "status.podIP")]),
                    { name: "METALLB_ML_LABELS", value: "app=metallb,component=speaker" },
                    { name: "METALLB_ML_SECRET_KEY_PATH", value: "/etc/ml_secret_key" },
                    { name: "METALLB_BGP_TYPE", value: "native" },
                  ],
                  securityContext: {
                    allowPrivilegeEscalation: false,
                    readOnlyRootFilesystem: true,
                    capabilities: { drop: ["ALL"], add: ["NET_RAW"] },
                  },
                  volumeMounts: [
                    { name: "memberlist", mountPath: "/etc/ml_secret_key", readOnly: true },
                    { name: "excluded", mountPath: "/etc/metallb", readOnly: true },
                  ],
                },
              ],
              // The controller makes it: the speakers tell one another by it who is alive.
              volumes: [
                { name: "memberlist", secret: { secretName: "memberlist" } },
                { name: "excluded", configMap: { name: excluded.metadata.name } },
              ],
            },
          },
        },
      },
      speaker.options,
    );
    const given = { metadata: { name: "machines", namespace: namespace.name } };
    const object = (kind: Kind, spec: object, after: pulumi.Resource[]) =>
      new k8s.apiextensions.CustomResource(
        `${name}-${kind.toLowerCase()}`,
        { apiVersion: `${group}/${kinds[kind][0]}`, kind, ...given, spec },
        { ...child, dependsOn: after },
      );
    const addresses = object("IPAddressPool", { addresses: [pool] }, [...crds, giving, answering, ready]);
    this.offered = object("L2Advertisement", { ipAddressPools: ["machines"] }, [addresses]);
    this.registerOutputs({});
  }

  /** What both programs may do, as the account of the lesson's pods. */
  private account(name: string, namespace: LessonNamespace, child: pulumi.CustomResourceOptions): pulumi.Resource[] {
    const subjects = [{ kind: "ServiceAccount", name: namespace.account.metadata.name, namespace: namespace.name }];
    const metadata = { name: "podnet-metallb" };
    const apiGroup = "rbac.authorization.k8s.io";
    const everywhere = new k8s.rbac.v1.ClusterRole(
      `${name}-role`,
      {
        metadata,
        rules: [
          { apiGroups: [""], resources: ["services", "endpoints", "nodes", "namespaces"], verbs: reading },
          { apiGroups: [""], resources: ["services/status"], verbs: ["update"] },
          { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
          { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: reading },
          // These two it watches everywhere, whatever it is told of its namespace.
          {
            apiGroups: [group],
            resources: everywhereWatched.flatMap((one) => [one, `${one}/status`]),
            verbs: everything,
          },
        ],
      },
      child,
    );
    const here = new k8s.rbac.v1.Role(
      `${name}-own-role`,
      {
        metadata: { ...metadata, namespace: namespace.name },
        rules: [
          { apiGroups: [group], resources: ["*"], verbs: everything },
          { apiGroups: [""], resources: ["secrets", "configmaps"], verbs: everything },
          { apiGroups: [""], resources: ["pods"], verbs: reading },
          { apiGroups: ["apps"], resources: ["deployments"], verbs: reading },
        ],
      },
      child,
    );
    return [
      new k8s.rbac.v1.ClusterRoleBinding(
        `${name}-role-binding`,
        { metadata, roleRef: { apiGroup, kind: "ClusterRole", name: everywhere.metadata.name }, subjects },
        child,
      ),
      new k8s.rbac.v1.RoleBinding(
        `${name}-own-role-binding`,
        {
          metadata: { ...metadata, namespace: namespace.name },
          roleRef: { apiGroup, kind: "Role", name: here.metadata.name },
          subjects,
        },
        child,
      ),
    ];
  }
}
