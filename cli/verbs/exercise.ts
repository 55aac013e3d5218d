import { randomInt } from "node:crypto";
import type { FaultIn } from "../../evidence/fault-in.ts";
import type { Language } from "../../evidence/language.ts";
import { describe } from "../../evidence/verdict.ts";
import { faultNamed } from "../../faults/catalogue.ts";
import { changesBetween } from "../../faults/changed.ts";
import type { LabFacts } from "../../faults/fault.ts";
import { everyPlace, placedFrom } from "../../faults/place.ts";
import type { Placed } from "../../faults/predict.ts";
import { symptom } from "../../faults/symptom.ts";
import { podName, showing, whereIs } from "../../faults/tell.ts";
import { checkAnew } from "../faults/claims.ts";
import {
  endExercise,
  type Exercise,
  keepExercise,
  keepResult,
  readExercise,
  readResultsFile,
  type Result,
} from "../faults/exercise.ts";
import { next, words } from "../faults/exercise-words.ts";
import { askFaults, labFacts } from "../faults/lab.ts";
import { noteFaults } from "../faults/note.ts";
import { renderResultsTable } from "../faults/results-table.ts";
import { takeSnapshots } from "../faults/snapshots.ts";
import { flag, type Results } from "../stack/results.ts";
import { type Run, withNodes } from "../trace/door.ts";
import { chooseLanguage } from "../view/language.ts";
import { Problem } from "../view/problem.ts";
import { wrap } from "../view/say.ts";
import { fitting, putIn, refuseWithoutIpv4 } from "./break.ts";
import { takeAway } from "./heal.ts";

export interface ExerciseOptions {
  readonly stack: string;
  /** 1, 2 or 3. @default any */
  readonly level?: number;
  /** en or zh. @default en */
  readonly lang?: string;
}

const actions = ["hint", "check", "give-up", "results"] as const;

/** `./lab exercise [ACTION]`. @returns 0, or 1 where a check says "not yet" */
export async function exercise(
  action: string | undefined,
  files: readonly string[],
  options: ExerciseOptions,
): Promise<number> {
  const { stack } = options;
  if (action !== "results" && files.length > 0)
    throw new Problem(`files go with results; leave out ${files.join(" ")}`, 2);
  switch (action as (typeof actions)[number] | undefined) {
    case undefined:
      await begin(options);
      return 0;
    case "hint":
      await hint(stack);
      return 0;
    case "check":
      return (await check(stack)) ? 0 : 1;
    case "give-up":
      await giveUp(stack);
      return 0;
    case "results":
      if (files.length === 0)
        throw new Problem("name the files that students have handed in: ./lab exercise results FILE...", 2);
      print(renderResultsTable(files.map(readResultsFile)));
      return 0;
    default:
      throw new Problem(`no "${String(action)}"; write one of ${actions.join(", ")}, or nothing to begin`, 2);
  }
}

const print = (lines: readonly string[]): void => void process.stdout.write(`${lines.join("\n")}\n`);
const paragraph = (text: string): string[] => wrap(text, 100);

async function begin({ stack, level, lang }: ExerciseOptions): Promise<void> {
  const under = readExercise(stack);
  const lab = flag(stack);
  if (under !== undefined) {
    const { language, symptom: told, hints, begun } = under;
    print([...paragraph(words[language].under(told, hints, begun)), "", ...next(lab)]);
    return;
  }
  refuseWithoutIpv4(stack);
  const language = chooseLanguage(lang ?? "en");
  await withNodes(stack, async (run, results) => {
    const facts = labFacts(stack, results);
    refuseBroken(stack, results, await askFaults(run, results));
    const placed = choose(stack, facts, level);
    const before = await takeSnapshots(run, results, facts);
    const { fault, target } = placed;
    const on = fault.on === "pod" ? podName(target.pod) : target.node.name;
    const made = await putIn(run, results, {
      stack,
      fault,
      by: "exercise",
      hidden: true,
      on,
      towards: podName(target.other),
    });
    const told = symptom([placed], facts)[language];
    const begun = new Date().toISOString();
    keepExercise(stack, {
      fault: made.fault,
      level: fault.level,
      language,
      symptom: told,
      begun,
      hints: 0,
      checks: 0,
      before,
    });
    noteFaults(stack, await askFaults(run, results));
    print([
      ...paragraph(words[language].begun(fault.level)),
      "",
      ...paragraph(told).map((line) => `  ${line}`),
      "",
      ...next(lab),
    ]);
  });
}

/** Whoever looks for one fault shall not find another. */
function refuseBroken(stack: string, { scenarios = {} }: Results, faults: readonly FaultIn[]): void {
  if (faults.length > 0)
    throw new Problem(`a fault is in already; ./lab heal${flag(stack)} takes away what ./lab break has done`);
  const failing = Object.values(scenarios).flatMap(({ claims }) => claims.filter(({ ok }) => !ok));
  if (failing.length > 0)
    throw new Problem(
      `${failing.length} claims did not hold when the lab was last checked; ./lab verify${flag(stack)} looks again, and an exercise begins on a healthy lab`,
    );
}

/** By chance, a fault first and then a place: some have many. */
function choose(stack: string, lab: LabFacts, level: number | undefined): Placed {
  const faults = fitting(stack, level).filter(({ brief, atMost }) => brief !== true && atMost === undefined);
  const fault = faults[randomInt(faults.length)]!;
  const all = everyPlace(fault, lab).filter(({ node, pod }) => pod.node === node.name);
  return { fault, target: all[randomInt(all.length)]! };
}

/** The exercise that is under way, and its fault as the node knows it; none where somebody has taken it away. */
async function current(
  stack: string,
  run: Run,
  results: Results,
): Promise<{ readonly state: Exercise; readonly record: FaultIn | undefined }> {
  const state = readExercise(stack);
  if (state === undefined) throw new Problem(`no exercise is under way; ./lab exercise${flag(stack)} begins one`);
  const record = (await askFaults(run, results)).find(({ fault }) => fault === state.fault);
  if (record === undefined) {
    endExercise(stack);
    const file = keepResult(stack, resultOf(state, undefined, "healed"));
    print([words[state.language].healed, words[state.language].kept(file)]);
  }
  return { state, record };
}

const resultOf = (state: Exercise, record: FaultIn | undefined, outcome: Result["outcome"]): Result => ({
  fault: record?.name ?? "unknown",
  level: state.level,
  on: record?.params["node"] ?? "unknown",
  begun: state.begun,
  ended: new Date().toISOString(),
  outcome,
  hints: state.hints,
  checks: state.checks,
});

async function hint(stack: string): Promise<void> {
  await withNodes(stack, async (run, results) => {
    const { state, record } = await current(stack, run, results);
    if (record === undefined) return;
    const { language, hints: given } = state;
    const ladder = faultNamed(record.name, labFacts(stack, results).backend)?.hints ?? [];
    const which = Math.min(given + 1, ladder.length);
    keepExercise(stack, { ...state, hints: which });
    print([
      ...paragraph(`${words[language].hint(which, ladder.length)} ${ladder[which - 1]?.[language] ?? ""}`),
      ...(which === ladder.length ? [words[language].noMore(flag(stack))] : []),
    ]);
  });
}

/** Beyond these the rest is counted. */
const shown = 3;

/** @returns whether it is solved */
async function check(stack: string): Promise<boolean> {
  return await withNodes(stack, async (run, results) => {
    const { state, record } = await current(stack, run, results);
    if (record === undefined) return false;
    const counted = { ...state, checks: state.checks + 1 };
    keepExercise(stack, counted);
    const say = words[state.language];
    const { claims, lab } = await checkAnew(stack);
    const failing = claims.filter(({ ok }) => !ok);
    if (failing.length > 0) {
      print([
        say.notYet(failing.length, claims.length),
        ...failing.slice(0, shown).flatMap((claim) => ["", describe(claim)]),
      ]);
      return false;
    }
    const now = (await askFaults(run, results)).find(({ fault }) => fault === state.fault);
    if (now?.seen === true) {
      print(paragraph(say.workedAround));
      return false;
    }
    // Pods that were made anew have other UIDs: those of now count.
    const changes = changesBetween(state.before, await takeSnapshots(run, results, lab));
    if (changes.length > 0) {
      print([...paragraph(say.changed(changes.length)), ...changes.map((change) => `  ${say.change(change)}`)]);
      return false;
    }
    const minutes = Math.max(1, Math.round((Date.now() - Date.parse(state.begun)) / 60_000));
    await end(run, results, { stack, state: counted, record, outcome: "solved" }, [
      ...paragraph(say.solved(minutes, state.hints)),
    ]);
    return true;
  });
}

async function giveUp(stack: string): Promise<void> {
  await withNodes(stack, async (run, results) => {
    const { state, record } = await current(stack, run, results);
    if (record === undefined) return;
    await end(run, results, { stack, state, record, outcome: "given up" }, [words[state.language].gaveUp]);
  });
}

interface Ending {
  readonly stack: string;
  readonly state: Exercise;
  readonly record: FaultIn;
  readonly outcome: Result["outcome"];
}

/** Takes the fault and its record away, tells what it was, and keeps the result. */
async function end(
  run: Run,
  results: Results,
  { stack, state, record, outcome }: Ending,
  first: readonly string[],
): Promise<void> {
  const facts = labFacts(stack, results);
  const [placed] = placedFrom([{ ...record, seen: true }], facts);
  await takeAway(run, results, [record]);
  noteFaults(stack, await askFaults(run, results));
  endExercise(stack);
  const file = keepResult(stack, resultOf(state, record, outcome));
  const cause = placed === undefined ? [] : explain(placed, facts, stack, state.language);
  print([...first, ...cause, "", words[state.language].kept(file)]);
}

function explain(placed: Placed, lab: LabFacts, stack: string, language: Language): string[] {
  const say = words[language];
  const { fault } = placed;
  const shows = showing([placed], lab);
  const proto = shows === undefined || shows.protocol === "icmp" ? "" : ` --proto ${shows.protocol}`;
  return [
    ...paragraph(`${say.it(fault.title[language], fault.name, whereIs(placed)[language])} ${fault.story[language]}`),
    "",
    `${say.finding}:`,
    ...fault.hints.map((text) => `  - ${text[language]}`),
    ...(shows === undefined
      ? []
      : [`  - ./lab trace${flag(stack)} ${podName(shows.from)} ${podName(shows.to)}${proto}`]),
    `${say.mending}:`,
    `  - ${fault.mend[language]}`,
  ];
}
