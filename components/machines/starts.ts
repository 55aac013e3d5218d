import { local } from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { Lab } from "./lab.ts";

export interface StartsArgs {
  readonly lab: Lab;
  /** Node names. */
  readonly nodes: readonly string[];
  /** The platform's script that knows. */
  readonly script: "platforms/local/status.sh" | "platforms/vm/status.sh";
}

const moments = z.record(z.string(), z.string());

/**
 * When each machine was last started, by node name. The engine does not look at a resource again once it exists. So each machine's last
 * start is one of its inputs; for a machine that is down the current time is passed, which makes an update start it.
 */
export function lastStarts(args: StartsArgs, opts: pulumi.InvokeOptions): pulumi.Output<Record<string, string>> {
  const environment = { STACK: args.lab.labName, LAB: args.lab.labId, NODES: args.nodes.join(" ") };
  return local
    .runOutput({ command: args.script, environment, logging: "stderr" }, opts)
    .stdout.apply((text) => moments.parse(JSON.parse(text)));
}
