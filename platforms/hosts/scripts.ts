import { type Invocation, invoke, quote, readScript } from "../../nodes/script.ts";
import type { HostAccess } from "./access.ts";

/** A script of nodes/ with its parameters, for a host. */
export function scriptFor(
  host: HostAccess,
  script:
    | "host/preflight"
    | "host/claim"
    | "host/reset"
    | "host/staged"
    | "host/receive"
    | "host/sums"
    | "host/reach"
    | "host/fetch",
  params: Readonly<Record<string, string>>,
  stdin = "",
): Invocation {
  return invoke(readScript(script), params, host.user, script, stdin);
}

/** The reset as a file that can be run on the host by hand, without anything else. */
export function resetFile(lab: string): string {
  const why = "# Takes a pod networking lab away from this machine and leaves what was here before. Run as root.";
  return ["#!/usr/bin/env bash", why, "set -euo pipefail", `LAB=${quote(lab)}`, readScript("host/reset"), ""].join(
    "\n",
  );
}
