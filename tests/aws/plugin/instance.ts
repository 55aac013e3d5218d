/** Stand-in for pulumi-resource-aws: instances. What the API then says of one is what its machine is made of. */
import { waitUntilInstanceRunning, waitUntilInstanceTerminated } from "@aws-sdk/client-ec2";
import { z } from "zod";
import { addressProblems } from "../../../components/machines/aws/ec2-rules.ts";
import { stackTag } from "../../../platforms/aws/tags.ts";
import { bootMachine, removeMachine } from "../machine.ts";
import { closeDoors } from "../doors.ts";
import { type Api, kind, tagged, tags, there } from "./kind.ts";

const inputs = z.strictObject({
  ami: z.string(),
  instanceType: z.string(),
  subnetId: z.string(),
  privateIp: z.string(),
  associatePublicIpAddress: z.literal(true),
  vpcSecurityGroupIds: z.array(z.string()),
  sourceDestCheck: z.boolean(),
  userData: z.string(),
  userDataReplaceOnChange: z.literal(true),
  metadataOptions: z.strictObject({
    httpEndpoint: z.literal("enabled"),
    httpTokens: z.enum(["required", "optional"]),
    httpPutResponseHopLimit: z.number(),
  }),
  rootBlockDevice: z.strictObject({
    volumeType: z.literal("gp3"),
    volumeSize: z.number(),
    encrypted: z.boolean(),
    deleteOnTermination: z.boolean(),
    tags,
  }),
  instanceInitiatedShutdownBehavior: z.enum(["stop", "terminate"]),
  tags,
});

export const instance = kind(
  inputs,
  {
    async create(given, api) {
      const id = await run(given, api);
      try {
        return { id, outputs: { publicIp: await boot(id, api) } };
      } catch (error) {
        await terminate(id, api);
        throw error;
      }
    },
    remove: (id, _, api) => terminate(id, api),
  },
  ["publicIp"],
);

async function run(given: z.output<typeof inputs>, { ec2 }: Api): Promise<string> {
  const { Images } = await ec2.describeImages({ ImageIds: [given.ami] });
  const { Subnets } = await ec2.describeSubnets({ SubnetIds: [given.subnetId] });
  const [problem] = addressProblems(given.privateIp, there(Subnets?.[0]?.CidrBlock, "CidrBlock"));
  if (problem !== undefined) throw new Error(problem);
  await checkOffered(given.instanceType, there(Subnets?.[0]?.AvailabilityZone, "AvailabilityZone"), ec2);
  const { volumeType, volumeSize, encrypted, deleteOnTermination, tags: ofVolume } = given.rootBlockDevice;
  const { httpEndpoint, httpTokens, httpPutResponseHopLimit } = given.metadataOptions;
  const { Instances } = await ec2.runInstances({
    MinCount: 1,
    MaxCount: 1,
    ImageId: given.ami,
    InstanceType: given.instanceType as never,
    UserData: Buffer.from(given.userData).toString("base64"),
    NetworkInterfaces: [
      {
        DeviceIndex: 0,
        SubnetId: given.subnetId,
        PrivateIpAddress: given.privateIp,
        AssociatePublicIpAddress: given.associatePublicIpAddress,
        Groups: given.vpcSecurityGroupIds,
        DeleteOnTermination: true,
      },
    ],
    MetadataOptions: {
      HttpEndpoint: httpEndpoint,
      HttpTokens: httpTokens,
      HttpPutResponseHopLimit: httpPutResponseHopLimit,
    },
    BlockDeviceMappings: [
      {
        DeviceName: there(Images?.[0]?.RootDeviceName, "RootDeviceName"),
        Ebs: {
          VolumeType: volumeType,
          VolumeSize: volumeSize,
          Encrypted: encrypted,
          DeleteOnTermination: deleteOnTermination,
        },
      },
    ],
    InstanceInitiatedShutdownBehavior: given.instanceInitiatedShutdownBehavior,
    TagSpecifications: [...tagged("instance", given.tags), ...tagged("volume", ofVolume)],
  });
  const id = there(Instances?.[0]?.InstanceId, "InstanceId");
  // The API checks by itself, until it is told otherwise.
  if (!given.sourceDestCheck) await ec2.modifyInstanceAttribute({ InstanceId: id, SourceDestCheck: { Value: false } });
  return id;
}

/** Amazon looks at this when it starts a machine; the implementation of its API does not. @throws Error as Amazon words it */
async function checkOffered(type: string, zone: string, ec2: Api["ec2"]): Promise<void> {
  const { InstanceTypeOfferings = [] } = await ec2.describeInstanceTypeOfferings({
    LocationType: "availability-zone",
    Filters: [
      { Name: "instance-type", Values: [type] },
      { Name: "location", Values: [zone] },
    ],
  });
  if (InstanceTypeOfferings.length === 0)
    throw new Error(`Unsupported: Your requested instance type (${type}) is not supported in ${zone}.`);
}

/** @returns its public address */
async function boot(id: string, api: Api): Promise<string> {
  const { ec2 } = api;
  await waitUntilInstanceRunning({ client: ec2, maxWaitTime: 60 }, { InstanceIds: [id] });
  const { Reservations } = await ec2.describeInstances({ InstanceIds: [id] });
  const made = there(Reservations?.[0]?.Instances?.[0], "instance");
  const { UserData } = await ec2.describeInstanceAttribute({ InstanceId: id, Attribute: "userData" });
  const tag = (key: string): string => there(made.Tags?.find(({ Key }) => Key === key)?.Value, `tag ${key}`);
  const publicAddress = there(made.PublicIpAddress, "PublicIpAddress");
  await bootMachine({
    id,
    name: tag("Name"),
    stack: tag(stackTag),
    subnetId: there(made.SubnetId, "SubnetId"),
    address: there(made.PrivateIpAddress, "PrivateIpAddress"),
    publicAddress,
    userData: Buffer.from(there(UserData?.Value, "UserData"), "base64").toString(),
  });
  await closeDoors(ec2, there(made.VpcId, "VpcId"));
  return publicAddress;
}

async function terminate(id: string, { ec2 }: Api): Promise<void> {
  await ec2.terminateInstances({ InstanceIds: [id] });
  await waitUntilInstanceTerminated({ client: ec2, maxWaitTime: 60 }, { InstanceIds: [id] });
  await removeMachine(id);
}
