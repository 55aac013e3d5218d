import { bytes } from "../../bundle/estimate.ts";
import { cacheRoot } from "../../bundle/store.ts";
import { type Judged, judge } from "../cache/judge.ts";
import { lookAround } from "../cache/look.ts";
import { remove } from "../cache/prune.ts";
import { Problem } from "../view/problem.ts";
import { columns, paint, say } from "../view/say.ts";

/** `./lab cache`: what is kept on this machine, and what for; `./lab cache prune`: what would go, and with --yes it goes. */
export async function cache(action: string | undefined, { yes = false }: { readonly yes?: boolean }): Promise<number> {
  if (action !== undefined && action !== "prune") {
    throw new Problem(`cache "${action}" is unknown; write ./lab cache or ./lab cache prune`, 2);
  }
  if (yes && action === undefined) throw new Problem("--yes belongs to ./lab cache prune", 2);
  const { kept, ground } = await lookAround();
  const judged = judge(kept, ground);
  if (!ground.looked) say("docker does not answer: its images are not seen, and nothing that a lab might need goes.");
  if (action === undefined) {
    process.stdout.write(`${render(judged, cacheRoot()).join("\n")}\n`);
    return 0;
  }
  const idle = judged.filter(({ reasons }) => reasons.length === 0);
  const lines = renderPrune(judged);
  if (!yes || idle.length === 0) {
    process.stdout.write(`${lines.join("\n")}\n`);
    return 0;
  }
  let freed = 0;
  let inUse = 0;
  // Bundles first: their files are links, and what they link to is given back with the last link.
  const order = idle.toSorted((a, b) => Number(b.place.startsWith("bundle/")) - Number(a.place.startsWith("bundle/")));
  for (const { place, bytes: size } of order) {
    const outcome = await remove(place, cacheRoot());
    if (outcome === "removed") freed += size;
    else inUse++;
    process.stdout.write(`${outcome}  ${place}\n`);
  }
  process.stdout.write(`About ${bytes(freed)} given back.\n`);
  if (inUse > 0) say(`${inUse} were taken into use meanwhile, and stay.`);
  return 0;
}

/** Pure, but for colour. */
export function render(judged: readonly Judged[], root: string): string[] {
  const total = judged.reduce((sum, one) => sum + one.bytes, 0);
  const idle = judged.filter(({ reasons }) => reasons.length === 0);
  const [head = "", ...rows] = columns([
    ["what", "size", "what for", "needed by"],
    ...bySize(judged).map((one) => [one.place, sizeOf(one), one.purpose, one.reasons.join(", ") || "nothing"]),
  ]);
  return [
    paint("bold", head),
    ...rows,
    `About ${bytes(total)} in ${root} and in the container engine.`,
    ...(idle.length === 0 ? [] : ["./lab cache prune shows what may go."]),
  ];
}

/** What a prune takes away. Pure. */
export function renderPrune(judged: readonly Judged[]): string[] {
  const idle = bySize(judged.filter(({ reasons }) => reasons.length === 0));
  if (idle.length === 0) return ["Nothing may go: everything is needed. ./lab cache shows what for."];
  const total = idle.reduce((sum, one) => sum + one.bytes, 0);
  return [
    ...columns(idle.map((one) => [one.place, sizeOf(one), one.purpose])),
    `No lab and no current version needs these; they would give back about ${bytes(total)}. ./lab cache prune --yes removes them.`,
  ];
}

const bySize = (judged: readonly Judged[]): Judged[] => judged.toSorted((a, b) => b.bytes - a.bytes);

/** Of a machine's volume nothing is known without a look into it. */
const sizeOf = ({ place, bytes: size }: Judged): string =>
  place.startsWith("volume/") && size === 0 ? "-" : bytes(size);
