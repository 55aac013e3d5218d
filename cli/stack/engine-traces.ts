import { execa } from "execa";

export type Kind = "container" | "volume" | "network";
export interface Trace {
  readonly kind: Kind;
  readonly id: string;
  readonly name: string;
  readonly stack: string;
}

/** Everything the lab makes in the container engine carries it, with the stack's name as its value. */
const label = "pod-networking-lab.stack";
export const stackLabel = (stack: string): string => `${label}=${stack}`;

const lists: Readonly<Record<Kind, readonly string[]>> = {
  container: ["container", "ls", "--all", "--format", `{{.ID}} {{.Names}} {{.Label "${label}"}}`],
  volume: ["volume", "ls", "--format", `{{.Name}} {{.Name}} {{.Label "${label}"}}`],
  network: ["network", "ls", "--format", `{{.ID}} {{.Name}} {{.Label "${label}"}}`],
};
const removals: Readonly<Record<Kind, readonly string[]>> = {
  container: ["container", "rm", "--force", "--volumes"],
  volume: ["volume", "rm", "--force"],
  network: ["network", "rm"],
};
/** Volumes and networks can go once no container uses them. */
const order: readonly Kind[] = ["container", "volume", "network"];

/** What the engine holds of a stack. */
export async function findTraces(stack: string): Promise<Trace[]> {
  return (await allTraces()).filter((trace) => trace.stack === stack);
}

/** What the engine holds of any stack; nothing where there is no engine, for then there is nothing that could. */
export async function allTraces(): Promise<Trace[]> {
  const found: Trace[] = [];
  for (const kind of order) {
    const list = [...lists[kind], "--filter", `label=${label}`];
    const { stdout, exitCode } = await execa("docker", list, { reject: false, stdin: "ignore" });
    if (exitCode !== 0) return [];
    found.push(...parseTraces(kind, stdout));
  }
  return found;
}

export function parseTraces(kind: Kind, stdout: string): Trace[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [id = "", name = "", stack = ""] = line.split(" ");
      return { kind, id, name, stack };
    });
}

export async function removeTraces(traces: readonly Trace[]): Promise<void> {
  for (const kind of order) {
    const ids = traces.filter((trace) => trace.kind === kind).map(({ id }) => id);
    if (ids.length > 0) await execa("docker", [...removals[kind], ...ids], { reject: false, stdin: "ignore" });
  }
}

/** "2 containers, 1 network". Pure. */
export function countTraces(traces: readonly Trace[]): string {
  return order
    .map((kind) => ({ kind, count: traces.filter((trace) => trace.kind === kind).length }))
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => `${count} ${kind}${count === 1 ? "" : "s"}`)
    .join(", ");
}
