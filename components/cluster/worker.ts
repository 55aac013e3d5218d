import * as pulumi from "@pulumi/pulumi";
import type { Machine } from "../machines/machine.ts";
import { Script } from "../script.ts";

export interface WorkerArgs {
  /** The prepared machine. */
  readonly machine: Machine;
  /** The machine that hands out the join token. */
  readonly controlPlane: Machine;
  /** Hash of the cluster CA's public key, "sha256:" and 64 hex digits; a control plane with another one is not joined. */
  readonly caHash: pulumi.Input<string>;
}

/** A machine as a worker node: a token of its own, made just before, and the join. */
export class Worker extends pulumi.ComponentResource {
  /** The join; done means that the node is registered, not yet Ready. */
  readonly joined: Script;

  constructor(name: string, args: WorkerArgs, opts: pulumi.ComponentResourceOptions) {
    super("podnet:cluster:Worker", name, args, opts);
    const { machine, controlPlane } = args;
    const token = new Script(
      `${name}-token`,
      {
        machine: controlPlane,
        script: "cluster/token",
        params: { WORKER: machine.name },
        // Another machine under the same name, or another cluster, needs another token.
        triggers: [machine.identity, args.caHash],
        secretOutput: true,
      },
      { parent: this },
    );
    this.joined = new Script(
      `${name}-join`,
      {
        machine,
        script: "cluster/join",
        params: {
          NODE_NAME: machine.name,
          NODE_ADDRESS: machine.address,
          API_SERVER: pulumi.interpolate`${controlPlane.address}:6443`,
          CA_HASH: args.caHash,
        },
        stdin: token.stdout,
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
