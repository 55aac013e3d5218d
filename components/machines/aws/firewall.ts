import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Role } from "../../../nodes/role.ts";
import { tags } from "./tags.ts";

export interface FirewallArgs {
  /** Name of the stack. */
  readonly stack: string;
  readonly vpcId: pulumi.Input<string>;
  /** IPv4 CIDRs that may reach SSH and the API server. */
  readonly allowFrom: readonly string[];
}

interface Way {
  readonly what: string;
  readonly from: Role;
  readonly to: Role;
  readonly protocol: "tcp" | "udp";
  readonly ports: readonly [number, number];
}

const vxlan = { protocol: "udp", ports: [8472, 8472] } as const;

/**
 * What goes from machine to machine, and nothing else does. What a machine sends to itself meets no security group: of the kubelets only the workers' are
 * asked from outside. Scheduler and controller manager are asked by nobody. Pods' packets travel inside VXLAN: their ICMP, DNS and HTTP need no rule.
 */
export const ways: readonly Way[] = [
  { what: "api", from: "worker", to: "control-plane", protocol: "tcp", ports: [6443, 6443] },
  { what: "etcd", from: "control-plane", to: "control-plane", protocol: "tcp", ports: [2379, 2380] },
  { what: "kubelet", from: "control-plane", to: "worker", protocol: "tcp", ports: [10250, 10250] },
  { what: "vxlan", from: "worker", to: "control-plane", ...vxlan },
  { what: "vxlan", from: "control-plane", to: "worker", ...vxlan },
  { what: "vxlan", from: "worker", to: "worker", ...vxlan },
];

/** What the user's machine reaches. */
const doors = [
  { what: "ssh", to: "control-plane", port: 22 },
  { what: "ssh", to: "worker", port: 22 },
  { what: "api", to: "control-plane", port: 6443 },
] as const satisfies readonly { what: string; to: Role; port: number }[];

/** A security group for each role; rules are resources of their own, so that the groups can name each other. */
export class Firewall extends pulumi.ComponentResource {
  readonly groups: Readonly<Record<Role, pulumi.Output<string>>>;
  /** Done when every rule stands. */
  readonly rules: readonly pulumi.Resource[];

  constructor(name: string, { stack, vpcId, allowFrom }: FirewallArgs, opts: pulumi.ComponentResourceOptions) {
    super("podnet:machines/aws:Firewall", name, {}, opts);
    const child = { parent: this };
    const group = (role: Role): pulumi.Output<string> =>
      new aws.ec2.SecurityGroup(
        `${name}-${role}`,
        {
          name: `podnet-${stack}-${role}`,
          description: `pod-networking-lab ${stack}: ${role}`,
          vpcId,
          tags: tags(stack, role),
        },
        child,
      ).id;
    const groups = { "control-plane": group("control-plane"), worker: group("worker") };

    const between = ways.map(
      ({ what, from, to, protocol, ports: [fromPort, toPort] }) =>
        new aws.vpc.SecurityGroupIngressRule(
          `${name}-${what}-from-${from}-to-${to}`,
          {
            securityGroupId: groups[to],
            referencedSecurityGroupId: groups[from],
            ipProtocol: protocol,
            fromPort,
            toPort,
            description: `${what} from ${from}`,
            tags: tags(stack, `${what}-from-${from}`),
          },
          child,
        ),
    );
    const outside = doors.flatMap(({ what, to, port }) =>
      allowFrom.map(
        (cidrIpv4) =>
          new aws.vpc.SecurityGroupIngressRule(
            `${name}-${what}-from-${cidrIpv4}-to-${to}`,
            {
              securityGroupId: groups[to],
              cidrIpv4,
              ipProtocol: "tcp",
              fromPort: port,
              toPort: port,
              description: `${what} from the lab's user`,
              tags: tags(stack, `${what}-from-user`),
            },
            child,
          ),
      ),
    );
    // Outward all is open: packages are fetched from wherever Ubuntu has them.
    const out = (["control-plane", "worker"] as const).map(
      (role) =>
        new aws.vpc.SecurityGroupEgressRule(
          `${name}-out-of-${role}`,
          {
            securityGroupId: groups[role],
            cidrIpv4: "0.0.0.0/0",
            ipProtocol: "-1",
            description: "outward",
            tags: tags(stack, "outward"),
          },
          child,
        ),
    );
    this.groups = groups;
    this.rules = [...between, ...outside, ...out];
    this.registerOutputs({ groups });
  }
}
