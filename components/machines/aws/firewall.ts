import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type Backend, carriedByVxlan, ipInIp, type Tunnel } from "../../../evidence/backends.ts";
import type { Role } from "../../../nodes/role.ts";
import { tags, type Whose } from "../../../platforms/aws/tags.ts";

export interface FirewallArgs {
  readonly whose: Whose<pulumi.Input<string>>;
  readonly vpcId: pulumi.Input<string>;
  /** IPv4 CIDRs that may reach SSH and the API server. */
  readonly allowFrom: readonly string[];
  readonly pods: PodPackets;
  /** Machines call each other's node ports. @default false */
  readonly nodePorts?: boolean;
}

/** One inward rule of a role's security group. */
interface Ingress {
  /** Tells it from the others in the stack. */
  readonly name: string;
  readonly what: string;
  /** A role, whose group is meant, or an IPv4 CIDR. */
  readonly from: { readonly role: Role } | { readonly cidr: string };
  readonly to: Role;
  readonly protocol: "tcp" | "udp" | "-1" | `${typeof ipInIp}`;
  /** @default all of them */
  readonly ports?: readonly [number, number];
  readonly description: string;
  readonly tag: string;
}

export const roles = ["control-plane", "worker"] as const satisfies readonly Role[];

type Way = Pick<Ingress, "what" | "protocol" | "to" | "ports"> & { readonly from: Role };

/**
 * The only traffic allowed between machines. Traffic to oneself passes no security group, so only workers' kubelets need a rule. Nothing
 * asks the scheduler or the controller manager.
 */
const ways: readonly Way[] = [
  { what: "api", from: "worker", to: "control-plane", protocol: "tcp", ports: [6443, 6443] },
  { what: "etcd", from: "control-plane", to: "control-plane", protocol: "tcp", ports: [2379, 2380] },
  { what: "kubelet", from: "control-plane", to: "worker", protocol: "tcp", ports: [10250, 10250] },
  // Whether kube-proxy has written its rules, where it is told to work in another mode.
  { what: "kube-proxy", from: "control-plane", to: "worker", protocol: "tcp", ports: [10256, 10256] },
];

/** Where Kubernetes has the ports of Services on the nodes, as TCP: nothing is claimed of others. */
const nodePortRange = [30_000, 32_767] as const;
const toNodePorts = (
  [
    ["worker", "control-plane"],
    ["control-plane", "worker"],
    ["worker", "worker"],
  ] as const
).map(([from, to]): Way => ({ what: "node-port", from, to, protocol: "tcp", ports: nodePortRange }));

/** Pods' packets inside other ones, each a packet from machine to machine: their ICMP, DNS and HTTP need no rule. */
function wrapped(backend: Backend, { port }: Tunnel): readonly Way[] {
  const what = carriedByVxlan(backend) ? "vxlan" : "flannel";
  const way: Pick<Way, "what" | "protocol" | "ports"> =
    port === undefined ? { what, protocol: `${ipInIp}` } : { what, protocol: "udp", ports: [port, port] };
  return [
    { ...way, from: "worker", to: "control-plane" },
    { ...way, from: "control-plane", to: "worker" },
    { ...way, from: "worker", to: "worker" },
  ];
}

/** Pods' packets as they are. A group that is named means its machines' own addresses: of a pod's the range must be named. */
const bare = (podCidr: string): readonly Ingress[] =>
  roles.map((to) => ({
    name: `pods-to-${to}`,
    what: "pods",
    from: { cidr: podCidr },
    to,
    protocol: "-1",
    description: "pods of other machines",
    tag: "pods",
  }));

/** What the user's machine reaches. */
const doors = [
  { what: "ssh", to: "control-plane", port: 22 },
  { what: "ssh", to: "worker", port: 22 },
  { what: "api", to: "control-plane", port: 6443 },
] as const satisfies readonly { what: string; to: Role; port: number }[];

/** How packets of pods come to the machines, and from which addresses. */
export interface PodPackets {
  readonly backend: Backend;
  readonly podCidr: string;
}

/** Every inward rule of both groups. Pure. */
export function ingress(
  allowFrom: readonly string[],
  { backend, podCidr }: PodPackets,
  nodePorts: boolean = false,
): Ingress[] {
  const { tunnel } = backend;
  return [
    ...(tunnel === undefined ? bare(podCidr) : []),
    ...[...ways, ...(nodePorts ? toNodePorts : []), ...(tunnel === undefined ? [] : wrapped(backend, tunnel))].map(
      ({ from, ...way }) => ({
        ...way,
        name: `${way.what}-from-${from}-to-${way.to}`,
        from: { role: from },
        description: `${way.what} from ${from}`,
        tag: `${way.what}-from-${from}`,
      }),
    ),
    ...doors.flatMap(({ what, to, port }) =>
      allowFrom.map((cidr): Ingress => ({
        what,
        to,
        name: `${what}-from-${cidr}-to-${to}`,
        from: { cidr },
        protocol: "tcp",
        ports: [port, port],
        description: `${what} from the user of the lab`,
        tag: `${what}-from-user`,
      })),
    ),
  ];
}

/** Name and description of a role's group. Pure. */
export function groupOf(stack: string, role: Role): { readonly name: string; readonly description: string } {
  return { name: `podnet-${stack}-${role}`, description: `pod-networking-lab ${stack}: ${role}` };
}

/** A security group for each role; rules are resources of their own, so that the groups can name each other. */
export class Firewall extends pulumi.ComponentResource {
  readonly groups: Readonly<Record<Role, pulumi.Output<string>>>;
  /** Done when every rule stands. */
  readonly rules: readonly pulumi.Resource[];

  constructor(name: string, args: FirewallArgs, opts: pulumi.ComponentResourceOptions) {
    const { whose, vpcId, allowFrom, pods, nodePorts } = args;
    super("podnet:machines/aws:Firewall", name, {}, opts);
    const child = { parent: this };
    const group = (role: Role): pulumi.Output<string> =>
      new aws.ec2.SecurityGroup(
        `${name}-${role}`,
        { ...groupOf(whose.stack, role), vpcId, tags: tags(whose, role) },
        child,
      ).id;
    const groups = { "control-plane": group("control-plane"), worker: group("worker") };

    const inward = ingress(allowFrom, pods, nodePorts).map(
      ({ name: rule, from, to, protocol, ports, description, tag }) =>
        new aws.vpc.SecurityGroupIngressRule(
          `${name}-${rule}`,
          {
            securityGroupId: groups[to],
            ...("role" in from ? { referencedSecurityGroupId: groups[from.role] } : { cidrIpv4: from.cidr }),
            ipProtocol: protocol,
            ...(ports && { fromPort: ports[0], toPort: ports[1] }),
            description,
            tags: tags(whose, tag),
          },
          child,
        ),
    );
    // Everything outward is open: packages are fetched from wherever Ubuntu has them.
    const outward = roles.map(
      (role) =>
        new aws.vpc.SecurityGroupEgressRule(
          `${name}-out-of-${role}`,
          {
            securityGroupId: groups[role],
            cidrIpv4: "0.0.0.0/0",
            ipProtocol: "-1",
            description: "outward",
            tags: tags(whose, "outward"),
          },
          child,
        ),
    );
    this.groups = groups;
    this.rules = [...inward, ...outward];
    this.registerOutputs({ groups });
  }
}
