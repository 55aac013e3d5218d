import * as pulumi from "@pulumi/pulumi";
import type { Reachable } from "../script.ts";
import type { Machine } from "./machine.ts";

/**
 * The machine with that name, when the name is known only once the cluster has decided, as with a scheduled pod.
 * @throws Error, in the outputs, when there is no such machine
 */
export function machineNamed(machines: readonly [Machine, ...Machine[]], name: pulumi.Input<string>): Reachable {
  const machine = pulumi.output(name).apply((wanted) => {
    const found = machines.find((one) => one.name === wanted);
    if (found === undefined) {
      throw new Error(
        `no machine of the lab is called "${wanted}"; there are ${machines.map((one) => one.name).join(", ")}`,
      );
    }
    return pulumi.output({ shell: found.shell, identity: found.identity });
  });
  return {
    shell: {
      host: machine.shell.host,
      port: machine.shell.port,
      user: machine.shell.user,
      privateKey: machine.shell.privateKey,
      hostKey: machine.shell.hostKey,
    },
    identity: machine.identity,
    // Resources cannot be chosen late; the control plane's machine stands for the cluster that the decision was made in.
    resource: machines[0].resource,
    scripts: machines.flatMap(({ scripts = [] }) => scripts),
  };
}
