import * as pulumi from "@pulumi/pulumi";
import { withPort } from "../../evidence/cidr.ts";
import { digestOf } from "../../nodes/script.ts";
import type { Machine } from "../machines/machine.ts";
import { Script } from "../script.ts";

export interface WorkerArgs {
  /** The machine that joins. */
  readonly machine: Machine;
  /** The machine that hands out the join token. */
  readonly controlPlane: Machine;
  /** Its address of the second family, where the nodes have one. */
  readonly beside: { readonly NODE_ADDRESS6?: pulumi.Input<string> };
  /** Hash of the cluster CA's public key, "sha256:" and 64 hex digits; a control plane with another one is not joined. */
  readonly caHash: pulumi.Input<string>;
  /** What must be done before the join: the machine's preparation, and the departure of an earlier node of that name. */
  readonly after: readonly pulumi.Resource[];
}

/** A machine as a worker node: a token of its own, and the join. */
export class Worker extends pulumi.ComponentResource {
  /** The join; done means that the node is registered, not yet Ready. */
  readonly joined: Script<"cluster/join">;
  /** The half of the token that is no secret: another value means that there is a token to revoke. */
  readonly tokenId: pulumi.Output<string>;

  constructor(name: string, args: WorkerArgs, opts: pulumi.ComponentResourceOptions) {
    super("podnet:cluster:Worker", name, {}, opts);
    const { machine, controlPlane, beside, caHash } = args;
    const child = { parent: this, dependsOn: [...args.after] };
    const join = {
      NODE_NAME: machine.name,
      NODE_ADDRESS: machine.address,
      ...beside,
      API_SERVER: pulumi.output(controlPlane.address).apply((address) => withPort(address, 6443)),
      CA_HASH: caHash,
    };
    const token = new Script(
      `${name}-token`,
      {
        machine: controlPlane,
        script: "cluster/token",
        params: { WORKER: machine.name },
        // Everything that makes the join run again must make a new token: the earlier one was revoked once the worker had joined.
        triggers: [machine.identity, caHash, join.NODE_ADDRESS, join.API_SERVER, digestOf(["cluster/join"])],
        secretOutput: true,
      },
      child,
    );
    this.joined = new Script(
      `${name}-join`,
      { machine, script: "cluster/join", params: join, stdin: token.stdout },
      child,
    );
    this.tokenId = pulumi.unsecret(token.stdout.apply((text) => text.trim().split(".")[0] ?? ""));
    this.registerOutputs({ tokenId: this.tokenId });
  }
}
