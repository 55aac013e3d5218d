// Measures, on warm caches and in one run, the straight-line script, then up, an update with nothing to do, and destroy of the same lab.
// Usage: npm run bench -- [kind] [RUNS] [--phases] [--before] [--workers N] [--small]. It prints times and ratios; it judges nothing.
//   kind       also kind's own cluster with the same pods, alternating with the others
//   --phases   also when each step began and ended, as a table and as bench-phases.svg
//   --before   also the script as it was before the cluster was made faster
//   --small    one worker and one run: that everything here works
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { timeKind } from "./kind.ts";
import { ensureEngine } from "../../platforms/local/engine.ts";
import { type BenchLab, image, type Measured, openBench, pulumi, straightLine, sweep } from "./measure.ts";
import { criticalPath, phaseSvg, phaseTable } from "./phases.ts";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    phases: { type: "boolean", default: false },
    before: { type: "boolean", default: false },
    small: { type: "boolean", default: false },
    workers: { type: "string", default: "2" },
  },
});
const withKind = positionals.includes("kind");
const [asked = options.small ? "1" : withKind || options.phases ? "3" : "1"] = positionals.filter(
  (word) => word !== "kind",
);
const whole = (what: string, text: string): number => {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new Error(`${what} "${text}" is not a whole number above 0; write 1 or more`);
};
const runs = whole("RUNS", asked);
const lab: BenchLab = {
  stackName: "bench",
  cidr: "172.28.58.0/24",
  portBase: 32410,
  workers: options.small ? 1 : whole("--workers", options.workers),
};

type What = "script before" | "script" | "kind" | "up" | "up, nothing to do" | "destroy";
// What a first `./lab up` makes is made before anything is timed, and kind needs the engine as well.
await ensureEngine();
await image();
const rows: Partial<Record<What, Measured>>[] = [];
const stack = await openBench(lab);
try {
  for (let run = 0; run < runs; run++) {
    rows.push({
      ...(withKind && { kind: await timeKind() }),
      ...(options.before && { "script before": await straightLine(lab, "straight-line-before") }),
      script: await straightLine(lab, "straight-line"),
      up: await pulumi(stack, "pulumi up", "up"),
      "up, nothing to do": await pulumi(stack, "pulumi up, nothing to do", "up"),
      destroy: await pulumi(stack, "pulumi destroy", "destroy"),
    });
  }
} finally {
  await stack.destroy();
  await stack.workspace.removeStack(lab.stackName);
  await sweep(lab);
}

const middle = <T>(values: readonly T[], by: (value: T) => number): T | undefined =>
  [...values].sort((a, b) => by(a) - by(b))[Math.floor(values.length / 2)];
/** The run with the median time. */
const median = (what: What): Measured | undefined =>
  middle(
    rows.flatMap((row) => row[what] ?? []),
    ({ seconds }) => seconds,
  );
const script = median("script")?.seconds ?? Number.NaN;
const line = (what: What): string[] => {
  const row = median(what);
  if (row === undefined) return [];
  const ratio = (row.seconds / script).toFixed(2);
  return [`| ${what} | ${row.seconds.toFixed(1)} | ${ratio} | ${row.busy.toFixed(1)} | ${row.idle.toFixed(1)} |`];
};
console.log(
  [
    `| median of ${runs} | seconds | to the script | processor seconds | idle |`,
    "| --- | --- | --- | --- | --- |",
    ...(["kind", "script before", "script", "up", "up, nothing to do", "destroy"] as const).flatMap(line),
  ].join("\n"),
);
if (options.phases) {
  const shown = { script: median("script")?.spans ?? [], "pulumi up": median("up")?.spans ?? [] };
  const chain = (name: keyof typeof shown): string =>
    `Waited for, ${name}: ${criticalPath(shown[name])
      .map(({ lane, step, from, to }) => `${step} on ${lane} (${(to - from).toFixed(1)} s)`)
      .join(", ")}`;
  console.log(["", phaseTable(shown), "", chain("script"), chain("pulumi up")].join("\n"));
  writeFileSync("bench-phases.svg", phaseSvg(shown));
}
