import { type BackendName, backendNames, usualBackend } from "../../evidence/backends.ts";
import type { Config } from "./keys.ts";
import { nearest } from "./nearest.ts";

/** flannel's own that the lab does not offer, and why. */
const notOffered: Readonly<Record<string, string>> = {
  ipip: "needs a kernel with IP-in-IP, and no claim about it could be tried yet",
  wireguard: "needs a kernel with WireGuard, and no claim about it could be tried yet",
};

/** How packets are carried between nodes. Whether a machine's kernel can, the machine itself is asked. */
export function readBackend({ backend }: Pick<Config, "backend">, problems: string[]): BackendName {
  const known = backendNames.find((name) => name === backend);
  if (known !== undefined) return known;
  const meant = nearest(backend, backendNames);
  const choice = `write one of: ${backendNames.join(", ")}`;
  problems.push(
    notOffered[backend] !== undefined
      ? `backend "${backend}" ${notOffered[backend]}; ${choice}`
      : `backend "${backend}" is not one of flannel's that the lab knows; ${meant === undefined ? choice : `did you mean ${meant}?`}`,
  );
  return usualBackend;
}
