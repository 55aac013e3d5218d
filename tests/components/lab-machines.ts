// Stand-ins for the machines of a lab, as a lesson is given them; make them after the mocks are there.
import * as pulumi from "@pulumi/pulumi";
import type { Machine } from "../../components/machines/machine.ts";

/** A resource that is only waited for. */
export class Stub extends pulumi.ComponentResource {}

/** The control plane first. */
export function labMachines(
  nodes: readonly { readonly name: string; readonly address: string }[],
): [Machine, Machine, ...Machine[]] {
  return nodes.map(({ name, address }, index): Machine => ({
    name,
    role: index === 0 ? "control-plane" : "worker",
    address,
    shell: {
      host: "127.0.0.1",
      port: 4000 + index,
      user: "root",
      privateKey: "THE KEY",
      hostKey: `ssh-ed25519 ${name}`,
    },
    identity: `${name}-1`,
    resource: new Stub("test:Machine", name),
  })) as [Machine, Machine, ...Machine[]];
}

export const nodeNames = ["k8s-master", "k8s-worker1", "k8s-worker2"] as const;

/** Three of them. */
export const threeMachines = (): [Machine, Machine, ...Machine[]] =>
  labMachines(nodeNames.map((name, index) => ({ name, address: `172.28.85.${10 + index}` })));

/** What every lesson is given beside what is its own. */
export const lessonArgs = (machines = threeMachines()) => ({
  machines,
  verify: "again",
  lostPods: {},
  joined: [new Stub("test:Join", "joined")],
  ready: new Stub("test:Ready", "ready"),
  broken: new Stub("test:Faults", "faults"),
});
