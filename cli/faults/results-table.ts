import { columns, paint } from "../view/say.ts";
import type { Result, StudentResults } from "./exercise.ts";

/** What a teacher looks at: a line for each student, then a line for each fault that was tried. Pure, but for colour. */
export function renderResultsTable(students: readonly StudentResults[]): string[] {
  const all = students.flatMap(({ results }) => results);
  const tried = [...new Set(all.map(({ fault }) => fault))].toSorted();
  return [
    ...table(
      "Students",
      "student",
      students.map(({ student, results }) => [student, results]),
    ),
    "",
    ...table(
      "Faults",
      "fault",
      tried.map((fault) => [fault, all.filter((one) => one.fault === fault)]),
    ),
  ];
}

const head = ["tried", "solved", "given up", "healed", "highest level", "hints", "checks", "minutes"];

function table(
  title: string,
  of: string,
  rows: readonly (readonly [name: string, results: readonly Result[]])[],
): string[] {
  const lines = columns([[of, ...head], ...rows.map(([name, results]) => [name, ...sums(results)])]);
  return [paint("bold", title), ...lines.map((line) => `  ${line}`)];
}

/** Hints, checks and minutes are means of those that were solved. */
function sums(results: readonly Result[]): string[] {
  const solved = results.filter(({ outcome }) => outcome === "solved");
  const count = (outcome: Result["outcome"]): string => String(results.filter((one) => one.outcome === outcome).length);
  const mean = (of: (one: Result) => number): string =>
    solved.length === 0 ? "-" : (solved.reduce((sum, one) => sum + of(one), 0) / solved.length).toFixed(1);
  return [
    String(results.length),
    count("solved"),
    count("given up"),
    count("healed"),
    solved.length === 0 ? "-" : String(Math.max(...solved.map(({ level }) => level))),
    mean(({ hints }) => hints),
    mean(({ checks }) => checks),
    mean(({ begun, ended }) => (Date.parse(ended) - Date.parse(begun)) / 60_000),
  ];
}
