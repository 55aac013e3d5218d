import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { tags, type Whose } from "../../../platforms/aws/tags.ts";
import { pickZone, type ZoneArgs } from "./zone.ts";

export interface NetworkArgs extends Omit<ZoneArgs, "after"> {
  readonly whose: Whose<pulumi.Input<string>>;
  /** The VPC and its one subnet, IPv4 CIDR. */
  readonly cidr: string;
}

/** A VPC of the lab's own: one public subnet, and the way out of it. */
export class Network extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  readonly subnetId: pulumi.Output<string>;
  /** Done when machines in the subnet reach the world, and are reached. */
  readonly ready: pulumi.Resource;

  constructor(name: string, { whose, cidr, ...zone }: NetworkArgs, opts: pulumi.ComponentResourceOptions) {
    super("podnet:machines/aws:Network", name, {}, opts);
    const child = { parent: this };
    const vpc = new aws.ec2.Vpc(
      `${name}-vpc`,
      { cidrBlock: cidr, enableDnsSupport: true, enableDnsHostnames: true, tags: tags(whose, "vpc") },
      child,
    );
    const gateway = new aws.ec2.InternetGateway(
      `${name}-gateway`,
      { vpcId: vpc.id, tags: tags(whose, "gateway") },
      child,
    );
    const subnet = new aws.ec2.Subnet(
      `${name}-subnet`,
      {
        vpcId: vpc.id,
        cidrBlock: cidr,
        availabilityZone: pickZone(`${name}-zone`, { ...zone, after: vpc }, child),
        tags: tags(whose, "subnet"),
      },
      child,
    );
    const routes = new aws.ec2.RouteTable(`${name}-routes`, { vpcId: vpc.id, tags: tags(whose, "routes") }, child);
    const out = new aws.ec2.Route(
      `${name}-out`,
      { routeTableId: routes.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: gateway.id },
      child,
    );
    this.ready = new aws.ec2.RouteTableAssociation(
      `${name}-association`,
      { routeTableId: routes.id, subnetId: subnet.id },
      { ...child, dependsOn: [out] },
    );
    this.vpcId = vpc.id;
    this.subnetId = subnet.id;
    this.registerOutputs({ vpcId: this.vpcId, subnetId: this.subnetId });
  }
}
