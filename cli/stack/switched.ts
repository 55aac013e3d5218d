import { existsSync } from "node:fs";
import { outputs } from "../../components/outputs.ts";
import type { BackendName } from "../../evidence/backends.ts";
import { switchedByHand } from "../../evidence/verdict.ts";
import { stackStateFile } from "../paths.ts";
import { ownBackend } from "./environment.ts";
import { readShownOutputs } from "./lab-state.ts";

const checked = outputs.pick({ scenarios: true });

/**
 * The backend to which somebody had switched flannel by hand when the lab was last checked, as the claims tell of it. undefined where nobody had, where the
 * lab was never checked, or where its state is elsewhere, and asking it would take as long as an update that changes nothing.
 */
export function switchedTo(stack: string): BackendName | undefined {
  if (!ownBackend() || !existsSync(stackStateFile(stack))) return undefined;
  const { data } = checked.safeParse(readShownOutputs(stack));
  const claims = Object.values(data?.scenarios ?? {}).flatMap((scenario) => scenario.claims);
  return switchedByHand(claims.filter(({ ok }) => !ok))?.carries;
}
