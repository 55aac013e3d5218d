// Proves that up, verify and destroy that were killed at moments spread over each, whole or in one piece, converge when they are run again: one init,
// nothing twice, nothing foreign touched, no lock and no secret left. The engine's own daemon is not killed: others on the machine use it.
import { setTimeout as pause } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import {
  clone,
  held,
  inits,
  lab,
  lastWords,
  locksLeft,
  makeClone,
  placeBystanders,
  removeBystanders,
  secretsLeft,
  stack,
  sweepClone,
  start,
  underWay,
  whole,
} from "./clone.ts";
import { kill, type Piece, pieces } from "./kill.ts";
import { note, type Seen } from "./results.ts";

type Verb = "up" | "verify" | "destroy";

/** Of each verb; fewer where less time is at hand. */
const count = Number(process.env["PODNET_LIFE_MOMENTS"] ?? 20);
/** Parts of each verb's usual time, percent: those that PODNET_LIFE_AT names, or as many as there are to be, evenly spread. */
const parts =
  process.env["PODNET_LIFE_AT"]?.split(" ").map(Number) ??
  Array.from({ length: count }, (_, index) => (100 * (index + 0.5)) / count);
const all: readonly Verb[] = ["up", "verify", "destroy"];
/** Those that are killed; the others only make the ground for them. */
const chosen = all.filter((verb) => (process.env["PODNET_LIFE_VERBS"] ?? all.join(" ")).split(" ").includes(verb));
/** Three of five are the whole tree, which is what a crash, a reboot or a closed laptop comes to. */
const pieceOf = (index: number): Piece =>
  pieces.find((piece) => piece === process.env["PODNET_LIFE_PIECE"]) ??
  pieces[[0, 0, 1, 0, 2 + (Math.floor(index / 5) % 2)][index % 5] ?? 0] ??
  "the whole tree";

const usual: Record<Verb, number> = { up: 0, verify: 0, destroy: 0 };
let bystanders = (): string => "";
let before = "";

async function timed(t: ExecutionContext, verb: Verb): Promise<number> {
  const begun = Date.now();
  t.is(await lab(verb), 0, lastWords());
  return Date.now() - begun;
}

test.before("each verb's usual time", async (t) => {
  t.timeout(20 * 60_000);
  removeBystanders();
  sweepClone();
  makeClone();
  await lab("destroy");
  bystanders = placeBystanders();
  before = bystanders();
  for (const verb of all) if (verb !== "verify" || chosen.includes(verb)) usual[verb] = await timed(t, verb);
  t.log(usual);
});

test.after.always(async () => {
  await lab("destroy", "--remove");
  removeBystanders();
});

for (const [index, percent] of parts.entries()) {
  const piece = pieceOf(index);
  test.serial(
    `${chosen.join(", ")}: ${piece} killed at ${Math.round(percent)} % of each, converges when run again`,
    async (t) => {
      t.timeout(20 * 60_000);
      if (held().length > 0) await lab("destroy");
      for (const verb of chosen) {
        const seen = await interrupt(verb, percent, piece);
        if (seen === undefined) {
          t.log(`${verb}: nothing was killed, because it had ended, or there was no such piece at this moment`);
          t.is(verb === "up" ? await lab(verb) : 0, 0, lastWords());
          continue;
        }
        t.log(`${verb}: killed during ${seen.doing ?? ""}; the same again took ${seen.seconds} s`);
        note(seen);
        t.deepEqual(seen.problems, []);
      }
    },
  );
}

async function interrupt(verb: Verb, percent: number, piece: Piece): Promise<Seen | undefined> {
  const running = start(verb);
  let over = false;
  void running.ended.then(() => (over = true));
  await pause((usual[verb] * percent) / 100);
  const doing = underWay();
  if (over || !kill(running.pid, piece)) {
    await running.ended;
    return undefined;
  }
  await running.ended;
  const begun = Date.now();
  const code = await lab(verb);
  const seconds = Math.round((Date.now() - begun) / 100) / 10;
  const problems = [...(code === 0 ? [] : [`exit code ${code ?? "none"}: ${lastWords()}`]), ...wrong(verb)];
  return { kind: verb, what: piece, at: Math.round(percent), doing, seconds, problems };
}

/** What is not as it should be after the verb has ended. */
function wrong(verb: Verb): string[] {
  const expected = verb === "destroy" ? [] : whole;
  const there = held();
  const checks: readonly (readonly [boolean, string])[] = [
    [there.join(" ") === expected.join(" "), `the engine holds ${there.join(" ")}`],
    [verb === "destroy" || inits() === 1, "kubeadm init ran more than once"],
    [bystanders() === before, "something of another lab was touched"],
    [locksLeft().length === 0, `a lock is left in ${clone}: ${locksLeft().join(" ")}`],
    [secretsLeft().length === 0, `a secret is left: ${secretsLeft().join(" ")}`],
  ];
  return checks.filter(([holds]) => !holds).map(([, text]) => `${stack}: ${text}`);
}
