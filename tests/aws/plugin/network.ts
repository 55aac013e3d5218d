/** Stand-in for pulumi-resource-aws: VPC, subnet and the way out. Whether they fit together the API decides. */
import { z } from "zod";
import { connectSubnet, disconnectSubnet } from "../machine.ts";
import { stackTag } from "../../../platforms/aws/tags.ts";
import { kind, tagged, tags, there } from "./kind.ts";

const id = z.string();

export const vpc = kind(
  z.strictObject({ cidrBlock: z.string(), enableDnsSupport: z.boolean(), enableDnsHostnames: z.boolean(), tags }),
  {
    async create(given, { ec2 }) {
      const { Vpc } = await ec2.createVpc({ CidrBlock: given.cidrBlock, TagSpecifications: tagged("vpc", given.tags) });
      const VpcId = there(Vpc?.VpcId, "VpcId");
      await ec2.modifyVpcAttribute({ VpcId, EnableDnsSupport: { Value: given.enableDnsSupport } });
      await ec2.modifyVpcAttribute({ VpcId, EnableDnsHostnames: { Value: given.enableDnsHostnames } });
      return { id: VpcId };
    },
    remove: (VpcId, _, { ec2 }) => ec2.deleteVpc({ VpcId }),
  },
);

export const internetGateway = kind(z.strictObject({ vpcId: id, tags }), {
  async create(given, { ec2 }) {
    const { InternetGateway } = await ec2.createInternetGateway({
      TagSpecifications: tagged("internet-gateway", given.tags),
    });
    const InternetGatewayId = there(InternetGateway?.InternetGatewayId, "InternetGatewayId");
    await ec2.attachInternetGateway({ InternetGatewayId, VpcId: given.vpcId });
    return { id: InternetGatewayId };
  },
  async remove(InternetGatewayId, { vpcId }, { ec2 }) {
    await ec2.detachInternetGateway({ InternetGatewayId, VpcId: vpcId });
    await ec2.deleteInternetGateway({ InternetGatewayId });
  },
});

export const subnet = kind(z.strictObject({ vpcId: id, cidrBlock: z.string(), availabilityZone: z.string(), tags }), {
  async create(given, { ec2 }) {
    const { Subnet } = await ec2.createSubnet({
      VpcId: given.vpcId,
      CidrBlock: given.cidrBlock,
      AvailabilityZone: given.availabilityZone,
      TagSpecifications: tagged("subnet", given.tags),
    });
    const SubnetId = there(Subnet?.SubnetId, "SubnetId");
    await connectSubnet(
      SubnetId,
      there(Subnet?.CidrBlock, "CidrBlock"),
      there(given.tags[stackTag], `tag ${stackTag}`),
    );
    return { id: SubnetId };
  },
  async remove(SubnetId, _, { ec2 }) {
    await ec2.deleteSubnet({ SubnetId });
    await disconnectSubnet(SubnetId);
  },
});

export const routeTable = kind(z.strictObject({ vpcId: id, tags }), {
  async create(given, { ec2 }) {
    const { RouteTable } = await ec2.createRouteTable({
      VpcId: given.vpcId,
      TagSpecifications: tagged("route-table", given.tags),
    });
    return { id: there(RouteTable?.RouteTableId, "RouteTableId") };
  },
  remove: (RouteTableId, _, { ec2 }) => ec2.deleteRouteTable({ RouteTableId }),
});

export const route = kind(z.strictObject({ routeTableId: id, destinationCidrBlock: z.string(), gatewayId: id }), {
  async create({ routeTableId, destinationCidrBlock, gatewayId }, { ec2 }) {
    await ec2.createRoute({
      RouteTableId: routeTableId,
      DestinationCidrBlock: destinationCidrBlock,
      GatewayId: gatewayId,
    });
    return { id: `${routeTableId} ${destinationCidrBlock}` };
  },
  remove: (_, { routeTableId, destinationCidrBlock }, { ec2 }) =>
    ec2.deleteRoute({ RouteTableId: routeTableId, DestinationCidrBlock: destinationCidrBlock }),
});

export const routeTableAssociation = kind(z.strictObject({ routeTableId: id, subnetId: id }), {
  async create(given, { ec2 }) {
    const { AssociationId } = await ec2.associateRouteTable({
      RouteTableId: given.routeTableId,
      SubnetId: given.subnetId,
    });
    return { id: there(AssociationId, "AssociationId") };
  },
  remove: (AssociationId, _, { ec2 }) => ec2.disassociateRouteTable({ AssociationId }),
});
