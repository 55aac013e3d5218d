import { spawn } from "node:child_process";
import { nearest } from "../../components/nearest.ts";
import { nodeDir, pathWith } from "./environment.ts";
import { checkout } from "./paths.ts";
import { Problem } from "./problem.ts";
import { duration, paint, say } from "./say.ts";
import { cleanUpLive } from "./test/live.ts";
import { type Counts, readTap } from "./test/tap.ts";
import { type Tier, tiers } from "./test/tiers.ts";

/** Set by the first signal: what runs is asked to end, what comes after it does not begin, and the machine is tidied all the same. */
const interruption = new AbortController();

/** `./lab test [TIER]`: ends with one line, `N passed, N failed`. */
export async function test(name?: string): Promise<number> {
  const chosen = choose(name);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => interruption.abort());
  const total = { passed: 0, failed: 0 };
  try {
    for (const tier of chosen) {
      if (interruption.signal.aborted) break;
      const counts = await runTier(tier);
      total.passed += counts.passed;
      total.failed += counts.failed;
    }
  } finally {
    await cleanUpLive().catch((error: unknown) => {
      total.failed++;
      say(`cleaning up failed: ${String(error)}`);
    });
  }
  if (interruption.signal.aborted) total.failed++;
  process.stdout.write(`\n${total.passed} passed, ${total.failed} failed\n`);
  return total.failed === 0 ? 0 : 1;
}

export function choose(name?: string): readonly Tier[] {
  if (name === undefined) return tiers.filter(({ onDemand }) => !onDemand);
  const chosen = tiers.filter((tier) => tier.name === name);
  if (chosen.length > 0) return chosen;
  const names = tiers.map((tier) => tier.name);
  const meant = nearest(name, names);
  throw new Problem(`no tier "${name}"; ${meant === undefined ? `the tiers are ${names.join(", ")}` : `did you mean ${meant}?`}`, 2);
}

/** A tier that cannot be run has failed: nothing is known of what it would have said. */
async function runTier(tier: Tier): Promise<Counts> {
  const begun = Date.now();
  process.stdout.write(`\n${paint("bold", tier.name)}: ${tier.proves}\n`);
  let counts: Counts;
  try {
    const env = await tier.prepare?.();
    counts = await runCommand(tier, { ...process.env, ...env });
  } catch (error) {
    process.stdout.write(`${error instanceof Problem ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    counts = { passed: 0, failed: 1 };
  }
  const verdict = counts.failed === 0 ? paint("green", "passed") : paint("red", "FAILED");
  const sums = tier.kind === "ava" ? `, ${counts.passed} passed, ${counts.failed} failed` : "";
  process.stdout.write(`${tier.name} ${verdict} in ${duration(Date.now() - begun)}${sums}\n`);
  return counts;
}

async function runCommand(tier: Tier, env: NodeJS.ProcessEnv): Promise<Counts> {
  const [file = "", ...args] = tier.command();
  const child = spawn(file, args, {
    cwd: checkout,
    // The programs under node_modules/.bin look for `node` on PATH.
    env: { ...env, PATH: pathWith([nodeDir], env["PATH"]) },
    stdio: ["ignore", tier.kind === "ava" ? "pipe" : "inherit", "inherit"],
  });
  const stop = (): void => void child.kill("SIGTERM");
  interruption.signal.addEventListener("abort", stop);
  const tap = readTap((line) => process.stdout.write(`${line}\n`));
  child.stdout?.on("data", tap.write);
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode) => resolve(exitCode ?? 1));
  }).finally(() => interruption.signal.removeEventListener("abort", stop));
  if (tier.kind === "check") return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  return judgeAva(tap.end(), code);
}

/** ava's own exit code counts too: it may crash after its last test, or find no test at all. Pure. */
export function judgeAva(counts: Counts, code: number): Counts {
  const silent = code !== 0 && counts.failed === 0;
  return silent ? { ...counts, failed: 1 } : counts;
}
