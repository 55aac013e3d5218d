import type { Config } from "./keys.ts";
import { hostAddress } from "../../evidence/cidr.ts";
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

/** The last four addresses of the machines' network, FIRST-LAST: machines are counted from its tenth on, and the engine gives away the first. */
export function balancerPool(machineCidr: string): string {
  const size = 2 ** (32 - Number(machineCidr.split("/")[1]));
  return [size - 5, size - 2].map((part) => hostAddress(machineCidr, part)).join("-");
}

export function checkPortBase(portBase: number, problems: string[]): void {
  if (Number.isInteger(portBase) && portBase >= 1024 && portBase <= 65526) return;
  problems.push(
    `portBase ${String(portBase)} leaves no block of ten ports; write a whole number from 1024 to 65526, such as 32210`,
  );
}
