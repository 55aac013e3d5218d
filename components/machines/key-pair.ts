import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

const keyPair = z.object({ privateKey: z.string(), publicKey: z.string() });

/** An SSH key pair that exists in the state only. */
export class KeyPair extends local.Command {
  /** OpenSSH format; a secret. */
  readonly privateKey: pulumi.Output<string>;
  /** One line. */
  readonly publicKey: pulumi.Output<string>;

  constructor(
    name: string,
    environment: Readonly<Record<string, pulumi.Input<string>>>,
    opts: pulumi.CustomResourceOptions,
  ) {
    super(
      name,
      { create: "platforms/keys.sh", environment, logging: "none" },
      pulumi.mergeOptions(opts, { additionalSecretOutputs: ["stdout"] }),
    );
    const pair = this.stdout.apply((text) => keyPair.parse(JSON.parse(text)));
    this.privateKey = pulumi.secret(pair.privateKey);
    // Only the private half is to be kept from anyone.
    this.publicKey = pulumi.unsecret(pair.publicKey);
  }
}
