import type { Client } from "ssh2";
import { type HostAccess, nameOf } from "./access.ts";
import { scriptFor } from "./scripts.ts";
import { run } from "./ssh.ts";

/** What a host has of a content: all of it in place, or these lines "SUM  PATH" in its stage. */
export async function staged(
  client: Client,
  host: HostAccess,
  params: { readonly STAGE: string; readonly KEY: string },
): Promise<"installed" | ReadonlySet<string>> {
  const { code, stdout, stderr } = await run(client, scriptFor(host, "host/staged", { params }));
  if (code !== 0) throw new Error(`${nameOf(host)} does not say what it has: ${stderr.trim()}`);
  return stdout.trim() === "installed" ? "installed" : new Set(stdout.split("\n"));
}
