import type { Role } from "../../nodes/role.ts";
import type { Config } from "./keys.ts";

/** A node to be: its name, and what it is for. */
export interface NodeSettings {
  /** DNS label. */
  readonly name: string;
  readonly role: Role;
}

/** Most worker nodes: one block of ten ports holds SSH for nine machines and the API server. */
export const maxWorkers = 8;

/** The nodes in order, the control plane first, from `workers` and `nodeNames`. */
export function countedNodes(
  config: Pick<Config, "workers" | "nodeNames">,
  problems: string[],
): readonly NodeSettings[] {
  const count = Number.isInteger(config.workers) && config.workers >= 1 && config.workers <= maxWorkers;
  if (!count) {
    problems.push(
      `workers ${String(config.workers)} is not a whole number from 1 to ${maxWorkers}; write one, such as 2`,
    );
  }
  const names = nodeNames(config.nodeNames, count ? config.workers : undefined, problems);
  return names.map((name, index) => ({ name, role: index === 0 ? "control-plane" : "worker" }));
}

function nodeNames(given: readonly string[], workers: number | undefined, problems: string[]): readonly string[] {
  if (given.length === 0) {
    return ["k8s-master", ...Array.from({ length: workers ?? 1 }, (_, index) => `k8s-worker${index + 1}`)];
  }
  if (workers !== undefined && given.length !== workers + 1) {
    problems.push(
      `nodeNames has ${given.length} names for 1 control plane and ${workers} workers; write ${workers + 1} names, or none`,
    );
  }
  given.forEach((name, index) => {
    checkName(`nodeNames[${index}]`, name, problems);
    if (given.indexOf(name) !== index)
      problems.push(`nodeNames[${index}] "${name}" stands twice; name every node differently`);
  });
  return given;
}

/** A node's name is a DNS label, on every platform. */
export function checkName(key: string, name: string, problems: string[]): void {
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) return;
  problems.push(
    `${key} ${JSON.stringify(name)} is not a DNS label; write 1 to 63 lower-case letters, digits and inner hyphens`,
  );
}
