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
 * When each machine was last started, by node name. A resource that is there is not looked at again by the engine, a machine that died
 * is: its last start is one of its inputs, and for one that does not run it is now.
 */
export function lastStarts(args: StartsArgs, opts: pulumi.InvokeOptions): pulumi.Output<Record<string, string>> {
  const environment = { STACK: args.lab.labName, LAB: args.lab.labId, NODES: args.nodes.join(" ") };
  return local
    .runOutput({ command: args.script, environment, logging: "stderr" }, opts)
    .stdout.apply((text) => moments.parse(JSON.parse(text)));
}

/** What machine.sh of these platforms prints: { id, start }. */
export const created = z.object({ id: z.string(), start: z.string() });
