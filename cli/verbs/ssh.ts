import type { Access } from "../../components/outputs.ts";
import { nearest } from "../../components/settings/nearest.ts";
import { runChild } from "../stack/child.ts";
import { Problem } from "../view/problem.ts";
import { refusePaused } from "../stack/paused.ts";
import { flag, type Node, readResults } from "../stack/results.ts";
import { withSecretFiles } from "../stack/secret-files.ts";

/** `./lab ssh NODE [COMMAND...]`: a shell on a node, or one command there, with its input, output and exit code. */
export async function ssh(stack: string, name: string, command: readonly string[]): Promise<number> {
  refusePaused(stack);
  const { nodes = [], access } = await readResults(stack, true);
  if (access === undefined || access === "[secret]")
    throw new Problem(`lab "${stack}" is not up; ./lab up${flag(stack)} brings it up`);
  const node = pick(nodes, name);
  return await withSecretFiles(accessFiles(access), async (path) =>
    runChild("ssh", [...sshArguments(node, path(keyFile(access, name)), path("known-hosts")), ...command]),
  );
}

/** What ssh reads, by file name: a key for all nodes, one for each that has its own, and the host keys. Pure. */
export function accessFiles({ privateKey, privateKeys = {}, knownHosts }: Access): Record<string, string> {
  const own = Object.entries(privateKeys).map(([name, key]) => [`key-${name}`, key]);
  return { key: privateKey, ...(Object.fromEntries(own) as Record<string, string>), "known-hosts": knownHosts };
}

export function keyFile({ privateKeys }: Access, name: string): string {
  return privateKeys?.[name] === undefined ? "key" : `key-${name}`;
}

/** The node of that name. @throws Problem naming the one that was meant */
export function pick(nodes: readonly Node[], name: string): Node {
  const node = nodes.find((candidate) => candidate.name === name);
  if (node !== undefined) return node;
  const names = nodes.map((candidate) => candidate.name);
  const meant = nearest(name, names);
  throw new Problem(
    `no node "${name}"; ${meant === undefined ? `the nodes are ${names.join(", ")}` : `did you mean ${meant}?`}`,
    2,
  );
}

/** Nothing of the user's own SSH configuration counts: neither keys of an agent nor known hosts. Pure. */
export function sshArguments({ ssh: address }: Node, key: string, knownHosts: string): string[] {
  const url = new URL(address);
  const destination = `${decodeURIComponent(url.username)}@${url.hostname}`;
  // ssh would take it for an option, and one of its options runs a program here. Whoever changed the state would like that.
  if (destination.startsWith("-")) throw new Problem(`the outputs have "${address}" for a node, which is no address`);
  const options = {
    IdentitiesOnly: "yes",
    IdentityAgent: "none",
    StrictHostKeyChecking: "yes",
    UserKnownHostsFile: knownHosts,
    GlobalKnownHostsFile: "/dev/null",
    LogLevel: "ERROR",
  };
  return [
    ...["-F", "none", "-i", key, "-p", url.port || "22"],
    ...Object.entries(options).flatMap(([option, value]) => ["-o", `${option}=${value}`]),
    destination,
  ];
}
