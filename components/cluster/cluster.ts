import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { forWireguard, installedLater } from "../../bundle/recipes/packages.ts";
import { imageRefs, versions } from "../../bundle/versions.ts";
import {
  backendOf,
  type Carrier,
  carrierKey,
  backendBy,
  hasOneRoute,
  secondDevices,
  setMtuOf,
  usualBackend,
} from "../../evidence/backends.ts";
import { firstFamily, type IpFamilies, ipv4 } from "../../evidence/family.ts";
import type { ProxyMode } from "../../evidence/parse/service.ts";
import type { Machine } from "../machines/machine.ts";
import { Script } from "../script.ts";
import { Flannel } from "./flannel.ts";
import { Worker } from "./worker.ts";

export interface ClusterArgs {
  /** The machines, the control plane first. */
  readonly machines: readonly Machine[];
  /** Which address families the lab has. @default ipv4 */
  readonly ipFamily?: IpFamilies;
  /** Pod address range, CIDR of the lab's first family. */
  readonly podCidr: string;
  /** Service address range of the same family; the cluster's DNS gets its tenth address. */
  readonly serviceCidr: string;
  /** Address of the cluster's DNS, in serviceCidr. */
  readonly dnsAddress: string;
  /** The same of IPv6, with ipFamily dual; the machines have an address6 beside the other one then. @default there is one family */
  readonly second?: { readonly podCidr: string; readonly serviceCidr: string };
  /** How flannel carries packets between nodes. @default vxlan */
  readonly backend?: Carrier;
  /** Version of Kubernetes that the machines have, such as 1.37.2. */
  readonly kubernetes: string;
  /** What kube-proxy writes its rules into. @default iptables */
  readonly proxyMode?: ProxyMode;
  /** When it changes, the admin's kubeconfig is read anew from the control plane: its certificates are others. @default it never changed */
  readonly renewed?: string;
}

/** A kubeadm cluster with flannel on machines that answer SSH. */
export class Cluster extends pulumi.ComponentResource {
  /** Admin kubeconfig for the user's machine; a secret. */
  readonly kubeconfig: pulumi.Output<string>;
  /** Provider for what is deployed on the cluster. */
  readonly provider: k8s.Provider;
  /** Versions of the packages as read on each node, by node name. */
  readonly packages: Readonly<Record<string, pulumi.Output<Record<string, string>>>>;
  /** Pods that went with a node that left, by NAMESPACE/NAME: their UIDs. No controller makes them anew; the program does. */
  readonly lostPods: pulumi.Output<Record<string, string>>;
  /** Done when each worker has joined; they may not be Ready yet. */
  readonly joined: readonly pulumi.Resource[];
  /** Done when all nodes are Ready and the cluster's DNS answers. */
  readonly ready: Script;

  constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    const { podCidr, serviceCidr, second, kubernetes, backend: wanted = usualBackend, proxyMode = "iptables" } = args;
    super(
      "podnet:cluster:Cluster",
      name,
      { podCidr, serviceCidr, ...(second && { second }), kubernetes, proxyMode },
      opts,
    );
    const child = { parent: this };
    const first = firstFamily(args.ipFamily);
    const backend = backendBy(backendOf(wanted), first);
    const setMtu = setMtuOf(backend, args.ipFamily);
    const [controlPlane, ...workers] = args.machines;
    if (controlPlane?.api === undefined)
      throw new Error("the first machine must be a control plane with an API endpoint");

    const POD_RANGES =
      first === ipv4 ? { POD_CIDR: podCidr, ...(second && { POD_CIDR6: second.podCidr }) } : { POD_CIDR6: podCidr };
    const RANGES =
      first === ipv4
        ? { ...POD_RANGES, SERVICE_CIDR: serviceCidr, ...(second && { SERVICE_CIDR6: second.serviceCidr }) }
        : { ...POD_RANGES, SERVICE_CIDR6: serviceCidr };
    // Where it is the one address that there is, it is the node's first.
    const beside = ({ address6 }: Machine): { readonly NODE_ADDRESS6?: pulumi.Input<string> } =>
      second === undefined || address6 === undefined ? {} : { NODE_ADDRESS6: address6 };
    const prepared = args.machines.map(
      (machine) =>
        new Script(
          `${machine.name}-prepare`,
          {
            machine,
            script: "cluster/prepare",
            params: {
              NODE_NAME: machine.name,
              NODE_ADDRESS: machine.address,
              ...RANGES,
              POD_PACKETS: backend.manner === "bare" ? "bare" : "wrapped",
              BACKEND: backend.name,
              ...(setMtu !== undefined && { BACKEND_MTU: setMtu }),
            },
          },
          child,
        ),
    );
    const prepare = (machine: Machine): Script[] => prepared.filter((_, index) => args.machines[index] === machine);

    const init = new Script(
      `${controlPlane.name}-init`,
      {
        machine: controlPlane,
        script: "cluster/init",
        params: {
          NODE_NAME: controlPlane.name,
          NODE_ADDRESS: controlPlane.address,
          API_HOST: controlPlane.api.host,
          API_PORT: controlPlane.api.port,
          ...RANGES,
          ...beside(controlPlane),
          KUBERNETES_VERSION: kubernetes,
          ETCD_TAG: versions.etcdTag,
          COREDNS_TAG: `v${versions.coredns}`,
        },
        // It makes a cluster once, and says of a cluster that is there what it would say of a new one, once its API server answers: after a start of
        // the machine nobody is to ask before.
        again: [args.renewed, controlPlane.start].filter((moment) => moment !== undefined),
        secretOutput: true,
      },
      { ...child, dependsOn: prepare(controlPlane) },
    );
    // Beside the joins, which need none of them.
    const addons = new Script(
      `${controlPlane.name}-addons`,
      { machine: controlPlane, script: "cluster/addons", params: { PROXY_MODE: proxyMode } },
      { ...child, dependsOn: [init] },
    );
    const result = init.result();
    this.kubeconfig = pulumi.secret(result.kubeconfig);
    // The hash is of a public key: no secret, and shown in the clear for comparison.
    const caHash = pulumi.unsecret(result.caHash);

    this.provider = new k8s.Provider(
      `${name}-kubernetes`,
      {
        kubeconfig: this.kubeconfig,
        // Another kubeconfig for the same cluster must not replace what runs on it; another control plane must.
        clusterIdentifier: controlPlane.identity,
        deleteUnreachable: true,
        // With another backend flannel's configuration changes. Replaced, it would take the DaemonSet with it, whose new one is applied to the old
        // one that is being deleted, and goes with that.
        enableConfigMapMutable: true,
      },
      child,
    );
    // Runs before anything is scheduled, so that a removed worker is drained first. Its machine goes last.
    const members = new Script(
      `${name}-members`,
      {
        machine: controlPlane,
        script: "cluster/members",
        params: {
          MACHINES: pulumi
            .all(args.machines.map((machine) => pulumi.interpolate`${machine.name}=${machine.identity}`))
            .apply((all) => all.join(" ")),
        },
      },
      { ...child, dependsOn: [init] },
    );
    const flannel = new Flannel(
      `${name}-flannel`,
      {
        ...(first === ipv4 ? { podCidr, ...(second && { podCidr6: second.podCidr }) } : { podCidr6: podCidr }),
        ...(args.backend && { backend: args.backend }),
        apiAddress: controlPlane.address,
        image: imageRefs.flannel,
        patient: pulumi.unsecret(result.emulated),
      },
      { ...child, providers: [this.provider], deletedWith: controlPlane.resource },
    );
    // Before any pod is placed: one that is made anew must get the MTU of the backend that carries its packets.
    const carrying = new Script(
      `${name}-backend`,
      {
        machine: controlPlane,
        script: "cluster/backend",
        params: { BACKEND: carrierKey(wanted) },
        // It prints what that one has found, too.
        again: [members.stdout],
      },
      { ...child, dependsOn: [members, flannel] },
    );
    this.lostPods = carrying.result();
    const carried = args.machines.map(
      (machine) =>
        new Script(
          `${machine.name}-carry`,
          {
            machine,
            script: "cluster/carry",
            params: {
              DEVICES: [...backend.devices, ...(second === undefined ? [] : secondDevices(backend))].join(" "),
              ENTRIES: backend.manner === "frame" ? "written" : "none",
              ROUTES: hasOneRoute(backend) ? "one" : "each",
              ...POD_RANGES,
              ...(backend.options.rules && { RULES: backend.options.rules }),
            },
          },
          { ...child, dependsOn: [...prepare(machine), carrying] },
        ),
    );
    const joining = workers.map(
      (machine) =>
        new Worker(
          machine.name,
          // A node of that name that was another machine must have gone.
          { machine, controlPlane, beside: beside(machine), caHash, after: [...prepare(machine), members] },
          child,
        ),
    );
    this.joined = joining.map(({ joined }) => joined);
    const installed = args.machines.map(
      (machine) =>
        new Script(
          `${machine.name}-packages`,
          { machine, script: "cluster/packages", params: { PACKAGES: installedLater.join(" ") } },
          child,
        ),
    );
    // What the claims about it are read by. It waits for the other packages: apt-get takes one after the other.
    const tools = (backend.manner === "sealed" ? args.machines : []).map(
      (machine, index) =>
        new Script(
          `${machine.name}-wireguard-tools`,
          { machine, script: "cluster/packages", params: { PACKAGES: forWireguard.join(" ") } },
          { ...child, dependsOn: [installed[index]!] },
        ),
    );
    this.packages = Object.fromEntries(
      args.machines.map(({ name: node }, index) => [node, installed[index]!.result()]),
    );
    this.ready = new Script(
      `${name}-ready`,
      {
        machine: controlPlane,
        script: "cluster/ready",
        params: {
          NODES: args.machines.map((machine) => machine.name).join(" "),
          DNS_ADDRESS: args.dnsAddress,
          IMAGE: imageRefs["net-box"],
        },
        triggers: [
          ...args.machines.flatMap(({ identity, start }) => [identity, ...(start === undefined ? [] : [start])]),
          // It revokes the tokens of all joins.
          ...joining.map(({ tokenId }) => tokenId),
        ],
        // With another backend the cluster's DNS began anew.
        ...(carrierKey(wanted) !== usualBackend && { again: [carrierKey(wanted)] }),
      },
      { ...child, dependsOn: [addons, flannel, ...carried, ...tools, ...this.joined] },
    );
    this.registerOutputs({ kubeconfig: this.kubeconfig, packages: this.packages, lostPods: this.lostPods });
  }
}
