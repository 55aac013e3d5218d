/** Stand-in for pulumi-resource-aws: the types and the functions that the lab uses, and no more. */
import type { EC2 } from "@aws-sdk/client-ec2";
import type { SSM } from "@aws-sdk/client-ssm";
import { z } from "zod";
import { securityGroup, securityGroupEgressRule, securityGroupIngressRule } from "./firewall.ts";
import { instance } from "./instance.ts";
import type { Kind } from "./kind.ts";
import { there } from "./kind.ts";
import { internetGateway, route, routeTable, routeTableAssociation, subnet, vpc } from "./network.ts";

export const kinds: Readonly<Record<string, Kind>> = {
  "aws:ec2/vpc:Vpc": vpc,
  "aws:ec2/internetGateway:InternetGateway": internetGateway,
  "aws:ec2/subnet:Subnet": subnet,
  "aws:ec2/routeTable:RouteTable": routeTable,
  "aws:ec2/route:Route": route,
  "aws:ec2/routeTableAssociation:RouteTableAssociation": routeTableAssociation,
  "aws:ec2/securityGroup:SecurityGroup": securityGroup,
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": securityGroupIngressRule,
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": securityGroupEgressRule,
  "aws:ec2/instance:Instance": instance,
};

const offeringsArguments = z.strictObject({
  locationType: z.literal("availability-zone"),
  filters: z.array(z.strictObject({ name: z.literal("instance-type"), values: z.array(z.string()) })),
});

/** aws.ec2.getInstanceTypeOfferings */
export async function getInstanceTypeOfferings(given: unknown, ec2: EC2) {
  const { locationType, filters } = offeringsArguments.parse(given);
  const { InstanceTypeOfferings: found = [] } = await ec2.describeInstanceTypeOfferings({
    LocationType: locationType,
    Filters: filters.map(({ name, values }) => ({ Name: name, Values: values })),
  });
  return {
    id: "offerings",
    instanceTypes: found.map(({ InstanceType }) => there(InstanceType, "InstanceType")),
    locations: found.map(({ Location }) => there(Location, "Location")),
    locationTypes: found.map(() => locationType),
    region: await ec2.config.region(),
  };
}

const parameterArguments = z.strictObject({ name: z.string() });

/** aws.ssm.getParameter */
export async function getParameter(given: unknown, ssm: SSM): Promise<Record<string, string>> {
  const { name } = parameterArguments.parse(given);
  const { Parameter } = await ssm.getParameter({ Name: name });
  return { id: name, name, value: there(Parameter?.Value, "Value") };
}
