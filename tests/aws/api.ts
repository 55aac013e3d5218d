/** Stand-in for AWS: an implementation of its API (api.py), for as long as a test runs, and what it holds. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { EC2 } from "@aws-sdk/client-ec2";

export interface Api {
  /** Environment for a client: where the API is, and credentials, which it does not look at. */
  readonly env: Readonly<Record<string, string>>;
  readonly ec2: EC2;
  readonly stop: () => Promise<void>;
}

/** @param publicCidr network of the public addresses that it gives; they must lead to this machine alone */
export async function startApi(region: string, publicCidr: string): Promise<Api> {
  const python = process.env["STAND_IN_PYTHON"];
  if (python === undefined) throw new Error("STAND_IN_PYTHON is not set: ./lab test sees to it (cli/test/ec2.ts)");
  const child = spawn(python, [join(import.meta.dirname, "api.py"), region, publicCidr], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  const exit = once(child, "exit");
  const [port] = (await Promise.race([
    once(createInterface({ input: child.stdout }), "line"),
    exit.then(([code]) => {
      throw new Error(`api.py ended with ${String(code)} before it printed its port`);
    }),
  ])) as [string];
  const env = {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  };
  const ec2 = new EC2({
    region,
    endpoint: env.AWS_ENDPOINT_URL,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  const stop = async (): Promise<void> => {
    ec2.destroy();
    child.stdin.end();
    await exit;
  };
  return { env, ec2, stop };
}

/** Ids of all that the API holds, by kind, sorted; an instance that is terminated is none. */
export async function holdings(ec2: EC2): Promise<Record<string, string[]>> {
  const [vpcs, subnets, gateways, routes, groups, rules, interfaces, volumes, keys, addresses, reservations] =
    await Promise.all([
      ec2.describeVpcs(),
      ec2.describeSubnets(),
      ec2.describeInternetGateways(),
      ec2.describeRouteTables(),
      ec2.describeSecurityGroups(),
      ec2.describeSecurityGroupRules(),
      ec2.describeNetworkInterfaces(),
      ec2.describeVolumes(),
      ec2.describeKeyPairs(),
      ec2.describeAddresses(),
      ec2.describeInstances(),
    ]);
  const ids = <T>(list: readonly T[] | undefined, id: (one: T) => string | undefined): string[] =>
    (list ?? []).map((one) => id(one) ?? "without an id").toSorted();
  const instances = (reservations.Reservations ?? []).flatMap(({ Instances }) => Instances ?? []);
  return {
    vpcs: ids(vpcs.Vpcs, ({ VpcId }) => VpcId),
    subnets: ids(subnets.Subnets, ({ SubnetId }) => SubnetId),
    gateways: ids(gateways.InternetGateways, ({ InternetGatewayId }) => InternetGatewayId),
    routeTables: ids(routes.RouteTables, ({ RouteTableId, Routes }) => `${RouteTableId} with ${Routes?.length} routes`),
    groups: ids(groups.SecurityGroups, ({ GroupId }) => GroupId),
    rules: ids(rules.SecurityGroupRules, ({ SecurityGroupRuleId }) => SecurityGroupRuleId),
    interfaces: ids(interfaces.NetworkInterfaces, ({ NetworkInterfaceId }) => NetworkInterfaceId),
    volumes: ids(volumes.Volumes, ({ VolumeId }) => VolumeId),
    keys: ids(keys.KeyPairs, ({ KeyPairId }) => KeyPairId),
    addresses: ids(addresses.Addresses, ({ AllocationId }) => AllocationId),
    instances: ids(
      instances.filter(({ State }) => State?.Name !== "terminated"),
      ({ InstanceId }) => InstanceId,
    ),
  };
}
