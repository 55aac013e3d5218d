import { spawn } from "node:child_process";
import { elapsed } from "../../bundle/estimate.ts";
import { nearest } from "../../components/settings/nearest.ts";
import { nodeDir, pathWith } from "../stack/environment.ts";
import { checkout } from "../paths.ts";
import { Problem } from "../view/problem.ts";
import { paint, say } from "../view/say.ts";
import { cleanUpLive } from "../test/live.ts";
import { type Failure, recap, type Result } from "../test/recap.ts";
import { readTap } from "../test/tap.ts";
import { type Tier, tiers } from "../test/tiers.ts";

/** Set by the first signal: what runs is asked to end, what comes after it does not begin, and the machine is tidied all the same. */
const interruption = new AbortController();

/** `./lab test [TIER...]`: ends with one line, `N passed, N failed`, and before it with whatever failed, once more. */
export async function test(names: readonly string[] = []): Promise<number> {
  const chosen = choose(names);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => interruption.abort());
  let passed = 0;
  const failures: Failure[] = [];
  try {
    for (const tier of chosen) {
      if (interruption.signal.aborted) break;
      const result = await runTier(tier);
      passed += result.passed;
      failures.push(
        ...result.failures.map(({ name, lines }) => ({ name: [tier.name, name].filter(Boolean).join(" › "), lines })),
      );
    }
  } finally {
    await cleanUpLive().catch((error: unknown) => {
      say(`cleaning up failed: ${String(error)}`);
      failures.push({ name: "cleaning up", lines: [String(error)] });
    });
  }
  if (interruption.signal.aborted) failures.push({ name: "interrupted", lines: [] });
  process.stdout.write(`${recap(failures)}\n${passed} passed, ${failures.length} failed\n`);
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

/** A tier that cannot be run has failed: nothing is known of what it would have said. */
async function runTier(tier: Tier): Promise<Result> {
  const begun = Date.now();
  process.stdout.write(`\n${paint("bold", tier.name)}: ${tier.proves}\n`);
  let result: Result;
  try {
    const env = await tier.prepare?.();
    result = await runCommand(tier, { ...process.env, ...env });
  } catch (error) {
    const said =
      error instanceof Problem
        ? error.message
        : error instanceof Error
          ? (error.stack ?? error.message)
          : String(error);
    process.stdout.write(`${said}\n`);
    result = { passed: 0, failures: [{ name: "", lines: said.split("\n") }] };
  }
  const failed = result.failures.length;
  const verdict = failed === 0 ? paint("green", "passed") : paint("red", "FAILED");
  const sums = tier.kind === "ava" ? `, ${result.passed} passed, ${failed} failed` : "";
  process.stdout.write(`${tier.name} ${verdict} in ${elapsed(Date.now() - begun)}${sums}\n`);
  return result;
}

async function runCommand(tier: Tier, env: NodeJS.ProcessEnv): Promise<Result> {
  const [file = "", ...args] = tier.command();
  const child = spawn(file, args, {
    cwd: checkout,
    // The programs under node_modules/.bin look for `node` on PATH.
    env: { ...env, PATH: pathWith([nodeDir], env["PATH"]) },
    stdio: ["ignore", "pipe", tier.kind === "ava" ? "inherit" : "pipe"],
  });
  const stop = (): void => void child.kill("SIGTERM");
  interruption.signal.addEventListener("abort", stop);
  const reader =
    tier.kind === "ava"
      ? readTap((line) => process.stdout.write(`${line}\n`))
      : readCheck((text) => process.stdout.write(text));
  child.stdout?.on("data", reader.write);
  child.stderr?.on("data", reader.write);
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode) => resolve(exitCode ?? 1));
  }).finally(() => interruption.signal.removeEventListener("abort", stop));
  return reader.end(code);
}

/** A check counts once, by its exit code; why it failed is what it printed. */
function readCheck(print: (text: string) => void): { write: (chunk: Buffer) => void; end: (code: number) => Result } {
  let printed = "";
  return {
    write: (chunk) => {
      print(chunk.toString());
      printed += chunk.toString();
    },
    end: (code) =>
      code === 0
        ? { passed: 1, failures: [] }
        : { passed: 0, failures: [{ name: "", lines: printed.trimEnd().split("\n") }] },
  };
}
