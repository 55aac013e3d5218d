import type { Config } from "./keys.ts";
import { checkPortBase } from "./local.ts";
import type { RangeRule } from "./ranges.ts";
import type { Role } from "../../nodes/role.ts";

/** Virtual machines of QEMU on this host. */
export interface VmSettings {
  readonly kind: "vm";
  /** The private segment between the machines, IPv4 CIDR. */
  readonly machineCidr: string;
  /** First of ten TCP ports on 127.0.0.1. */
  readonly portBase: number;
  readonly sizes: Readonly<Record<Role, VmSize>>;
}

/** What a VM is given. */
export interface VmSize {
  /** Virtual processors. */
  readonly cpus: number;
  /** MiB. */
  readonly memory: number;
  /** GiB; the file takes what is written to it. */
  readonly disk: number;
}

/** QEMU's own network for the way out, the same behind every VM. */
export const natRange: RangeRule = {
  key: "the VMs' way out,",
  value: "10.0.2.0/24",
  prefixes: [24, 24],
  sample: "10.0.2.0/24",
};

export function readVm(config: Config, problems: string[]): VmSettings {
  const { machineCidr, portBase } = config;
  checkPortBase(portBase, problems);
  const sizes = {
    "control-plane": {
      cpus: config.controlPlaneCpus,
      memory: config.controlPlaneMemory,
      disk: config.controlPlaneDisk,
    },
    worker: { cpus: config.workerCpus, memory: config.workerMemory, disk: config.workerDisk },
  };
  const check = (key: keyof Config, value: number, least: number, unit: string, why: string): void => {
    if (Number.isInteger(value) && value >= least) return;
    problems.push(`${key} ${String(value)} is too little for ${why}; write a whole number${unit}, ${least} or more`);
  };
  // kubeadm refuses a control plane with less.
  check("controlPlaneCpus", sizes["control-plane"].cpus, 2, "", "a control plane");
  check("controlPlaneMemory", sizes["control-plane"].memory, 2048, " of MiB", "a control plane");
  check("controlPlaneDisk", sizes["control-plane"].disk, 4, " of GiB", "the images and what is written");
  check("workerCpus", sizes.worker.cpus, 1, "", "a worker");
  check("workerMemory", sizes.worker.memory, 1024, " of MiB", "a worker with its pods");
  check("workerDisk", sizes.worker.disk, 4, " of GiB", "the images and what is written");
  return { kind: "vm", machineCidr, portBase, sizes };
}
