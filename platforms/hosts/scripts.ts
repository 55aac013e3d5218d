import { type Invocation, invoke, quote, readScript } from "../../components/remote/shell.ts";
import type { HostAccess } from "./access.ts";

/** A script of nodes/ with its parameters, for a host. */
export function scriptFor(
  host: HostAccess,
  script: "preflight" | "claim" | "reset" | "staged" | "receive" | "sums" | "reach" | "fetch",
  params: Readonly<Record<string, string>>,
  stdin = "",
): Invocation {
  return invoke(readScript(script), params, host.user, script, stdin);
}

/** The reset as a file that can be run on the host by hand, without anything else. */
export function resetFile(lab: string): string {
  const why = "# Takes a pod networking lab away from this machine and leaves what was here before. Run as root.";
  return ["#!/usr/bin/env bash", why, "set -euo pipefail", `LAB=${quote(lab)}`, readScript("reset"), ""].join("\n");
}
