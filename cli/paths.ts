import { join } from "node:path";

export const checkout = join(import.meta.dirname, "..");

/** All that ./lab keeps about the labs of this checkout; never committed. */
export const labDir = join(checkout, ".lab");
export const pulumiHome = join(labDir, "pulumi");
export const stateDir = join(labDir, "state");
export const logsDir = join(labDir, "logs");

export const project = "pod-networking-lab";
export const defaultStack = "dev";

/** Where the file backend keeps a stack's state. */
export function stackStateFile(stack: string): string {
  return join(stateDir, ".pulumi", "stacks", project, `${stack}.json`);
}
