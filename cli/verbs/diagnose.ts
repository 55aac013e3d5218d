import { candidatesFor, diagnose, type Diagnosis } from "../../faults/diagnose.ts";
import { paramsOf } from "../../faults/place.ts";
import { plainJson } from "../../evidence/plain-text.ts";
import { checkAnew } from "../faults/claims.ts";
import { renderDiagnosis } from "../faults/diagnosis.ts";
import { describeNoted } from "../faults/note.ts";
import { fitting } from "./break.ts";
import { chooseLanguage } from "../view/language.ts";
import { paint, say } from "../view/say.ts";

export interface DiagnoseOptions {
  readonly stack: string;
  readonly json?: boolean;
  /** en or zh. @default en */
  readonly lang?: string;
}

/** `./lab diagnose`: every check anew, and which faults explain what fails. It is not told what was broken on purpose. @returns 0 when nothing fails */
export async function diagnoseLab({ stack, json = false, lang }: DiagnoseOptions): Promise<number> {
  const language = chooseLanguage(lang ?? "en");
  const { claims, lab } = await checkAnew(stack);
  const found = diagnose(claims, lab, candidatesFor(claims, lab, fitting(stack)));
  const text = json
    ? plainJson(forPrograms(found, claims.length))
    : renderDiagnosis(found, claims.length, lab, { stack, language }).join("\n");
  process.stdout.write(`${text}\n`);
  for (const sentence of describeNoted(stack)) say(`${paint("yellow", "note:", process.stderr)} ${sentence}`);
  return found.verdict === "healthy" ? 0 : 1;
}

/** What `--json` prints. */
export interface DiagnosisJson {
  readonly verdict: Diagnosis["verdict"];
  readonly claims: number;
  /** Ids. */
  readonly failing: readonly string[];
  /** The likeliest first. */
  readonly explanations: readonly {
    readonly faults: readonly { readonly name: string; readonly params: Readonly<Record<string, string>> }[];
  }[];
}

const forPrograms = ({ verdict, failing, explanations }: Diagnosis, claims: number): DiagnosisJson => ({
  verdict,
  claims,
  failing: failing.map(({ id }) => id),
  explanations: explanations.map(({ faults }) => ({
    faults: faults.map(({ fault, target }) => ({ name: fault.name, params: paramsOf(target) })),
  })),
});
