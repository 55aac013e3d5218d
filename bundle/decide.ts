import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { digest } from "./artifact.ts";
import { bundleKey, recipeFor, standingBundle } from "./bundle.ts";
import { type Choice, type Decided, type Origin, type Way, ways } from "./choice.ts";
import { canBeBuilt } from "./kubernetes.ts";
import { toStderr } from "./program.ts";
import { cranePackage, type Package, programPackages } from "./release/plan.ts";
import { Unavailable } from "./release/unavailable.ts";
import { cacheRoot } from "./store.ts";
import { writeWhole } from "./tools.ts";
import { type Arch, hostArch, versions } from "./versions.ts";

/** Something that can be had either way, and what tells which way it is to be. */
export interface Subject {
  /** Begins the line that says what was decided. */
  readonly name: string;
  /** Names the question in the store; another content is another question. */
  readonly id: string;
  /** @default true */
  readonly canBeBuilt?: boolean;
  /** Whether it is here already, made that way. */
  readonly stands: (way: Way) => boolean;
  /** What a release of it is downloaded from: each origin is asked for one small file. */
  readonly packages: readonly Package[];
  /** Whether images are pulled for it too. */
  readonly pullsImages: boolean;
}

export function bundleSubject(origin: Origin, arch: Arch = hostArch()): Subject {
  return {
    name: "Artifacts",
    id: digest(bundleKeys(origin, arch)),
    canBeBuilt: canBeBuilt(origin.kubernetes),
    stands: (way) => standingBundle(way, arch, origin) !== undefined,
    packages: [...programPackages(arch, origin), cranePackage(hostArch(), origin.mirrors)],
    pullsImages: true,
  };
}

/** Keys of the bundles between which a choice is made; a bundle that cannot be made is left out. */
function bundleKeys(origin: Origin, arch: Arch): string[] {
  const made = ways.filter((way) => way === "release" || canBeBuilt(origin.kubernetes));
  return made.map((way) => bundleKey(recipeFor(way, arch, origin)));
}

/** An answer that "auto" was once given. */
interface Answer {
  readonly way: Way;
  readonly at: string;
}

/** How long "release" holds before it stands: long enough for all that one `up` does, short enough for a train ride. */
const holds = 60 * 60 * 1000;

/**
 * The way, where it is known without asking the network or writing anything: chosen by the config, or answered before. An answer holds for
 * as long as what it led to stands, so that a lab that is up never becomes another one because the network has changed. "source" holds only
 * as long as what was built stands: asking once more takes seconds, building takes half an hour.
 */
export function knownWay(subject: Subject, choice: Choice, now = Date.now()): Way | undefined {
  if (choice.way !== "auto") return choice.way;
  if (subject.canBeBuilt === false) return "release";
  const answer = readAnswer(subject);
  if (answer !== undefined) {
    if (subject.stands(answer.way)) return answer.way;
    if (answer.way === "release" && now - Date.parse(answer.at) < holds) return answer.way;
  }
  return (["source", "release"] as const).find((way) => subject.stands(way));
}

/** What knownWay knows, as a decision. */
export function knownDecision(subject: Subject, choice: Choice): Decided | undefined {
  const way = knownWay(subject, choice);
  return way && decision(choice, way, subject);
}

/**
 * Settles the way, at the edge of a program that makes something: where nothing is known the origins are asked, which takes seconds, and one
 * line says what came of it.
 */
export async function decide(subject: Subject, choice: Choice, say = toStderr): Promise<Decided> {
  const known = knownWay(subject, choice);
  if (known !== undefined) {
    // The answer was read from what is in the store; keep it, so that it stays when the other way's output is put there too.
    const open = choice.way === "auto" && subject.canBeBuilt !== false;
    if (open && readAnswer(subject)?.way !== known) keepAnswer(subject, known);
    return decision(choice, known, subject);
  }
  const { whyNotRelease } = await import("./release/probe.ts");
  const reason = await whyNotRelease(subject, choice.mirrors);
  const way = reason === undefined ? "release" : "source";
  keepAnswer(subject, way);
  say(
    reason === undefined
      ? `${subject.name}: upstream's own releases, which can be reached`
      : `${subject.name}: built from source, because ${reason}; the config key artifacts chooses otherwise`,
  );
  return decision(choice, way, subject);
}

function decision({ way: asked, mirrors, kubernetes }: Choice, way: Way, subject: Subject): Decided {
  return { way, open: asked === "auto" && subject.canBeBuilt !== false, mirrors, kubernetes };
}

/**
 * Makes something by a decision. Where a release cannot be had after all, and the config has left the way open, it is built from source
 * instead, one line says why, and that is the answer from then on.
 */
export async function makeEitherWay<T>(
  subject: Subject,
  decided: Decided,
  make: (decided: Decided) => Promise<T>,
  say = toStderr,
): Promise<T> {
  try {
    return await make(decided);
  } catch (error) {
    const missing = Unavailable.in(error);
    if (decided.way !== "release" || missing === undefined) throw error;
    if (!decided.open) {
      const other = subject.canBeBuilt === false ? "" : "; artifacts: source builds it here";
      const words = error instanceof Error ? error.message : String(error);
      throw new Error(`${words}\nmirrors names other places to take it from${other}.`, { cause: error });
    }
    say(`${subject.name}: built from source after all: ${missing.reason}`);
    keepAnswer(subject, "source");
    return await make({ ...decided, way: "source" });
  }
}

/** Remembers which way was decided, in one step: two labs may ask at once. */
export function keepAnswer(subject: Subject, way: Way): void {
  writeWhole(answerFile(subject), `${JSON.stringify({ way, at: new Date().toISOString() } satisfies Answer)}\n`);
}

function readAnswer(subject: Subject): Answer | undefined {
  const file = answerFile(subject);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Answer) : undefined;
}

const answerFile = ({ id }: Subject): string => join(cacheRoot(), "auto", `${id}.json`);

/**
 * What is wrong with a version of Kubernetes that its makers do not publish; undefined where they do. An origin that does not answer has not
 * denied it, and a lab that is up needs no answer. Nothing is asked about a version that is pinned here, or stands.
 */
export async function whyNotPublished(origin: Origin): Promise<string | undefined> {
  const { kubernetes } = origin;
  if (canBeBuilt(kubernetes) || standingBundle("release", hostArch(), origin) !== undefined) return undefined;
  const sums = programPackages(hostArch(), origin)[0]?.downloads[0]?.sums ?? "";
  const { isPublished } = await import("./release/probe.ts");
  if (await isPublished(sums)) return undefined;
  return `kubernetesVersion "${kubernetes}" is not published: there is no ${sums}; write one that is, such as ${versions.kubernetes}`;
}
