import { createHash } from "node:crypto";
import type { Mirrors } from "./mirrors.ts";
import type { Arch } from "./versions.ts";

/** What a recipe is given while it builds. */
export interface BuildContext {
  /** Put the output here, plain files only. It becomes the artifact when `build` returns. */
  readonly out: string;
  /** An empty directory for everything else; removed afterwards. */
  readonly scratch: string;
  /** Says in a few words what is being done. */
  readonly note: Note;
  /** Runs a program, its output going to the step's log; a failure is an error. */
  readonly run: Run;
  /** The directory of something this recipe `needs`. */
  readonly dirOf: (artifact: Artifact) => string;
  /** Where else to take from. */
  readonly mirrors: Mirrors;
}

/** `often` is for what changes all the time: a terminal shows it at once, a log with the next line that is due. */
export type Note = (what: string, often?: boolean) => void;

export type Run = (
  file: string,
  args: readonly string[],
  options?: {
    readonly cwd?: string;
    readonly env?: Readonly<Record<string, string>>;
    /** Told what the program says on standard error, line by line. */
    readonly onLine?: (line: string) => void;
    /** Goes on when the step is ended because another has failed: a package manager in the middle of its work. @default false */
    readonly toItsEnd?: boolean;
  },
) => Promise<void>;

/** One thing that can be built. Its key is a digest of all that decides its content, so a key names one content for ever. */
export interface Artifact {
  readonly name: string;
  readonly arch: Arch;
  /** Seconds a cold build takes on two cores. */
  readonly about: number;
  /** Whatever decides the content: versions, flags, the text of the recipe. JSON. */
  readonly inputs: unknown;
  /** What must stand before this one can be built; their keys are part of this one's. */
  readonly needs: readonly Artifact[];
  readonly build: (context: BuildContext) => Promise<void>;
}

function keyOf(artifact: Artifact): string {
  const known = keys.get(artifact);
  if (known !== undefined) return known;
  const { name, arch, inputs, needs } = artifact;
  const key = digest({ name, arch, inputs, needs: needs.map(idOf) });
  keys.set(artifact, key);
  return key;
}

/** An artifact that many others need would be digested once for each of them, and its inputs hold whole files. */
const keys = new WeakMap<Artifact, string>();

/** The artifact's directory name in the store. */
export function idOf(artifact: Artifact): string {
  return `${artifact.name}-${artifact.arch}-${keyOf(artifact)}`;
}

/** Names a value, of JSON, by its content. */
export function digest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);
}

/** The artifacts and all they need, each once, every one after what it needs. */
export function inOrder(artifacts: readonly Artifact[]): Artifact[] {
  const seen = new Map<string, Artifact>();
  const visit = (artifact: Artifact): void => {
    if (seen.has(idOf(artifact))) return;
    artifact.needs.forEach(visit);
    seen.set(idOf(artifact), artifact);
  };
  artifacts.forEach(visit);
  return [...seen.values()];
}
