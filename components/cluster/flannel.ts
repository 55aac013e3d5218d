import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { backendOf, type Carrier, carrierKey, usualBackend } from "../../evidence/backends.ts";

export interface FlannelArgs {
  /** Pod address range of the cluster, IPv4 CIDR. @default IPv6 alone */
  readonly podCidr?: string;
  /** The same of IPv6. @default IPv4 alone */
  readonly podCidr6?: string;
  /** How packets are carried between the nodes. @default vxlan */
  readonly backend?: Carrier;
  /** Address of the API server in the machines' network. */
  readonly apiAddress: pulumi.Input<string>;
  /** Image of flanneld, with /opt/bin/flanneld, /opt/bin/install-conf and a shell. */
  readonly image: string;
  /** Processors are emulated: flanneld may answer late, and looks after its rules once a minute instead of every five seconds. */
  readonly patient: pulumi.Input<boolean>;
}

/**
 * flannel with the backend that the lab asks for, as upstream's kube-flannel.yml has it, but for five things: the interface is the one that
 * carries the node's address (on machines with two, flannel's own guess is the one with the default route), the CNI plugin's
 * binary is not copied from an image, since the machines have it, flanneld asks the API server at its own address, the CNI
 * configuration comes last, so that a node that is Ready can start pods.
 */
export class Flannel extends pulumi.ComponentResource {
  constructor(name: string, args: FlannelArgs, opts: pulumi.ComponentResourceOptions) {
    super(
      "podnet:cluster:Flannel",
      name,
      {
        ...(args.podCidr && { podCidr: args.podCidr }),
        ...(args.podCidr6 && { podCidr6: args.podCidr6 }),
        ...(args.backend && { backend: args.backend }),
        image: args.image,
      },
      opts,
    );
    const child = { parent: this };
    const labels = { "k8s-app": "flannel" };
    const namespace = new k8s.core.v1.Namespace(
      `${name}-namespace`,
      { metadata: { name: "kube-flannel", labels: { ...labels, "pod-security.kubernetes.io/enforce": "privileged" } } },
      child,
    );
    const inNamespace = { namespace: namespace.metadata.name, labels };
    const account = new k8s.core.v1.ServiceAccount(
      `${name}-account`,
      { metadata: { name: "flannel", ...inNamespace } },
      child,
    );
    const role = new k8s.rbac.v1.ClusterRole(
      `${name}-role`,
      {
        metadata: { name: "flannel", labels },
        rules: [
          { apiGroups: [""], resources: ["pods"], verbs: ["get"] },
          { apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "watch"] },
          { apiGroups: [""], resources: ["nodes/status"], verbs: ["patch"] },
        ],
      },
      child,
    );
    const binding = new k8s.rbac.v1.ClusterRoleBinding(
      `${name}-binding`,
      {
        metadata: { name: "flannel", labels },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role.metadata.name },
        subjects: [{ kind: "ServiceAccount", name: account.metadata.name, namespace: namespace.metadata.name }],
      },
      child,
    );
    const config = new k8s.core.v1.ConfigMap(
      `${name}-config`,
      {
        metadata: {
          name: "kube-flannel-cfg",
          ...inNamespace,
          // What somebody has edited by hand is his field then, and would be refused to the lab.
          annotations: { "pulumi.com/patchForce": "true" },
        },
        data: {
          "cni-conf.json": JSON.stringify(cniConf, null, 2),
          "net-conf.json": JSON.stringify(
            {
              ...(args.podCidr === undefined ? { EnableIPv4: false } : { Network: args.podCidr }),
              ...(args.podCidr6 !== undefined && { EnableIPv6: true, IPv6Network: args.podCidr6 }),
              EnableNFTables: backendOf(args.backend).options.rules === "nftables",
              Backend: backendOf(args.backend).config,
            },
            null,
            2,
          ),
        },
      },
      child,
    );
    new k8s.apps.v1.DaemonSet(
      `${name}-daemon`,
      {
        metadata: {
          name: "kube-flannel-ds",
          ...inNamespace,
          // The cluster's own "ready" waits for every node; waiting here as well would only make the pods wait in line.
          annotations: { "pulumi.com/skipAwait": "true" },
        },
        spec: {
          selector: { matchLabels: { app: "flannel" } },
          // Nodes of two backends ignore each other: one after the other would only be longer without a network.
          updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "100%" } },
          template: {
            metadata: { labels: { app: "flannel" }, ...restartedFor(args.backend) },
            spec: podSpec(args, account, config),
          },
        },
      },
      { ...child, dependsOn: [binding] },
    );
    this.registerOutputs({});
  }
}

/** flanneld reads its configuration once: another backend takes other pods. */
const restartedFor = (backend: Carrier = usualBackend): { readonly annotations?: Readonly<Record<string, string>> } =>
  carrierKey(backend) === usualBackend ? {} : { annotations: { "pod-networking-lab/backend": carrierKey(backend) } };

// 0.4.0 is the newest version that every flannel plugin speaks, and newer plugins speak it too.
const cniConf = {
  name: "cbr0",
  cniVersion: "0.4.0",
  plugins: [
    { type: "flannel", delegate: { hairpinMode: true, isDefaultGateway: true } },
    { type: "portmap", capabilities: { portMappings: true } },
  ],
};

const flanneldArgs = ["--ip-masq", "--kube-subnet-mgr", "--iface=$(NODE_ADDRESS)", "--healthz-port=8081"];

/** By way of this device a program makes others, whose packets it reads and writes itself. */
const tun = "/dev/net/tun";
const needsTun = (backend: Carrier | undefined): boolean => backendOf(backend).manner === "program";

function podSpec(
  { image, apiAddress, patient, backend }: FlannelArgs,
  account: k8s.core.v1.ServiceAccount,
  config: k8s.core.v1.ConfigMap,
) {
  const either = <T>(late: T, usual: T): pulumi.Output<T> =>
    pulumi.output(patient).apply((emulated) => (emulated ? late : usual) as never);
  // With the version that the API server would add: a reference is compared as a whole, and one that lacks it would be in conflict with the
  // same one that an interrupted update has made and never recorded.
  const field = (name: string, fieldPath: string) => ({
    name,
    valueFrom: { fieldRef: { apiVersion: "v1", fieldPath } },
  });
  const configMount = { name: "config", mountPath: "/etc/kube-flannel/" };
  return {
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: "kubernetes.io/os", operator: "In", values: ["linux"] }] }],
        },
      },
    },
    hostNetwork: true,
    priorityClassName: "system-node-critical",
    tolerations: [{ operator: "Exists", effect: "NoSchedule" }],
    serviceAccountName: account.metadata.name,
    containers: [
      {
        name: "kube-flannel",
        image,
        command: ["/opt/bin/flanneld"],
        args: either([...flanneldArgs, "--iptables-resync=60"], flanneldArgs),
        env: [
          field("POD_NAME", "metadata.name"),
          field("POD_NAMESPACE", "metadata.namespace"),
          field("NODE_ADDRESS", "status.hostIP"),
          // Straight to the API server: by its Service, flanneld would have to wait for kube-proxy, which on a new node starts at
          // the same time, and after two vain attempts the kubelet waits ten seconds.
          { name: "KUBERNETES_SERVICE_HOST", value: apiAddress },
          { name: "KUBERNETES_SERVICE_PORT", value: "6443" },
          { name: "EVENT_QUEUE_DEPTH", value: "5000" },
          { name: "CONT_WHEN_CACHE_NOT_READY", value: "false" },
        ],
        ports: [{ name: "healthz", containerPort: 8081, protocol: "TCP" }],
        livenessProbe: {
          httpGet: { path: "/healthz", port: "healthz" },
          initialDelaySeconds: 10,
          periodSeconds: 30,
          timeoutSeconds: either(150, 15),
        },
        readinessProbe: {
          httpGet: { path: "/readyz", port: "healthz" },
          initialDelaySeconds: 1,
          periodSeconds: 10,
          timeoutSeconds: either(50, 5),
        },
        resources: { requests: { cpu: "100m", memory: "50Mi" } },
        lifecycle: {
          // With a CNI configuration the node turns Ready and pods come; before flanneld has its subnet they would fail, and the
          // kubelet would try again only ten seconds later.
          postStart: {
            exec: {
              command: [
                "/bin/sh",
                "-c",
                "until [ -s /run/flannel/subnet.env ]; do sleep 0.1; done; " +
                  "exec /opt/bin/install-conf /etc/kube-flannel/cni-conf.json /etc/cni/net.d/10-flannel.conflist",
              ],
            },
          },
        },
        securityContext: { privileged: false, capabilities: { add: ["NET_ADMIN", "NET_RAW"] } },
        volumeMounts: [
          { name: "run", mountPath: "/run/flannel" },
          { name: "cni", mountPath: "/etc/cni/net.d" },
          configMount,
          ...(needsTun(backend) ? [{ name: "tun", mountPath: tun }] : []),
          { name: "xtables-lock", mountPath: "/run/xtables.lock" },
        ],
      },
    ],
    volumes: [
      { name: "run", hostPath: { path: "/run/flannel" } },
      { name: "cni", hostPath: { path: "/etc/cni/net.d" } },
      { name: "config", configMap: { name: config.metadata.name } },
      ...(needsTun(backend) ? [{ name: "tun", hostPath: { path: tun, type: "CharDevice" } }] : []),
      { name: "xtables-lock", hostPath: { path: "/run/xtables.lock", type: "FileOrCreate" } },
    ],
  };
}
