import { execa } from "execa";
import { plainText } from "../../evidence/plain-text.ts";

export type Kind = "container" | "volume" | "network";
export interface Held {
  readonly kind: Kind;
  readonly id: string;
  readonly name: string;
  /** Name of the stack that the lab was made as. */
  readonly stack: string;
  /** The lab's own id; empty for a lab of a version that had none, and so is the checkout then. */
  readonly lab: string;
  readonly checkout: string;
  /** Of a container, as docker says it: running, exited, paused. */
  readonly state: string;
}

export interface Look {
  /** Whether the engine was asked; where there is no docker at all there is nothing that could hold anything. */
  readonly looked: boolean;
  readonly held: readonly Held[];
}

/** Everything that the lab makes in the container engine carries these, as platforms/local/lib.sh has them. */
export const labels = {
  lab: "pod-networking-lab.id",
  stack: "pod-networking-lab.stack",
  checkout: "pod-networking-lab.checkout",
} as const;

const fields = (id: string, name: string, state: string): string =>
  [id, name, ...[labels.lab, labels.stack, labels.checkout].map((label) => `{{.Label "${label}"}}`), state].join("\t");
const lists: Readonly<Record<Kind, readonly string[]>> = {
  container: ["container", "ls", "--all", "--format", fields("{{.ID}}", "{{.Names}}", "{{.State}}")],
  volume: ["volume", "ls", "--format", fields("{{.Name}}", "{{.Name}}", "")],
  network: ["network", "ls", "--format", fields("{{.ID}}", "{{.Name}}", "")],
};
const removals: Readonly<Record<Kind, readonly string[]>> = {
  container: ["container", "rm", "--force", "--volumes"],
  volume: ["volume", "rm", "--force"],
  network: ["network", "rm"],
};
/** Volumes and networks can go once no container uses them. */
const order: readonly Kind[] = ["container", "volume", "network"];

/** What the engine holds of any lab, whichever checkout made it. */
export async function lookInEngine(): Promise<Look> {
  const held: Held[] = [];
  for (const kind of order) {
    const list = [...lists[kind], "--filter", `label=${labels.stack}`];
    const { stdout, exitCode, code } = await execa("docker", list, { reject: false, stdin: "ignore", timeout: 20_000 });
    if (code === "ENOENT") return { looked: true, held: [] };
    if (exitCode !== 0) return { looked: false, held: [] };
    held.push(...parseHeld(kind, stdout ?? ""));
  }
  return { looked: true, held: withOwners(await Promise.all(held.map(withMark))) };
}

/**
 * A volume or network of a version without ids belongs to the lab of the machine that goes with its name, and what tells no checkout to that
 * of the others of its lab. Pure.
 */
export function withOwners(held: readonly Held[]): Held[] {
  const machines = held.filter(({ kind }) => kind === "container");
  const labOf = ({ kind, lab, stack, name }: Held): string => {
    if (kind === "container" || lab !== "") return lab;
    const goesWith = (machine: Held): boolean => name === `${machine.name}-var` || name === `podnet-${stack}`;
    return machines.find((machine) => machine.stack === stack && goesWith(machine))?.lab ?? "";
  };
  const checkoutOf = (lab: string): string =>
    held.find((one) => lab !== "" && one.lab === lab && one.checkout !== "")?.checkout ?? "";
  return held.map((thing) => {
    const lab = labOf(thing);
    return { ...thing, lab, checkout: thing.checkout || checkoutOf(lab) };
  });
}

/** A machine of a version without ids that a lab has taken over has that lab's id inside. */
async function withMark(thing: Held): Promise<Held> {
  if (thing.kind !== "container" || thing.lab !== "") return thing;
  const { stdout, exitCode } = await execa("docker", ["cp", `${thing.name}:/etc/podnet/lab`, "-"], {
    reject: false,
    stdin: "ignore",
    timeout: 20_000,
  }).pipe("tar", ["-xO"], { reject: false });
  return exitCode === 0 ? { ...thing, lab: (stdout ?? "").trim() } : thing;
}

export function parseHeld(kind: Kind, stdout: string): Held[] {
  // Whoever may use the engine may label something as he likes.
  return plainText(stdout)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [id = "", name = "", lab = "", stack = "", checkout = "", state = ""] = line.split("\t");
      return { kind, id, name, stack, lab, checkout, state };
    });
}

export async function removeHeld(held: readonly Held[]): Promise<void> {
  for (const kind of order) {
    const ids = held.filter((thing) => thing.kind === kind).map(({ id }) => id);
    if (ids.length > 0) await execa("docker", [...removals[kind], ...ids], { reject: false, stdin: "ignore" });
  }
}

/** What a user would type to remove them. Pure. */
export function removalOf(held: readonly Held[]): string {
  return order
    .map((kind) => ({ kind, names: held.filter((thing) => thing.kind === kind).map(({ name }) => name) }))
    .filter(({ names }) => names.length > 0)
    .map(({ kind, names }) => ["docker", ...removals[kind], ...names].join(" "))
    .join("; ");
}

/** "2 containers, 1 network". Pure. */
export function countHeld(held: readonly Held[]): string {
  return order
    .map((kind) => ({ kind, count: held.filter((thing) => thing.kind === kind).length }))
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => `${count} ${kind}${count === 1 ? "" : "s"}`)
    .join(", ");
}
