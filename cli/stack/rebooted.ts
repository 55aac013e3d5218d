import { type Run, withNodes } from "../trace/door.ts";
import { Problem } from "../view/problem.ts";
import { isElsewhere, platformOf } from "./config.ts";
import { readResults, type Results } from "./results.ts";

/**
 * Names of the nodes that have booted since the claims were checked. The program finds machines of its own so; those that somebody else has it cannot ask
 * without a login, which an update with nothing to do shall not need. A lab that is not up, or whose machines do not answer, has none: the update says what that means.
 */
export async function rebooted(stack: string): Promise<readonly string[]> {
  if (!isElsewhere(platformOf(stack))) return [];
  try {
    if ((await readResults(stack)).verification === undefined) return [];
    return await withNodes(stack, bootedSince);
  } catch (error) {
    if (error instanceof Problem) return [];
    throw error;
  }
}

/** By how long they run, not by their clocks, which may be others. */
export async function bootedSince(
  run: Run,
  { nodes = [], verification }: Pick<Results, "nodes" | "verification">,
  now = Date.now(),
): Promise<readonly string[]> {
  if (verification === undefined) return [];
  const checked = (now - Date.parse(verification.at)) / 1000;
  const asked = await Promise.all(
    nodes.map(async (node) => ({ name: node.name, ...(await run(node, "host/uptime", {})) })),
  );
  return asked.filter(({ seconds }) => seconds < checked).map(({ name }) => name);
}
