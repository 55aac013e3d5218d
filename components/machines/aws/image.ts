import * as aws from "@pulumi/aws";
import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

export interface ImageArgs {
  readonly arch: "amd64" | "arm64";
  /** The region's Provider. */
  readonly provider: aws.Provider;
  /** The image is asked for when this is there: a preview of a lab that is not needs no credentials for it. */
  readonly after: pulumi.Resource;
}

export const ubuntu = "24.04";

/** The parameter under which Canonical publishes the newest image of a release. */
export const parameterFor = (arch: string): string =>
  `/aws/service/canonical/ubuntu/server/${ubuntu}/stable/current/${arch}/hvm/ebs-gp3/ami-id`;

/** Ubuntu's image as it was when the lab was made: a newer one is published every few days, and must not replace machines. */
export function pickImage(
  name: string,
  { arch, provider, after }: ImageArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const newest = aws.ssm.getParameterOutput(
    { name: parameterFor(arch) },
    { ...(opts.parent !== undefined && { parent: opts.parent }), provider, dependsOn: [after] },
  );
  // The state holds it by a name with the architecture: another one is picked anew.
  return new local.Command(
    `${name}-${arch}`,
    { create: 'printf %s "$AMI"', environment: { AMI: pulumi.unsecret(newest.value) }, logging: "none" },
    pulumi.mergeOptions(opts, { ignoreChanges: ["environment"] }),
  ).stdout;
}
