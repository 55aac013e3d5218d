import { ensureEngine } from "../../platforms/local/engine.ts";
import { type Platform, platformOf } from "./config.ts";
import { ownBackend } from "./environment.ts";
import { readLabState } from "./lab-state.ts";
import { forgetPaused, notedPause, rest } from "./paused.ts";
import type { Node } from "./results.ts";
import { type Run, withNodes } from "../trace/door.ts";
import { say } from "../view/say.ts";

/** Before an update of a lab that is paused: its machines go on first. */
export async function wake(stack: string, platform: Platform): Promise<void> {
  const paused = notedPause(stack);
  if (paused === undefined || (platform !== "local" && platform !== "vm")) return;
  say(`Lab "${stack}" is paused since ${paused.since}; it goes on.`);
  const id = ownBackend() ? readLabState(stack)?.id : undefined;
  // Without an id the update itself finds the machines, and starts them.
  if (id === undefined) return forgetPaused(stack);
  if (platform === "local") await ensureEngine(say);
  if ((await goOn(stack, platform, id)).length === 0) await settled(stack);
}

/** @returns names of the machines that are still to be started */
export async function goOn(stack: string, platform: "local" | "vm", id: string): Promise<readonly string[]> {
  const stopped = await rest(platform, "resume", id);
  forgetPaused(stack);
  return stopped;
}

/** Until the cluster has heard of all its nodes again. */
export async function settled(stack: string): Promise<void> {
  await withNodes(stack, async (run, { nodes = [] }) => {
    const controlPlane = nodes.find(({ role }) => role === "control-plane");
    if (controlPlane === undefined) return;
    if (platformOf(stack) === "vm") await setClocksOf(run, nodes);
    await run(controlPlane, "cluster/settled", { params: { NODES: nodes.map(({ name }) => name).join(" ") } });
  });
}

/** A container's clock is the host's; a VM's stands still with it. */
export async function setClocks(stack: string): Promise<void> {
  await withNodes(stack, async (run, { nodes = [] }) => await setClocksOf(run, nodes));
}

async function setClocksOf(run: Run, nodes: readonly Node[]): Promise<void> {
  await Promise.all(nodes.map(async (node) => await run(node, "host/clock", {})));
}
