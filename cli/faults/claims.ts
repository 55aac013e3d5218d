import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { outputs } from "../../components/outputs.ts";
import type { Claim } from "../../evidence/claim.ts";
import type { FaultIn } from "../../evidence/fault-in.ts";
import type { LabFacts } from "../../faults/fault.ts";
import { plain } from "../../evidence/plain-text.ts";
import { logsDir } from "../paths.ts";
import { flag, parseResults, readOutputs } from "../stack/results.ts";
import { askAnew, update } from "../stack/update.ts";
import { Problem } from "../view/problem.ts";
import { labFacts } from "./lab.ts";
import { noteFaults } from "./note.ts";

/** All that a lab's checks have found. */
export interface Found {
  readonly claims: readonly Claim[];
  readonly lab: LabFacts;
  /** The faults that are in on purpose. */
  readonly faults: readonly FaultIn[];
}

const checked = outputs.pick({ scenarios: true, faults: true });

/**
 * Makes every check once more, for verbs that have something of their own to say about the claims, whether they hold or not.
 * @throws Problem when the checks could not be made
 */
export async function checkAnew(stack: string): Promise<Found> {
  const before = await readFound(stack);
  askAnew(stack);
  mkdirSync(logsDir, { recursive: true });
  const log = join(logsDir, `checks-${stack}.log`);
  const file = openSync(log, "w");
  const code = await update(stack, "Checking every claim on the nodes, about a minute", { output: file }).finally(() =>
    closeSync(file),
  );
  const found = await readFound(stack);
  // An update that failed may have failed for another reason than the claims.
  const looks = new Map(before.claims.map(({ id, at }) => [id, at]));
  const old = found.claims.filter(({ id, at }) => looks.get(id) === at).map(({ id }) => id.split("/")[0]);
  if (code !== 0 && old.length > 0)
    throw new Problem(`claims of ${[...new Set(old)].join(", ")} could not be checked anew; ${log} says why`);
  noteFaults(stack, found.faults);
  return found;
}

/** What the last checks found. @throws Problem when the lab is not up, or was checked by another version */
async function readFound(stack: string): Promise<Found> {
  const json = await readOutputs(stack);
  const lab = labFacts(stack, parseResults(json));
  const { data, error } = checked.safeParse(plain(json));
  if (data === undefined)
    throw new Problem(
      `the outputs of lab "${stack}" do not fit this version; ./lab verify${flag(stack)} writes them again\n${z.prettifyError(error)}`,
    );
  return { claims: Object.values(data.scenarios).flatMap(({ claims }) => claims), lab, faults: data.faults };
}
