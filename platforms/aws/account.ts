import type { EC2, Instance, Tag } from "@aws-sdk/client-ec2";
import { idTag, stackTag, type Whose } from "./tags.ts";

/** One thing in the account that carries the lab's tags, and costs or blocks something while it is there. */
export interface Found {
  readonly kind: Kind;
  readonly id: string;
  /** Whose it is; `lab` is empty where a version made it that gave no id. */
  readonly whose: Whose;
}

/**
 * A client for the account that the AWS CLI would use. Its package is installed for labs on EC2 only, so it is loaded late.
 */
export async function openAccount(region: string): Promise<EC2> {
  const { EC2: Client } = await import("@aws-sdk/client-ec2");
  return new Client({ region });
}

/**
 * Everything in the region that carries a stack's name, whichever lab's it is. Rules go with their group, and ended instances are nothing.
 * Each kind is asked for by itself: EC2's list of tags still tells of what has just been deleted.
 */
export async function findTagged(ec2: EC2, stack: string): Promise<Found[]> {
  const query = { Filters: [{ Name: `tag:${stackTag}`, Values: [stack] }], MaxResults: 1000 };
  const [reservations, volumes, groups, subnets, routes, gateways, vpcs] = await Promise.all([
    ec2.describeInstances(query),
    ec2.describeVolumes(query),
    ec2.describeSecurityGroups(query),
    ec2.describeSubnets(query),
    ec2.describeRouteTables(query),
    ec2.describeInternetGateways(query),
    ec2.describeVpcs(query),
  ]);
  const instances = (reservations.Reservations ?? []).flatMap(({ Instances = [] }) => Instances).filter(isThere);
  const found = <T extends { Tags?: Tag[] | undefined }>(
    kind: Kind,
    list: T[] | undefined,
    id: (one: T) => string | undefined,
  ) => (list ?? []).map((one): Found => ({ kind, id: id(one) ?? "", whose: { stack, lab: labOf(one.Tags) } }));
  return [
    ...found("instance", instances, ({ InstanceId }) => InstanceId),
    ...found("volume", volumes.Volumes, ({ VolumeId }) => VolumeId),
    ...found("security-group", groups.SecurityGroups, ({ GroupId }) => GroupId),
    ...found("subnet", subnets.Subnets, ({ SubnetId }) => SubnetId),
    ...found("route-table", routes.RouteTables, ({ RouteTableId }) => RouteTableId),
    ...found("internet-gateway", gateways.InternetGateways, ({ InternetGatewayId }) => InternetGatewayId),
    ...found("vpc", vpcs.Vpcs, ({ VpcId }) => VpcId),
  ];
}

const labOf = (tags: readonly Tag[] | undefined): string => tags?.find(({ Key }) => Key === idTag)?.Value ?? "";
/** EC2 shows an ended instance for about an hour. */
const isThere = ({ State }: Instance): boolean => State?.Name !== "terminated" && State?.Name !== "shutting-down";

/** Instances among these that are not there any more, or on their way out. */
export async function endedAmong(ec2: EC2, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  // By filter: an id that EC2 has forgotten would fail the whole question.
  const { Reservations = [] } = await ec2.describeInstances({ Filters: [{ Name: "instance-id", Values: [...ids] }] });
  const there = Reservations.flatMap(({ Instances = [] }) => Instances)
    .filter(isThere)
    .map(({ InstanceId }) => InstanceId);
  return new Set(ids.filter((id) => !there.includes(id)));
}

/** Nothing can go before what stands in it or uses it. */
const order = ["instance", "volume", "security-group", "subnet", "route-table", "internet-gateway", "vpc"] as const;
type Kind = (typeof order)[number];

function inOrder(things: readonly Found[]): Found[] {
  const place = ({ kind }: Found): number => order.indexOf(kind);
  return things.toSorted((one, other) => place(one) - place(other));
}

/** "1 instance, 2 security-groups". Pure. */
export function countFound(things: readonly Found[]): string {
  const kinds = [...new Set(inOrder(things).map(({ kind }) => kind))];
  const count = (kind: Kind): number => things.filter((one) => one.kind === kind).length;
  return kinds.map((kind) => `${count(kind)} ${kind}${count(kind) === 1 ? "" : "s"}`).join(", ");
}

/**
 * Takes away what it is given, in the order in which it can go.
 * @returns what EC2 did not let go, each with what it said
 */
export async function removeFound(ec2: EC2, things: readonly Found[]): Promise<{ thing: Found; said: string }[]> {
  const { waitUntilInstanceTerminated } = await import("@aws-sdk/client-ec2");
  const ids = (kind: Kind): string[] => things.filter((one) => one.kind === kind).map(({ id }) => id);
  if (ids("instance").length > 0) {
    await ec2.terminateInstances({ InstanceIds: ids("instance") });
    await waitUntilInstanceTerminated({ client: ec2, maxWaitTime: 600 }, { InstanceIds: ids("instance") });
  }
  await dropRules(ec2, ids("security-group"));
  const kept: { thing: Found; said: string }[] = [];
  for (const thing of inOrder(things)) {
    try {
      await remove(ec2, thing);
    } catch (error) {
      // Gone with what it belonged to, as a volume goes with its instance.
      if (error instanceof Error && /\.NotFound$/.test(error.name)) continue;
      kept.push({ thing, said: error instanceof Error ? error.message : String(error) });
    }
  }
  return kept;
}

/** Groups that name each other hold each other. */
async function dropRules(ec2: EC2, groups: readonly string[]): Promise<void> {
  if (groups.length === 0) return;
  const { SecurityGroupRules = [] } = await ec2.describeSecurityGroupRules({
    Filters: [{ Name: "group-id", Values: [...groups] }],
  });
  for (const GroupId of groups) {
    const SecurityGroupRuleIds = SecurityGroupRules.filter(
      (rule) => rule.GroupId === GroupId && !rule.IsEgress,
    ).flatMap(({ SecurityGroupRuleId }) => SecurityGroupRuleId ?? []);
    if (SecurityGroupRuleIds.length > 0) await ec2.revokeSecurityGroupIngress({ GroupId, SecurityGroupRuleIds });
  }
}

async function remove(ec2: EC2, { kind, id }: Found): Promise<void> {
  switch (kind) {
    case "instance":
      return;
    case "volume":
      await ec2.deleteVolume({ VolumeId: id });
      return;
    case "security-group":
      await ec2.deleteSecurityGroup({ GroupId: id });
      return;
    case "subnet":
      await ec2.deleteSubnet({ SubnetId: id });
      return;
    case "route-table": {
      const { RouteTables = [] } = await ec2.describeRouteTables({ RouteTableIds: [id] });
      for (const { RouteTableAssociationId: AssociationId } of RouteTables.flatMap(
        ({ Associations = [] }) => Associations,
      ))
        await ec2.disassociateRouteTable({ AssociationId });
      await ec2.deleteRouteTable({ RouteTableId: id });
      return;
    }
    case "internet-gateway": {
      const { InternetGateways = [] } = await ec2.describeInternetGateways({ InternetGatewayIds: [id] });
      for (const { VpcId } of InternetGateways.flatMap(({ Attachments = [] }) => Attachments))
        await ec2.detachInternetGateway({ InternetGatewayId: id, VpcId });
      await ec2.deleteInternetGateway({ InternetGatewayId: id });
      return;
    }
    case "vpc":
      await ec2.deleteVpc({ VpcId: id });
      return;
    default: {
      const unknown: never = kind;
      throw new Error(`the lab makes no ${String(unknown)}`);
    }
  }
}
