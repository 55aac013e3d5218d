import { type Given, type Invocation, invoke, quote, readScript, type ScriptFile } from "../../nodes/script.ts";
import type { HostAccess } from "./access.ts";

/** A script of nodes/ with what it is given, for a host. */
export function scriptFor<Name extends ScriptFile>(host: HostAccess, script: Name, given: Given<Name>): Invocation {
  return invoke(script, given, host.user);
}

/** The reset as a file that can be run on the host by hand, without anything else. */
export function resetFile(lab: string): string {
  const why = "# Takes a pod networking lab away from this machine and leaves what was here before. Run as root.";
  return ["#!/usr/bin/env bash", why, "set -euo pipefail", `LAB=${quote(lab)}`, readScript("host/reset"), ""].join(
    "\n",
  );
}
