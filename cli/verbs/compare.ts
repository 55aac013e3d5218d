import { closeSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { BackendName } from "../../evidence/backends.ts";
import { type Comparison, figureOf, figures, type Measured, noiseOf, ways } from "../../evidence/comparison.ts";
import { plainJson } from "../../evidence/plain-text.ts";
import { inWords } from "../../report/comparison-words.ts";
import { renderComparisonPage } from "../../report/comparison.ts";
import { chosen, ownBackendOf, readNames, reasonsAgainst } from "../compare/choose.ts";
import { Interruption } from "../compare/interruption.ts";
import { type Effort, measure, nodesOf } from "../compare/measure.ts";
import { renderComparison } from "../compare/table.ts";
import { logsDir } from "../paths.ts";
import { configFor } from "../stack/config.ts";
import type { Results } from "../stack/results.ts";
import { prepareUpdates } from "../stack/update.ts";
import { type Run, withNodes, withOpenNodes } from "../trace/door.ts";
import { chooseLanguage } from "../view/language.ts";
import { Problem } from "../view/problem.ts";
import { say } from "../view/say.ts";
import { runSteps, type Step } from "../view/step.ts";
import { assets } from "./report.ts";

export interface CompareOptions {
  readonly stack: string;
  readonly rounds: number;
  readonly json?: boolean;
  /** en or zh. @default the reader's browser chooses */
  readonly lang?: string;
  /** The file to write. @default compare-STACK.html */
  readonly output?: string;
}

/** `./lab compare BACKEND...`: each on the same machines, one after the other, and then the lab is what it was. */
export async function compare(words: readonly string[], options: CompareOptions): Promise<void> {
  const { stack, rounds, json = false, lang, output } = options;
  const named = readNames(words);
  const language = lang === undefined ? undefined : chooseLanguage(lang);
  const comparison = await compareAll(stack, named, { rounds, pings: 1000, seconds: 2 });
  const file = resolve(output ?? `compare-${stack}.html`);
  writeFileSync(file, renderComparisonPage(comparison, { stack, language, ...assets() }));
  process.stdout.write(
    json ? `${plainJson(forPrograms(comparison))}\n` : `${renderComparison(comparison).join("\n")}\n`,
  );
  say(`The same as a page, with the packets beside each other: ${file}`);
}

/** What `--json` prints: the comparison with what its rounds come to, and the noise. */
export const forPrograms = (comparison: Comparison) => ({
  ...comparison,
  figures: comparison.measured.map((one) => ({
    backend: one.backend,
    ...Object.fromEntries(
      ways.map((way) => [way, Object.fromEntries(figures.map((figure) => [figure, figureOf(one, way, figure)]))]),
    ),
  })),
  noise: Object.fromEntries(
    ways.map((way) => [way, Object.fromEntries(figures.map((figure) => [figure, noiseOf(comparison, way, figure)]))]),
  ),
});

async function compareAll(stack: string, named: readonly BackendName[], effort: Effort): Promise<Comparison> {
  const { own, order } = await withNodes(stack, async (run, results) => {
    nodesOf(results);
    const now = await ownBackendOf(stack, run, results);
    return { own: now, order: chosen(named, now, await reasonsAgainst(stack, run, results)) };
  });
  mkdirSync(logsDir, { recursive: true });
  const log = join(logsDir, `compare-${stack}.log`);
  const file = openSync(log, "w");
  const watch = new Interruption(stack, own);
  try {
    const update = await prepareUpdates(stack, file);
    const carry = async (backend: BackendName): Promise<string> => {
      watch.switching = true;
      watch.away = true;
      const code = await update(configFor(stack, backend)).finally(() => (watch.switching = false));
      if (watch.seen) throw new Problem(watch.goOn(), 130);
      if (code !== 0) throw new Problem(`the lab does not come up with ${backend}; what pulumi said stands in ${log}`);
      watch.away = backend !== own;
      return await withNodes(stack, (_, results) => Promise.resolve(`${claimsIn(results)} claims hold`));
    };
    return await withSwitches({ stack, own, order, effort, carry, watch });
  } finally {
    watch.end();
    closeSync(file);
  }
}

interface Plan {
  readonly stack: string;
  readonly own: BackendName;
  readonly order: readonly [BackendName, ...BackendName[]];
  readonly effort: Effort;
  readonly carry: (backend: BackendName) => Promise<string>;
  readonly watch: Interruption;
}

async function withSwitches({ stack, own, order, effort, carry, watch }: Plan): Promise<Comparison> {
  const measured: Measured[] = [];
  let machines: Comparison["machines"] | undefined;
  const taken = (backend: BackendName): Step => ({
    title: `Measuring ${backend}`,
    run: () =>
      withOpenNodes(stack, nodesOf, async (run, results) => {
        await Promise.all(
          nodesOf(results).map((node) => run(node, "cluster/packages", { params: { PACKAGES: "iperf3" } })),
        );
        machines ??= await lookAt(run, results);
        const found = await measure(run, results, effort);
        measured.push(found);
        return inWords(found);
      }),
  });
  const switched = (backend: BackendName): Step => ({ title: `Switching to ${backend}`, run: () => carry(backend) });
  const again = order[0] === own;
  const steps: Step[] = [
    ...order.flatMap((backend) => [...(backend === own ? [] : [switched(backend)]), taken(backend)]),
    ...(order.some((backend) => backend !== own) ? [{ ...switched(own), title: `Back to ${own}` }] : []),
    ...(again ? [{ ...taken(own), title: `Measuring ${own} once more` }] : []),
  ];
  try {
    await runSteps(steps, steps.length);
  } catch (error) {
    if (watch.seen || !watch.away) throw error;
    say(`Going back to ${own}`);
    await carry(own).catch(() => say(watch.goOn()));
    throw error;
  }
  return {
    lab: stack,
    at: new Date().toISOString(),
    machines: machines!,
    measured: measured.slice(0, order.length),
    ...(again && { again: measured.at(-1)! }),
  };
}

const claimsIn = ({ scenarios = {} }: Results): number =>
  Object.values(scenarios).reduce((sum, { claims }) => sum + claims.length, 0);

async function lookAt(run: Run, results: Results): Promise<Comparison["machines"]> {
  const nodes = nodesOf(results);
  const all = await Promise.all(nodes.map((node) => run(node, "observe/processor", {})));
  return {
    nodes: nodes.length,
    kernels: new Set(all.map(({ boot }) => boot)).size,
    release: all[0]!.release,
    processors: all[0]!.processors,
  };
}
