import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { tags, type Whose } from "../../../platforms/aws/tags.ts";
import { type CloudInit, userData } from "../cloud-init.ts";
import { userDataProblems } from "./ec2-rules.ts";

export interface InstanceArgs {
  readonly whose: Whose<pulumi.Input<string>>;
  /** Node name. */
  readonly node: string;
  /** Image, as pickImage has it. */
  readonly ami: pulumi.Input<string>;
  /** Instance type. */
  readonly type: string;
  readonly subnetId: pulumi.Input<string>;
  /** IPv4 address in the subnet. */
  readonly address: string;
  readonly securityGroupId: pulumi.Input<string>;
  /** It sends pods' packets as they are. */
  readonly bare: boolean;
  /** Root volume, GiB. */
  readonly volumeSize: number;
  readonly spot: boolean;
  /** Hours after which it terminates itself; 0 is never. */
  readonly maxHours: number;
  readonly login: { readonly publicKey: pulumi.Input<string> };
  readonly hostKey: { readonly publicKey: pulumi.Input<string>; readonly privateKey: pulumi.Input<string> };
}

/** The login name in Ubuntu's images. */
export const user = "ubuntu";
const deadline = "/usr/local/sbin/podnet-deadline";
const folder = join(import.meta.dirname, "..", "..", "..", "platforms", "aws");

/**
 * What the instance is told at its first boot. Pure, but for the script that it reads.
 * @throws pulumi.RunError where it is longer than EC2 takes
 */
export function instanceUserData(cloudInit: Omit<CloudInit, "user" | "files" | "commands">, maxHours: number): string {
  const text = userData({
    ...cloudInit,
    user,
    ...(maxHours > 0 && {
      files: { [deadline]: { content: readFileSync(join(folder, "deadline.sh"), "utf8"), mode: "0755" } },
      commands: [[deadline, String(Math.round(maxHours * 60))]],
    }),
  });
  const [problem] = userDataProblems(text);
  if (problem !== undefined) throw new pulumi.RunError(problem);
  return text;
}

export function createInstance(name: string, args: InstanceArgs, opts: pulumi.CustomResourceOptions): aws.ec2.Instance {
  const told = pulumi
    .all([args.login.publicKey, args.hostKey.publicKey, args.hostKey.privateKey])
    .apply(([authorizedKey, publicKey, privateKey]) =>
      instanceUserData({ name: args.node, authorizedKey, hostKey: { privateKey, publicKey } }, args.maxHours),
    );
  return new aws.ec2.Instance(
    name,
    {
      ami: args.ami,
      instanceType: args.type,
      subnetId: args.subnetId,
      privateIp: args.address,
      associatePublicIpAddress: true,
      vpcSecurityGroupIds: [args.securityGroupId],
      // What wraps packets shows EC2 the nodes' own addresses only. Where pods' packets leave bare, it sees the pods', and would drop them.
      sourceDestCheck: !args.bare,
      userData: pulumi.secret(told),
      userDataReplaceOnChange: true,
      // One hop: a pod is a hop farther, and does not reach what the instance is told.
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
      rootBlockDevice: {
        volumeType: "gp3",
        volumeSize: args.volumeSize,
        encrypted: true,
        deleteOnTermination: true,
        tags: tags(args.whose, args.node),
      },
      instanceInitiatedShutdownBehavior: "terminate",
      ...(args.spot && {
        instanceMarketOptions: {
          marketType: "spot",
          spotOptions: { spotInstanceType: "one-time", instanceInterruptionBehavior: "terminate" },
        },
      }),
      tags: tags(args.whose, args.node),
    },
    // Both would have the same address.
    pulumi.mergeOptions(opts, { deleteBeforeReplace: true, additionalSecretOutputs: ["userData", "userDataBase64"] }),
  );
}
