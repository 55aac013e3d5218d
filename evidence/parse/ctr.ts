import { z } from "zod";

export interface ContainerRow {
  readonly id: string;
  readonly image: string;
}

/** Rows of `ctr container ls`, with or without its heading. */
export function parseContainers(text: string): ContainerRow[] {
  const rows = text.split("\n").flatMap((line) => {
    const [id, image] = line.trim().split(/\s+/);
    return id === undefined || image === undefined || id === "CONTAINER" ? [] : [{ id, image }];
  });
  if (rows.length === 0) throw new Error(`no container in: ${text.trim() || "an empty output"}`);
  return rows;
}

const namespaces = z.array(z.object({ type: z.string(), path: z.string().optional() }));

/** `ctr container info ID | jq .Spec.linux.namespaces`: the path that was joined, by type; undefined means a new namespace. */
export function parseNamespaces(text: string): ReadonlyMap<string, string | undefined> {
  return new Map(namespaces.parse(JSON.parse(text)).map(({ type, path }) => [type, path]));
}

const containers = z.object({
  containers: z.array(z.object({ id: z.string(), podSandboxId: z.string(), metadata: z.object({ name: z.string() }) })),
});

/** `crictl ps --output json`: the id of each running container, by its name in the pod. */
export function parsePodContainers(text: string): ReadonlyMap<string, string> {
  return new Map(containers.parse(JSON.parse(text)).containers.map(({ id, metadata }) => [metadata.name, id]));
}

/** `readlink /proc/PID/ns/net`: the inode of the namespace. */
export function parseNamespaceLink(text: string): string {
  const inode = /^net:\[(\d+)\]$/m.exec(text.trim())?.[1];
  if (inode === undefined) throw new Error(`not a network namespace: ${text.trim() || "an empty output"}`);
  return inode;
}
