import { join } from "node:path";
import type { Artifact } from "./artifact.ts";
import { readOrNothing, writeWhole } from "./tools.ts";

/** What builds of one name took on this machine, the last ones, beside what the recipe said beforehand. */
interface Measured {
  readonly about: number;
  readonly seconds: readonly number[];
}

export type Measurements = Readonly<Record<string, Measured>>;

/** So many are kept: Go keeps what it has compiled, and one build that found it all there says little of the next cold one. */
const kept = 3;

const fileIn = (root: string): string => join(root, "measured.json");
const nameOf = ({ name, arch }: Pick<Artifact, "name" | "arch">): string => `${name}-${arch}`;

export function readMeasurements(root: string): Measurements {
  try {
    return JSON.parse(readOrNothing(fileIn(root)) ?? "{}") as Measurements;
  } catch {
    return {}; // a note that cannot be read costs an estimate, and not a build
  }
}

const counted = { running: 0, since: 0, each: 0 };

/**
 * Begins to count what one build takes. Builds at the same time share the time that passes, so that what they took adds up to what all of
 * them took, as a plan adds it up.
 * @returns ends the count, once; milliseconds
 */
export function beginBuild(now: () => number = Date.now): () => number {
  const count = (): number => {
    const at = now();
    if (counted.running > 0) counted.each += (at - counted.since) / counted.running;
    counted.since = at;
    return counted.each;
  };
  const begun = count();
  counted.running++;
  let taken: number | undefined;
  return () => {
    if (taken === undefined) {
      taken = count() - begun;
      counted.running--;
    }
    return taken;
  };
}

/** In one step. Of two builds that end at once one may go unnoted. */
export function keepMeasured(root: string, artifact: Artifact, seconds: number): void {
  const all = readMeasurements(root);
  const before = all[nameOf(artifact)]?.seconds ?? [];
  const one: Measured = { about: artifact.about, seconds: [...before, Math.round(seconds)].slice(-kept) };
  writeWhole(fileIn(root), `${JSON.stringify({ ...all, [nameOf(artifact)]: one }, null, 2)}\n`);
}

/**
 * Seconds that a build will take here: the longest of its last ones; where there was none, what its recipe says, times how much longer than
 * their recipes said the others took. Downloads depend on the network and builds on the processor, so each is compared with its like. Pure.
 */
export function expected(
  artifact: Pick<Artifact, "name" | "arch" | "about">,
  measurements: Measurements,
): { readonly seconds: number; readonly learned: boolean } {
  const own = measurements[nameOf(artifact)];
  if (own !== undefined && own.seconds.length > 0) return { seconds: Math.max(...own.seconds), learned: true };
  const isDownload = (name: string): boolean => name.startsWith("release-");
  const like = Object.entries(measurements).filter(([name]) => isDownload(name) === isDownload(artifact.name));
  const [took, said] = like.reduce(
    ([seconds, about], [, one]) => [seconds + Math.max(...one.seconds), about + one.about],
    [0, 0],
  );
  // What is short says little of a machine.
  if (said < 20) return { seconds: artifact.about, learned: false };
  return { seconds: artifact.about * (took / said), learned: true };
}
