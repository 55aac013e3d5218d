/** Stand-in for pulumi-resource-aws: security groups and their rules. Whether a rule is one the API decides. */
import type { IpPermission, SecurityGroupRule } from "@aws-sdk/client-ec2";
import { z } from "zod";
import { kind, tagged, tags, there } from "./kind.ts";

/** What a new group has by itself, and no group that Pulumi has made: its rules are all in the program. */
const all: IpPermission = { IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] };

export const securityGroup = kind(
  z.strictObject({ name: z.string(), description: z.string(), vpcId: z.string(), tags }),
  {
    async create(given, { ec2 }) {
      const { GroupId } = await ec2.createSecurityGroup({
        GroupName: given.name,
        Description: given.description,
        VpcId: given.vpcId,
        TagSpecifications: tagged("security-group", given.tags),
      });
      await ec2.revokeSecurityGroupEgress({ GroupId, IpPermissions: [all] });
      return { id: there(GroupId, "GroupId") };
    },
    remove: (GroupId, _, { ec2 }) => ec2.deleteSecurityGroup({ GroupId }),
  },
);

const rule = z.strictObject({
  securityGroupId: z.string(),
  referencedSecurityGroupId: z.string().optional(),
  cidrIpv4: z.string().optional(),
  ipProtocol: z.string(),
  fromPort: z.number().optional(),
  toPort: z.number().optional(),
  description: z.string(),
  tags,
});

function permission(given: z.output<typeof rule>): IpPermission {
  const { referencedSecurityGroupId, cidrIpv4, ipProtocol, fromPort, toPort, description } = given;
  return {
    IpProtocol: ipProtocol,
    FromPort: fromPort,
    ToPort: toPort,
    ...(cidrIpv4 !== undefined && { IpRanges: [{ CidrIp: cidrIpv4, Description: description }] }),
    ...(referencedSecurityGroupId !== undefined && {
      UserIdGroupPairs: [{ GroupId: referencedSecurityGroupId, Description: description }],
    }),
  };
}

const asked = (given: z.output<typeof rule>) => ({
  GroupId: given.securityGroupId,
  IpPermissions: [permission(given)],
  TagSpecifications: tagged("security-group-rule", given.tags),
});
const idOf = (rules: readonly SecurityGroupRule[] | undefined): string =>
  there(rules?.[0]?.SecurityGroupRuleId, "SecurityGroupRuleId");

export const securityGroupIngressRule = kind(rule, {
  create: async (given, { ec2 }) => ({
    id: idOf((await ec2.authorizeSecurityGroupIngress(asked(given))).SecurityGroupRules),
  }),
  remove: (id, { securityGroupId }, { ec2 }) =>
    ec2.revokeSecurityGroupIngress({ GroupId: securityGroupId, SecurityGroupRuleIds: [id] }),
});

export const securityGroupEgressRule = kind(rule, {
  create: async (given, { ec2 }) => ({
    id: idOf((await ec2.authorizeSecurityGroupEgress(asked(given))).SecurityGroupRules),
  }),
  remove: (id, { securityGroupId }, { ec2 }) =>
    ec2.revokeSecurityGroupEgress({ GroupId: securityGroupId, SecurityGroupRuleIds: [id] }),
});
