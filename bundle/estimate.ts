/** What a cold build is about to do, in words. Pure. */
export type PlannedStep = { readonly name: string; readonly about: number };

export function planText(what: string, steps: readonly PlannedStep[]): string {
  if (steps.length === 0) return `${what}: everything is there`;
  const total = steps.reduce((sum, step) => sum + step.about, 0);
  const width = Math.max(...steps.map((step) => step.name.length));
  const lines = steps.map((step) => `  ${step.name.padEnd(width)}  ${duration(step.about)}`);
  const count = steps.length === 1 ? "one step" : `${steps.length} steps`;
  return [`${what}: ${count}, about ${duration(total)} on two cores, kept for the next time`, ...lines].join("\n");
}

/** Time that passed, to the second. */
export function elapsed(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Time something is likely to take. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return `${Math.round(seconds / 60)} min`;
}

export function bytes(count: number): string {
  return count < 1e6 ? `${Math.ceil(count / 1e3)} kB` : `${(count / 1e6).toFixed(count < 1e7 ? 1 : 0)} MB`;
}
