import type { FaultIn } from "../../evidence/fault-in.ts";
import { plainJson } from "../../evidence/plain-text.ts";
import { type Fault } from "../../faults/fault.ts";
import { catalogueOf } from "../../faults/catalogue.ts";
import { backendIn } from "./break.ts";
import { askFaults } from "../faults/lab.ts";
import { noteFaults } from "../faults/note.ts";
import { ownBackend } from "../stack/environment.ts";
import { readStackState } from "../stack/interrupted.ts";
import { withNodes } from "../trace/door.ts";
import { Problem } from "../view/problem.ts";
import { columns, paint, say } from "../view/say.ts";

export interface FaultsOptions {
  readonly stack: string;
  readonly show?: boolean;
  readonly json?: boolean;
}

/** `./lab faults`: the catalogue, and which of it is in, since when. Without a lab there is still the catalogue. */
export async function faults({ stack, show = false, json = false }: FaultsOptions): Promise<void> {
  const found = await faultsIn(stack);
  const all = catalogueOf(backendIn(stack));
  if (json) {
    const listed = all.map(({ name, level, touches, on, only, title }) => ({
      name,
      level,
      touches,
      on,
      only,
      title,
    }));
    process.stdout.write(`${plainJson({ in: found.map((one) => masked(one, show)), faults: listed })}\n`);
    return;
  }
  process.stdout.write(`${renderFaults(all, found, show).join("\n")}\n`);
}

async function faultsIn(stack: string): Promise<readonly FaultIn[]> {
  if (ownBackend() && (readStackState(stack)?.resources ?? 0) === 0) return [];
  try {
    return await withNodes(stack, async (run, results) => {
      const all = await askFaults(run, results);
      noteFaults(stack, all);
      return all;
    });
  } catch (error) {
    // Of a state that is kept elsewhere only this tells that there is no lab.
    if (ownBackend() || !(error instanceof Problem)) throw error;
    say(error.message);
    return [];
  }
}

const masked = (one: FaultIn, show: boolean): FaultIn =>
  isTold(one, show) ? one : { ...one, name: "hidden", params: {} };

/** What an exercise has broken only ./lab exercise give-up tells. */
const isTold = ({ hidden, by }: FaultIn, show: boolean): boolean => !hidden || (show && by !== "exercise");

/** Pure, but for colour. */
export function renderFaults(all: readonly Fault[], found: readonly FaultIn[], show: boolean): string[] {
  const rows = all.map(({ name, level, title, only }) => [
    String(level),
    name,
    title.en + (only === undefined ? "" : ` (platform ${only} only)`),
  ]);
  return [
    ...describeIn(found, show),
    paint("bold", "The catalogue: level, name, what it is"),
    ...columns(rows).map((row) => `  ${row}`),
  ];
}

/** One line for each fault that is in. Pure, but for colour. */
export function describeIn(found: readonly FaultIn[], show: boolean): string[] {
  if (found.length === 0) return ["No fault is in.", ""];
  return [
    paint("bold", "In now"),
    ...found.map((one) => {
      const what = isTold(one, show) ? `${one.name} on ${one.params["node"] ?? "a node"}` : "a hidden fault";
      const until = one.until === null ? "" : `, until ${one.until}`;
      const by = one.by === "config" ? ", by the config" : one.by === "exercise" ? ", for an exercise" : "";
      const seen =
        one.seen || !isTold(one, show) ? "" : "; it can no longer be seen: a restart or somebody's hand has mended it";
      return `  ${paint("yellow", "!")} ${what}, since ${one.since}${until}${by}${seen}`;
    }),
    "",
  ];
}
