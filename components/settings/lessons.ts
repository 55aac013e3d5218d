import type { Config } from "./keys.ts";
import { nearest } from "./nearest.ts";

/** Pages of the course's chapter on networking, called as the course calls them. */
export const lessonNames = ["pod-network", "service", "cluster-dns", "service-auto", "network-policy"] as const;
export type LessonName = (typeof lessonNames)[number];
/** Those that change what pods of other lessons may do: they are named, or they are not there. */
const byNameOnly: readonly LessonName[] = ["network-policy"];

/** Which pages are taught; `all` stands for every one that leaves the others as they are. */
export function readLessons({ lessons }: Pick<Config, "lessons">, problems: string[]): readonly LessonName[] {
  if (lessons.includes("all") && lessons.length === 1) return lessonNames.filter((name) => !byNameOnly.includes(name));
  for (const [index, given] of lessons.entries()) {
    if (lessonNames.some((name) => name === given)) continue;
    const meant = nearest(given, [...lessonNames, "all"]);
    problems.push(
      given === "all"
        ? `lessons[${index}] "all" stands for every lesson but ${byNameOnly.join(" and ")}; write lessons: [all], or the names of some`
        : `lessons[${index}] "${given}" is not a lesson; ${meant === undefined ? `write some of: ${lessonNames.join(", ")}, or all` : `did you mean ${meant}?`}`,
    );
  }
  if (!lessons.includes("pod-network"))
    problems.push("lessons has no pod-network; add it: every other lesson stands on what it proves");
  return lessonNames.filter((name) => lessons.includes(name));
}
