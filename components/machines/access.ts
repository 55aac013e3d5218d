import * as pulumi from "@pulumi/pulumi";
import type { Access } from "../outputs.ts";
import type { Machine } from "./machine.ts";

/** What an SSH client needs for the machines; a secret. */
export function accessTo(machines: readonly Machine[]): pulumi.Output<Access> {
  const all = pulumi.all(
    machines.map(({ name, shell: { host, port, privateKey, hostKey } }) =>
      pulumi.output({ name, host, port, privateKey, hostKey }),
    ),
  );
  const access = all.apply((known): Access => {
    const keys = Object.fromEntries(known.map(({ name, privateKey }) => [name, privateKey]));
    return {
      privateKey: known[0]?.privateKey ?? "",
      ...(new Set(Object.values(keys)).size > 1 && { privateKeys: keys }),
      knownHosts: known.map(({ host, port, hostKey }) => `${knownAs(host, port)} ${hostKey}\n`).join(""),
    };
  });
  return pulumi.secret(access);
}

/** OpenSSH looks a host on the usual port up without it. */
const knownAs = (host: string, port: number): string => (port === 22 ? host : `[${host}]:${port}`);
