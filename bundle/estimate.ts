/** Times, sizes, and what a cold build is about to do, in words. Pure. */
export interface PlannedStep {
  readonly name: string;
  readonly about: number;
  /** Whether `about` comes from what this machine took before. @default false */
  readonly learned?: boolean;
}

export function planText(what: string, steps: readonly PlannedStep[]): string {
  if (steps.length === 0) return `${what}: everything is there`;
  const total = steps.reduce((sum, step) => sum + step.about, 0);
  const width = Math.max(...steps.map((step) => step.name.length));
  const lines = steps.map((step) => `  ${step.name.padEnd(width)}  ${estimate(step.about)}`);
  const where = steps.every(({ learned }) => learned) ? "by what builds took here" : "on two cores";
  const count = steps.length === 1 ? "one step" : `${steps.length} steps`;
  return [`${what}: ${count}, about ${estimate(total)} ${where}, kept for the next time`, ...lines].join("\n");
}

/** Time that passed: 7.2 s, 42 s, 1 min 05 s. */
export function elapsed(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

/** Time something is likely to take. */
export function estimate(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return `${Math.round(seconds / 60)} min`;
}

export function bytes(count: number): string {
  return count < 1e6 ? `${Math.ceil(count / 1e3)} kB` : `${(count / 1e6).toFixed(count < 1e7 ? 1 : 0)} MB`;
}
