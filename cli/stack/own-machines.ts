import { Problem } from "../view/problem.ts";
import { platformOf } from "./config.ts";
import { ownBackend } from "./environment.ts";
import { findLocks } from "./interrupted.ts";
import { askLabState, type LabState, readLabState } from "./lab-state.ts";
import { flag } from "./results.ts";

/** A lab whose machines are on this one, and the lab's to stop and start. */
export interface OwnMachines {
  readonly platform: "local" | "vm";
  /** The lab's. */
  readonly id: string;
}

/** @throws Problem where the machines are not the lab's, with what the caller says of these platforms, or where there is no lab */
export async function ownMachines(
  stack: string,
  verb: string,
  otherwise: Readonly<Record<"hosts" | "aws", string>>,
): Promise<OwnMachines> {
  const platform = platformOf(stack);
  if (platform === "hosts" || platform === "aws") throw new Problem(otherwise[platform]);
  const id = (await labState(stack))?.id;
  if (id === undefined) throw new Problem(`there is no lab "${stack}" to ${verb}; ./lab up${flag(stack)} makes it`);
  return { platform, id };
}

async function labState(stack: string): Promise<LabState | undefined> {
  if (ownBackend()) return readLabState(stack);
  const { ensurePulumi } = await import("../parts/ensure-pulumi.ts");
  return await askLabState(await ensurePulumi(stack), stack);
}

/** @throws Problem while another run is at work on the stack */
export function refuseBusy(stack: string): void {
  const held = ownBackend() ? findLocks(stack).find(({ state }) => state === "held") : undefined;
  if (held !== undefined)
    throw new Problem(`another run is at work on stack ${stack} (process ${held.lock.pid}); wait for it to end`);
}
