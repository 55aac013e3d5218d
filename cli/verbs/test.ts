import { elapsed } from "../../bundle/estimate.ts";
import { nearest } from "../../components/settings/nearest.ts";
import { Problem } from "../view/problem.ts";
import { paint, say } from "../view/say.ts";
import { cleanUpLive } from "../test/live.ts";
import { type Failure, recap, type Result, slowest, type Timed } from "../test/recap.ts";
import { runCommand } from "../test/running.ts";
import { readTap, type TapReader } from "../test/tap.ts";
import { type Tier, tiers, usual } from "../test/tiers.ts";

/** Set by the first signal: what runs is asked to end, what comes after it does not begin, and the machine is tidied all the same. */
const interruption = new AbortController();

/** `./lab test [TIER...]`: ends with one line, `N passed, N failed`, and before it with the slowest tests and whatever failed, once more. */
export async function test(names: readonly string[] = []): Promise<number> {
  const chosen = choose(names);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => interruption.abort());
  let passed = 0;
  const failures: Failure[] = [];
  const slow: Timed[] = [];
  try {
    const checks = await beginChecks(chosen);
    for (const tier of chosen) {
      if (interruption.signal.aborted) break;
      const result = await tellTier(tier, checks.get(tier));
      passed += result.passed;
      const named = (name: string): string => [tier.name, name].filter(Boolean).join(" › ");
      failures.push(...result.failures.map(({ name, lines }) => ({ name: named(name), lines })));
      slow.push(...result.slow.map((test) => ({ ...test, name: named(test.name) })));
    }
  } finally {
    await cleanUpLive().catch((error: unknown) => {
      say(`cleaning up failed: ${String(error)}`);
      failures.push({ name: "cleaning up", lines: [String(error)] });
    });
  }
  if (interruption.signal.aborted) failures.push({ name: "interrupted", lines: [] });
  process.stdout.write(`${slowest(slow)}${recap(failures)}\n${passed} passed, ${failures.length} failed\n`);
  return failures.length === 0 ? 0 : 1;
}

/** In the tiers' own order, however they were named. @throws Problem for a name that no tier has */
export function choose(names: readonly string[] = []): readonly Tier[] {
  if (names.length === 0) return tiers.filter(({ onDemand }) => !onDemand);
  const known = tiers.map((tier) => tier.name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return tiers.filter((tier) => names.includes(tier.name));
  const meant = nearest(unknown, known);
  throw new Problem(
    `no tier "${unknown}"; ${meant === undefined ? `the tiers are ${known.join(", ")}` : `did you mean ${meant}?`}`,
    2,
  );
}

interface Outcome {
  readonly result: Result;
  readonly milliseconds: number;
}

/** Checks take one core each and say nothing until they end: all of them begin at once, and each is told in its turn. */
async function beginChecks(chosen: readonly Tier[]): Promise<ReadonlyMap<Tier, () => Promise<Outcome>>> {
  const begun = new Map<Tier, () => Promise<Outcome>>();
  for (const tier of chosen.filter(({ kind }) => kind === "check")) {
    let printed = "";
    // What one needs another may need too: it is made once, and not by two at a time.
    const env = await prepare(tier);
    const outcome = runTier(tier, env, (text) => (printed += text));
    begun.set(tier, async () => {
      const ended = await outcome;
      process.stdout.write(printed);
      return ended;
    });
  }
  return begun;
}

const shown = (text: string): void => void process.stdout.write(text);

async function tellTier(tier: Tier, begun: (() => Promise<Outcome>) | undefined): Promise<Result> {
  shown(`\n${paint("bold", tier.name)}: ${tier.proves}\n`);
  const { result, milliseconds } = await (begun?.() ?? prepare(tier).then((env) => runTier(tier, env, shown)));
  const failed = result.failures.length;
  const verdict = failed === 0 ? paint("green", "passed") : paint("red", "FAILED");
  const sums = tier.kind === "ava" ? `, ${result.passed} passed, ${failed} failed` : "";
  shown(`${tier.name} ${verdict} in ${elapsed(milliseconds)}${sums}\n`);
  return result;
}

/** What to add to the environment; or why the tier cannot be run. */
async function prepare(tier: Tier): Promise<NodeJS.ProcessEnv | Error> {
  try {
    return (await tier.prepare?.()) ?? {};
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** A tier that cannot be run has failed: nothing is known of what it would have said. */
async function runTier(tier: Tier, env: NodeJS.ProcessEnv | Error, print: (text: string) => void): Promise<Outcome> {
  const begun = Date.now();
  const unable = (error: Error): Result => {
    const said = error instanceof Problem ? error.message : (error.stack ?? error.message);
    print(`${said}\n`);
    return { passed: 0, failures: [{ name: "", lines: said.split("\n") }], slow: [] };
  };
  const result =
    env instanceof Error
      ? unable(env)
      : await runTests(tier, env, print).catch((error: unknown) =>
          unable(error instanceof Error ? error : new Error(String(error))),
        );
  return { result, milliseconds: Date.now() - begun };
}

async function runTests(tier: Tier, env: NodeJS.ProcessEnv, print: (text: string) => void): Promise<Result> {
  const ava = tier.kind === "ava";
  const reader = ava ? readTap((line) => print(`${line}\n`), { inTurn: tier.inTurn ?? false }) : readCheck(print);
  const { code, why } = await runCommand(tier.command(), {
    ...(tier.limits ?? usual),
    env: { ...process.env, ...env },
    passErrors: ava,
    read: reader.write,
    signal: interruption.signal,
  });
  if (why !== undefined) print(`${why}\n`);
  return reader.end(code, why);
}

/** A check counts once, by its exit code; why it failed is what it printed. */
function readCheck(print: (text: string) => void): TapReader {
  let printed = "";
  return {
    write: (chunk) => {
      print(chunk.toString());
      printed += chunk.toString();
    },
    end: (code, ended) =>
      code === 0 && ended === undefined
        ? { passed: 1, failures: [], slow: [] }
        : { passed: 0, failures: [{ name: "", lines: [...printed.trimEnd().split("\n"), ended ?? ""] }], slow: [] },
  };
}
