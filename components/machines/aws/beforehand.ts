import { type Carrier, backendOf } from "../../../evidence/backends.ts";
import { hostAddress } from "../../../evidence/cidr.ts";
import { tags } from "../../../platforms/aws/tags.ts";
import type { Role } from "../../../nodes/role.ts";
import type { AwsSettings } from "../../settings/aws.ts";
import { addressProblems, mostRules, refusedByEc2 } from "./ec2-rules.ts";
import { groupOf, ingress, roles } from "./firewall.ts";

/** The address of a node in the lab's subnet. Pure. */
export const addressOf = (machineCidr: string, index: number): string => hostAddress(machineCidr, 10 + index);

interface Lab extends Pick<AwsSettings, "machineCidr" | "allowFrom" | "types"> {
  readonly stack: string;
  readonly nodes: readonly { readonly name: string; readonly role: Role }[];
  readonly podCidr: string;
  /** How packets are carried between nodes. @default vxlan */
  readonly backend?: Carrier;
  /** Machines call each other's node ports. @default false */
  readonly nodePorts?: boolean;
}

/** What EC2 would refuse of a lab, known before anything is made. Pure. */
export function refusedBeforehand(lab: Lab): string[] {
  const { stack, nodes, machineCidr, allowFrom, types } = lab;
  const pods = { backend: backendOf(lab.backend), podCidr: lab.podCidr };
  const inward = ingress(allowFrom, pods, lab.nodePorts);
  const named = (name: string) => ({ tags: tags({ stack, lab: `${stack}-00000000` }, name) });
  const network = refusedByEc2("aws:ec2/subnet:Subnet", { cidrBlock: machineCidr, ...named("subnet") });
  return [
    ...network,
    ...roles.flatMap((role) =>
      refusedByEc2("aws:ec2/securityGroup:SecurityGroup", { ...groupOf(stack, role), ...named(role) }),
    ),
    ...inward.flatMap(({ description, from, protocol, ports, tag }) =>
      refusedByEc2("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", {
        description,
        ...("cidr" in from && { cidrIpv4: from.cidr }),
        ipProtocol: protocol,
        ...(ports && { fromPort: ports[0], toPort: ports[1] }),
        ...named(tag),
      }),
    ),
    ...roles.flatMap((role) => {
      const { length } = inward.filter(({ to }) => to === role);
      return length > mostRules ? [`the group of role ${role} has ${length} rules; EC2 takes ${mostRules}`] : [];
    }),
    ...nodes.flatMap(({ name, role }) =>
      refusedByEc2("aws:ec2/instance:Instance", { instanceType: types[role], ...named(name) }),
    ),
    ...(network.length > 0
      ? []
      : nodes.flatMap((_, index) => addressProblems(addressOf(machineCidr, index), machineCidr))),
  ];
}
