// Proves that up, verify and destroy that were killed at moments spread over each, whole or in one piece, converge when they are run again: one init,
// nothing twice, nothing foreign touched, no lock, no plugin and no secret left. The engine's own daemon is not killed: others on the machine use it.
import { setTimeout as pause } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import {
  held,
  inits,
  lab,
  lastWords,
  left,
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
  pieces[[0, 2 + (Math.floor(index / 5) % 2), 1, 0, 0][index % 5] ?? 0] ??
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
      // What the first verb begins from; a lab that is only looked at again serves all moments.
      const [first] = chosen;
      if (first === "up" && held().length > 0) await lab("destroy");
      if (first !== "up" && held().length === 0) t.is(await lab("up"), 0, lastWords());
      for (const verb of chosen) {
        // A destroy opens no SSH connection.
        const fits = verb === "destroy" && piece === "an SSH connection" ? "a plugin" : piece;
        let seen = await interrupt(verb, percent, fits);
        for (let again = 0; seen === undefined && again < 2; again++) {
          t.log(`${verb}: it had ended before anything was killed; once more, by the time that it has taken now`);
          if (verb !== "verify") t.is(await lab(verb === "up" ? "destroy" : "up"), 0, lastWords());
          seen = await interrupt(verb, percent, fits);
        }
        if (seen === undefined) {
          t.fail(`${verb} ended before ${fits} was killed, three times`);
          continue;
        }
        t.log(`${verb}: killed during ${seen.doing ?? ""}; the same again took ${seen.seconds} s`);
        note(seen);
        t.deepEqual(seen.problems, []);
      }
    },
  );
}

/** A piece that is not there at its moment is waited for. @returns undefined where the verb has ended before */
async function interrupt(verb: Verb, percent: number, piece: Piece): Promise<Seen | undefined> {
  const started = Date.now();
  const running = start(verb);
  let over = false;
  void running.ended.then(() => (over = true));
  await pause((usual[verb] * percent) / 100);
  let doing = underWay();
  while (!over && !kill(running.pid, piece)) {
    await pause(50);
    doing = underWay();
  }
  // Of one that was killed late it cannot be known whether it would have gone on.
  if (over) {
    usual[verb] = Date.now() - started;
    return undefined;
  }
  const at = Math.round((100 * (Date.now() - started)) / usual[verb]);
  await running.ended;
  const begun = Date.now();
  const code = await lab(verb);
  const seconds = Math.round((Date.now() - begun) / 100) / 10;
  const problems = [...(code === 0 ? [] : [`exit code ${code ?? "none"}: ${lastWords()}`]), ...wrong(verb)];
  // On a busy machine one can still be at work after its usual time.
  return { kind: verb, what: piece, at: Math.min(99, Math.max(at, Math.round(percent))), doing, seconds, problems };
}

/** What is not as it should be after the verb has ended. */
function wrong(verb: Verb): string[] {
  const expected = verb === "destroy" ? [] : whole;
  const there = held();
  const checks: readonly (readonly [boolean, string])[] = [
    [there.join(" ") === expected.join(" "), `the engine holds ${there.join(" ")}`],
    [verb === "destroy" || inits() === 1, "kubeadm init ran more than once"],
    [bystanders() === before, "something of another lab was touched"],
    [left().length === 0, `there is still ${left().join(", ")}`],
    [secretsLeft().length === 0, `a secret is left: ${secretsLeft().join(" ")}`],
  ];
  return checks.filter(([holds]) => !holds).map(([, text]) => `${stack}: ${text}`);
}
