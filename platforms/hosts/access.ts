import { text } from "node:stream/consumers";
import { z } from "zod";
import type { Door } from "./ssh.ts";

/** How to reach a host; comes on standard input, since the private key is a part of it. */
const host = z.object({
  name: z.string(),
  role: z.enum(["control-plane", "worker"]),
  address: z.string(),
  privateAddress: z.string(),
  port: z.number(),
  user: z.string(),
  privateKey: z.string(),
  /** "type base64" */
  hostKey: z.string(),
}) satisfies z.ZodType<Door>;
export type HostAccess = z.output<typeof host>;

/** What the program is asked to work on: one host, or all. */
export async function readHost(): Promise<HostAccess> {
  return host.parse(JSON.parse(await text(process.stdin)));
}

export async function readHosts(): Promise<HostAccess[]> {
  return z.array(host).parse(JSON.parse(await text(process.stdin)));
}
