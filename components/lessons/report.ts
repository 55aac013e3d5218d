import * as pulumi from "@pulumi/pulumi";
import type { NodeReport } from "../../evidence/observation.ts";
import type { ScriptsWith } from "../../nodes/script.ts";
import type { Script } from "../script.ts";

/** What an observer printed, under the name the node has in the cluster; the machine's own host name may be another. */
export function reportFrom(
  script: Script<ScriptsWith<NodeReport>>,
  node: pulumi.Input<string>,
): pulumi.Output<NodeReport> {
  return pulumi.all([script.result(), node]).apply(([report, name]): NodeReport => ({ ...report, node: name }));
}
