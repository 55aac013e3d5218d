import type { NeedsList } from "./needs.ts";

/** One thing that is kept: a folder of the cache, images of one key or a volume in the container engine. */
export interface Kept {
  /** "artifacts/ID", "bundle/KEY", "image/KEY", "volume/NAME", "checkpoint/STACK/NAME" of virtual machines, or the name of a folder that holds notes. */
  readonly place: string;
  readonly bytes: number;
  /** When it was made or last used. */
  readonly used: Date;
  /** A build that is at work on it holds its lock. */
  readonly locked: boolean;
  /** Machines that run from it, or whose it is. */
  readonly machines: readonly string[];
}

export interface Ground {
  readonly checkout: string;
  /** What the version in this checkout may need. */
  readonly own: ReadonlySet<string>;
  readonly lists: readonly NeedsList[];
  /** Labs that are on this machine: a lab's checkout is null where it is not known. */
  readonly labs: readonly { readonly stack: string; readonly checkout: string | null; readonly platform: string }[];
  /** The engine was asked: without its answer no lab is known to be absent. */
  readonly looked: boolean;
  readonly now: Date;
}

export interface Judged extends Kept {
  readonly purpose: string;
  /** What needs it, or why it stays all the same; empty for what may go. */
  readonly reasons: readonly string[];
}

const week = 7 * 24 * 3600 * 1000;

/** Says of each thing what it is for and what needs it. Pure. */
export function judge(kept: readonly Kept[], ground: Ground): Judged[] {
  const names = new Set([...ground.own].filter((place) => place.startsWith("artifacts/")).map(nameOf));
  return kept.map((one) => {
    const ofTests = one.place.startsWith("artifacts/") && !names.has(nameOf(one.place));
    return {
      ...one,
      purpose: ofTests ? "the tests of ./lab test" : purposeOf(one.place),
      reasons: reasonsFor(one, ofTests, ground),
    };
  });
}

function reasonsFor(one: Kept, ofTests: boolean, { checkout, own, lists, labs, looked, now }: Ground): string[] {
  const [kind = ""] = one.place.split("/");
  if (!["artifacts", "bundle", "image", "left", "volume", "checkpoint"].includes(kind)) return ["every lab"];
  const reasons = one.locked ? ["a build that is at work"] : [];
  if (kind === "left") return reasons;
  if (kind === "volume" || kind === "checkpoint") return [...reasons, ...one.machines];
  reasons.push(...one.machines);
  if (own.has(one.place)) reasons.push("this checkout's version");
  for (const list of lists) {
    if (list.checkout !== checkout && list.needs.includes(one.place)) reasons.push(`${list.checkout} (${list.stack})`);
    if (list.checkout === checkout && list.needs.includes(one.place)) reasons.push(`lab ${list.stack}`);
  }
  if (/^artifacts\/vm-disk-/.test(one.place) && labs.some(({ platform }) => platform === "vm")) {
    reasons.push("virtual machines, which start from it");
  }
  if (ofTests && now.getTime() - one.used.getTime() < week) reasons.push("tests, which used it within a week");
  // An image takes half a minute to make again, and docker refuses to remove one that a machine was made from.
  if (reasons.length > 0 || kind === "image") return [...new Set(reasons)];
  if (!looked) return ["perhaps a lab: docker does not answer"];
  // A lab of a version that kept no list may need anything to be updated or destroyed with.
  const [first, ...more] = labs.filter((lab) => lab.checkout !== checkout && !lists.some((list) => isOf(list, lab)));
  if (first === undefined) return [];
  const others = more.length === 0 ? "" : `, and ${more.length} more lab${more.length === 1 ? "" : "s"}`;
  return [`perhaps lab ${first.stack} of ${first.checkout ?? "an unknown checkout"}${others}`];
}

const isOf = (list: NeedsList, lab: Ground["labs"][number]): boolean =>
  list.checkout === lab.checkout && list.stack === lab.stack;

/** "artifacts/image-etcd-amd64-0123456789abcdef" is image-etcd. */
const nameOf = (place: string): string => place.replace(/^artifacts\//, "").replace(/-(amd64|arm64)-[0-9a-f]{16}$/, "");

function purposeOf(place: string): string {
  const name = nameOf(place);
  if (place.startsWith("image/")) return "machine images in the container engine";
  if (/^(volume\/podnet-.*-checkpoint-|checkpoint\/)/.test(place)) return "a checkpoint of a lab";
  if (place.startsWith("volume/")) return "a machine's own data in the container engine";
  if (place.startsWith("bundle/")) return "what machines are given, as links to the artifacts";
  if (place.startsWith("left/")) return "nothing: an interrupted build left it";
  if (/^(release-)?pulumi/.test(name)) return "Pulumi and its plugins";
  if (name.startsWith("vm-")) return "disks of virtual machines";
  if (/image-/.test(name)) return "a container image";
  if (place.startsWith("artifacts/")) return "programs and packages of the machines";
  return notes[place] ?? "notes of the lab";
}

const notes: Readonly<Record<string, string>> = {
  node: "Node.js, where the machine has none",
  logs: "logs of builds",
  needs: "what each checkout's labs need",
  auto: "whether releases could be reached",
  engine: "the container engine that the lab started",
};
