import { readFileSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join, resolve } from "node:path";
import { z } from "zod";
import { plain } from "../../evidence/plain-text.ts";
import { renderReport, type ReportOptions } from "../../report/page.ts";
import { type ReportOutputs, reportOutputs } from "../../report/proofs.ts";
import { checkout } from "../paths.ts";
import { chooseLanguage } from "../view/language.ts";
import { diagnose } from "../../faults/diagnose.ts";
import { type Story, tellStories } from "../../faults/story.ts";
import { fitting } from "./break.ts";
import { whyOf } from "../faults/diagnosis.ts";
import { labFacts } from "../faults/lab.ts";
import { Problem } from "../view/problem.ts";
import { flag, parseResults, readOutputs, type Results } from "../stack/results.ts";
import { tellCaveats } from "./outputs.ts";

export interface ReportArgs {
  readonly stack: string;
  /** en or zh. @default the reader's browser chooses */
  readonly lang?: string;
  /** The file to write. @default report-STACK.html */
  readonly output?: string;
}

/** `./lab report`: the outputs as one page to look at. */
export async function report({ stack, lang, output }: ReportArgs): Promise<void> {
  const language = lang === undefined ? undefined : chooseLanguage(lang);
  const json = await readOutputs(stack);
  const found = usable(stack, json);
  const results = parseResults(json);
  await tellCaveats(stack, results);
  const page = renderReport(found, {
    stack,
    language,
    why: why(stack, found, results),
    stories: stories(stack, found, results),
    ...assets(),
  });
  const file = resolve(output ?? `report-${stack}.html`);
  try {
    writeFileSync(file, page);
  } catch (error) {
    throw new Problem(
      `the report cannot be written to ${file}: ${error instanceof Error ? error.message : String(error)}; -o chooses another place`,
    );
  }
  process.stdout.write(`${file} (${Math.ceil(Buffer.byteLength(page) / 1024)} kB)\n`);
}

/** What explains the claims that fail. Whoever looks for a hidden fault is not told. */
function why(stack: string, { scenarios }: ReportOutputs, results: Results): ReportOptions["why"] {
  const claims = Object.values(scenarios).flatMap((scenario) => scenario.claims);
  if (claims.every(({ ok }) => ok) || results.faults?.some(({ hidden }) => hidden)) return undefined;
  const lab = labFacts(stack, results);
  return whyOf(diagnose(claims, lab), lab);
}

/** What each fault would do to this lab; of one that is broken there is enough to tell. */
function stories(stack: string, { scenarios }: ReportOutputs, results: Results): readonly Story[] {
  const claims = Object.values(scenarios).flatMap((scenario) => scenario.claims);
  if (claims.some(({ ok }) => !ok)) return [];
  return tellStories(fitting(stack), claims, labFacts(stack, results));
}

/** @throws Problem when the lab is not up, or came up with another version */
export function usable(stack: string, outputs: unknown): ReportOutputs {
  const parsed = reportOutputs.safeParse(plain(outputs));
  if (parsed.success) return parsed.data;
  const missing = parsed.error.issues.filter(({ path }) => path.length === 1).map(({ path }) => String(path[0]));
  if (missing.length > 0)
    throw new Problem(`lab "${stack}" has no outputs ${missing.join(", ")}; ./lab up${flag(stack)} brings it up`);
  throw new Problem(
    `the outputs of lab "${stack}" do not fit this version; ./lab verify${flag(stack)} writes them again\n${z.prettifyError(parsed.error)}`,
  );
}

/** What the page carries along: the style sheet, and the script without its types. */
export function assets(): Pick<ReportOptions, "style" | "script"> {
  const read = (name: string): string => readFileSync(join(checkout, "report", "browser", name), "utf8");
  return { style: read("report.css"), script: stripTypeScriptTypes(read("report.ts")) };
}
