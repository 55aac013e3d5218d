import { type BackendName, backendNames, backendOf, usualBackend } from "../../evidence/backends.ts";
import type { Config } from "./keys.ts";
import { nearest } from "./nearest.ts";

/** How packets are carried between nodes, as far as the platform lets them pass. */
export function readBackend({ backend }: Pick<Config, "backend">, platform: string, problems: string[]): BackendName {
  const known = backendNames.find((name) => name === backend);
  if (known === undefined) {
    const meant = nearest(backend, backendNames);
    problems.push(
      `backend "${backend}" is not one of flannel's that the lab knows; ${meant === undefined ? `write one of: ${backendNames.join(", ")}` : `did you mean ${meant}?`}`,
    );
    return usualBackend;
  }
  if (platform === "aws" && backendOf(known).tunnel === undefined)
    problems.push(
      `backend "${known}" sends pods' packets bare, and an instance of EC2 may send none but its own; on platform aws write backend: ${usualBackend}`,
    );
  return known;
}
