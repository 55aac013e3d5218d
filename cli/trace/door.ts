import type { Access } from "../../components/outputs.ts";
import { knownHostKey } from "../../components/settings/host-keys.ts";
import { type Given, parseResult, type ScriptFile, type ScriptResult } from "../../nodes/script.ts";
import {
  type Door,
  type Ended,
  type Session,
  Stranger,
  Unreachable,
  withSession,
  wordsOf,
} from "../../platforms/hosts/ssh.ts";
import { platformOf } from "../stack/config.ts";
import { refusePaused } from "../stack/paused.ts";
import { flag, type Node, readResults, type Results } from "../stack/results.ts";
import { Problem } from "../view/problem.ts";

/** Runs one of nodes/*.sh on a node, as an update does. @returns what it printed, checked */
export type Run = <Name extends ScriptFile>(
  node: Node,
  script: Name,
  given: Given<Name>,
) => Promise<ScriptResult<Name>>;

/** The way to the nodes' shells while `use` runs. @throws Problem when the lab is not up */
export async function withNodes<T>(stack: string, use: (run: Run, results: Results) => Promise<T>): Promise<T> {
  const { results, doorTo } = await askAccess(stack);
  return await use(async (node, script, given) => {
    const ended = await withSession(doorTo(node), (session) => session.run(script, given)).catch((error: unknown) => {
      throw new Problem(error instanceof Error ? error.message : String(error));
    });
    return resultOf(script, ended, node);
  }, results);
}

/** The same by one connection to each of these nodes, open all the while: a login is work that a measurement would count. */
export async function withOpenNodes<T>(
  stack: string,
  choose: (results: Results) => readonly Node[],
  use: (run: Run, results: Results) => Promise<T>,
): Promise<T> {
  const { results, doorTo } = await askAccess(stack);
  const open = async (nodes: readonly Node[], sessions: ReadonlyMap<string, Session>): Promise<T> => {
    const [node, ...others] = nodes;
    if (node !== undefined)
      return await withSession(doorTo(node), (session) => open(others, new Map([...sessions, [node.name, session]])));
    return await use(async (one, script, given) => {
      const session = sessions.get(one.name);
      if (session === undefined) throw new Error(`no connection to ${one.name} was opened`);
      return resultOf(script, await session.run(script, given), one);
    }, results);
  };
  return await open(choose(results), new Map()).catch((error: unknown) => {
    throw error instanceof Unreachable || error instanceof Stranger ? new Problem(error.message) : error;
  });
}

interface Ways {
  readonly results: Results;
  readonly doorTo: (node: Node) => Door;
}

async function askAccess(stack: string): Promise<Ways> {
  refusePaused(stack);
  const results = await readResults(stack, true);
  const { access } = results;
  if (access === undefined || access === "[secret]")
    throw new Problem(`lab "${stack}" is not up; ./lab up${flag(stack)} brings it up`);
  // Whether its processor is emulated only the machine itself knows. One that is off refuses at once, however long a login may take.
  const patience = platformOf(stack) === "vm" ? { patience: 60 } : {};
  return { results, doorTo: (node) => ({ ...doorOf(node, access), ...patience }) };
}

function resultOf<Name extends ScriptFile>(
  script: Name,
  ended: Ended,
  { name }: Pick<Node, "name">,
): ScriptResult<Name> {
  if (ended.code !== 0)
    throw new Problem(`${script}.sh failed on ${name} (exit code ${ended.code ?? "none"}):\n${wordsOf(ended)}`);
  return parseResult(script, ended.stdout);
}

/** @throws Problem when the outputs trust no key of the node */
export function doorOf({ name, ssh }: Pick<Node, "name" | "ssh">, access: Access): Door {
  const { hostname: address, port: given, username } = new URL(ssh);
  const port = Number(given || 22);
  const hostKey = knownHostKey(access.knownHosts, address, port);
  if (hostKey === undefined) throw new Problem(`the outputs have no host key of ${name} (${address}:${port})`);
  const privateKey = access.privateKeys?.[name] ?? access.privateKey;
  return { name, address, port, user: decodeURIComponent(username), privateKey, hostKey };
}
