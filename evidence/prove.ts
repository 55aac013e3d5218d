import type { ClaimOf } from "./claim.ts";
import type { About, ClaimKind } from "./kinds.ts";
import { find, type Observations, type Observation, type ObservationId } from "./observation.ts";
import { sentenceAbout } from "./vocabulary.ts";

/** What was read from the outputs, and whether the sentence holds. */
export interface Reading {
  readonly observed: string;
  readonly ok: boolean;
  /** When what is expected stands in an output as well. @default the proof's own */
  readonly expected?: string;
}

export interface Proof<K extends ClaimKind> {
  /** The lesson that it belongs to, by its namespace. */
  readonly scenario: string;
  readonly kind: K;
  readonly about: About<K>;
  /** Ends the claim's id, where the lesson makes several of this kind: "mypod1", "mypod2". @default none */
  readonly who?: readonly string[];
  readonly expected: string;
  /** The observations that the claim rests on, by id, all of one report. */
  readonly from: readonly ObservationId[];
  /** Reads them. What it throws becomes the claim's failure. */
  readonly read: (...outputs: string[]) => Reading;
  /** Exit codes that are an answer too, such as ping's 1 for "no reply"; "any" where the output tells it all. @default none */
  readonly answers?: readonly number[] | "any";
}

/** Characters of what was observed that a sentence quotes: a pod may print a megabyte in one line. The claim's output has it all. */
const quoted = 4000;

const shortened = (text: string): string =>
  text.length <= quoted ? text : `${text.slice(0, quoted)} ... (${text.length - quoted} characters more)`;

/**
 * A claim from a report. It never throws: a missing observation, a failed command and an output that cannot be read are
 * claims that do not hold, so that none of them hides another claim.
 */
export function prove<K extends ClaimKind>(report: Observations, proof: Proof<K>): ClaimOf<K> {
  const seen: Observation[] = [];
  const reading = ((): Reading => {
    try {
      for (const id of proof.from) seen.push(find(report, id));
      for (const { command, exit, output } of seen) {
        if (exit !== 0 && proof.answers !== "any" && !proof.answers?.includes(exit)) {
          return { ok: false, observed: `\`${command}\` exited with ${exit}: ${output.trim() || "no output"}` };
        }
      }
      return proof.read(...seen.map(({ output }) => output));
    } catch (error) {
      return { ok: false, observed: error instanceof Error ? error.message : String(error) };
    }
  })();
  const { scenario, kind, about, who = [] } = proof;
  return {
    id: [scenario, kind, ...who].join("/"),
    kind,
    about,
    claim: sentenceAbout(kind, about, "en"),
    node: report.node,
    at: report.at,
    command: seen.map(({ command }) => command).join("\n"),
    output: seen.map(({ output }) => output).join("\n"),
    expected: reading.expected ?? proof.expected,
    observed: shortened(reading.observed),
    ok: reading.ok,
  };
}
