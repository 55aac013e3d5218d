import type { Config } from "./keys.ts";
import type { RangeRule } from "./ranges.ts";

/** Container machines on this host. */
export interface LocalSettings {
  readonly kind: "local";
  /** Network of the machines, IPv4 CIDR. */
  readonly machineCidr: string;
  /** First of ten TCP ports on 127.0.0.1. */
  readonly portBase: number;
}

export function readLocal(config: Config, problems: string[]): LocalSettings {
  const { machineCidr, portBase } = config;
  checkPortBase(portBase, problems);
  return { kind: "local", machineCidr, portBase };
}

/** What the machines' network must be; it must also stay clear of the cluster's own ranges. */
export function machineRange(machineCidr: string): RangeRule {
  return { key: "machineCidr", value: machineCidr, prefixes: [16, 27], sample: "172.28.56.0/24" };
}

export function checkPortBase(portBase: number, problems: string[]): void {
  if (Number.isInteger(portBase) && portBase >= 1024 && portBase <= 65526) return;
  problems.push(
    `portBase ${String(portBase)} leaves no block of ten ports; write a whole number from 1024 to 65526, such as 32210`,
  );
}
