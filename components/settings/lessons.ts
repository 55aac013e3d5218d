import type { Config } from "./keys.ts";
import { nearest } from "./nearest.ts";

/** Pages of the course's chapter on networking, called as the course calls them. */
export const lessonNames = [
  "pod-network",
  "service",
  "cluster-dns",
  "service-auto",
  "network-policy",
  "load-balancer",
] as const;
export type LessonName = (typeof lessonNames)[number];
/** One changes what pods of other lessons may do, the other takes addresses of the machines' network: they are named, or they are not there. */
const byNameOnly: readonly LessonName[] = ["network-policy", "load-balancer"];

/** Which pages are taught; `all` stands for every one that leaves the others as they are. */
export function readLessons(
  { lessons, platform }: Pick<Config, "lessons" | "platform">,
  problems: string[],
): readonly LessonName[] {
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
  const balanced = lessons.indexOf("load-balancer");
  if (balanced >= 0 && ["hosts", "aws"].includes(platform))
    problems.push(
      `lessons[${balanced}] "load-balancer" needs a network whose addresses the lab may give away, and those of platform "${platform}" are somebody else's; leave it out, or take platform local or vm`,
    );
  if (!lessons.includes("pod-network"))
    problems.push("lessons has no pod-network; add it: every other lesson stands on what it proves");
  return lessonNames.filter((name) => lessons.includes(name));
}
