/** A stack whose machines are strangers'. */
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation/index.js";
import { configure, destroyAndRemove, root } from "./lab.ts";
import { snapshot, type Snapshots, type Strangers } from "./strangers.ts";

export interface OnHosts {
  readonly stack: Stack;
  /** What a lab may leave on each of the machines, by their own names. */
  readonly snapshots: () => Snapshots;
  readonly end: () => Promise<void>;
}

/** The first is the control plane; the nodes are called as by default. What they run is built here. */
export async function openOnHosts(
  stackName: string,
  strangers: Strangers,
  config: Readonly<Record<string, string | number>>,
): Promise<OnHosts> {
  const stack = await LocalWorkspace.createOrSelectStack({ stackName, workDir: root });
  await configure(stack, { platform: "hosts", sshKnownHosts: strangers.knownHosts, artifacts: "source", ...config });
  for (const [index, { address, user, privateKeyFile }] of strangers.machines.entries()) {
    const [name, role] = index === 0 ? ["k8s-master", "control-plane"] : [`k8s-worker${index}`, "worker"];
    for (const [key, value] of Object.entries({ name, role, address, user, privateKeyFile }))
      await stack.setConfig(`pod-networking-lab:hosts[${index}].${key}`, { value }, true);
  }
  return {
    stack,
    snapshots: () =>
      Object.fromEntries(strangers.machines.map((stranger) => [stranger.hostname, snapshot(strangers, stranger)])),
    end: async () => {
      try {
        await destroyAndRemove(stack);
      } finally {
        strangers.remove();
      }
    },
  };
}
