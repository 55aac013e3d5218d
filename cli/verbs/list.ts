import { bytes } from "../../bundle/estimate.ts";
import { plainJson } from "../../evidence/plain-text.ts";
import { type VmLab, vmLabs } from "../../platforms/vm/state.ts";
import { checkout as here } from "../paths.ts";
import { isCheckpoint, sizesOfCheckpoints } from "../stack/checkpoints.ts";
import { type Look, lookInEngine } from "../stack/in-engine.ts";
import { knownStacks, type LabState, readLabState } from "../stack/lab-state.ts";
import { isElsewhere, platformOf } from "../stack/config.ts";
import { columns, paint, say } from "../view/say.ts";

export interface Lab {
  readonly stack: string;
  /** null: of a version that had no ids, or not recorded yet. */
  readonly id: string | null;
  /** null: not known. */
  readonly checkout: string | null;
  readonly platform: string;
  readonly machines: readonly { readonly name: string; readonly state: string }[];
  /** Moments that can be gone back to. @default none */
  readonly checkpoints?: readonly {
    readonly name: string;
    /** Absent where nothing could look into it, as where the lab has no machine any more. */
    readonly bytes?: number;
  }[];
  /** "elsewhere": the machines are on other computers and were not asked; "unknown": docker does not answer. */
  readonly state: "running" | "paused" | "stopped" | "partly" | "gone" | "elsewhere" | "unknown";
}

/** What this checkout's own state knows of a lab. */
export interface Known extends LabState {
  readonly stack: string;
  readonly platform: string;
}

/** `./lab list`: every lab on this machine, whichever checkout made it. */
export async function list({ json = false }: { readonly json?: boolean }): Promise<void> {
  const look = await lookInEngine();
  const known = knownStacks().flatMap((stack): Known[] => {
    const state = readLabState(stack);
    return state === undefined || state.resources === 0 ? [] : [{ ...state, stack, platform: platformOf(stack) }];
  });
  const labs = labsOf(look, vmLabs(), known, here, await sizesOfCheckpoints(look.held));
  if (json) {
    process.stdout.write(`${plainJson(labs)}\n`);
    return;
  }
  if (!look.looked) say("docker does not answer: labs of other checkouts in it are not seen.");
  process.stdout.write(`${render(labs, here).join("\n")}\n`);
}

/** Puts together what the engine, the VMs' folders and this checkout's state say; `sizes` are those of volumes. Pure. */
export function labsOf(
  look: Look,
  vms: readonly VmLab[],
  known: readonly Known[],
  checkout: string,
  sizes: ReadonlyMap<string, number> = new Map(),
): Lab[] {
  const labs: Lab[] = [];
  const seen = new Set<Known>();
  /** A renamed stack is told by its id; a lab without one by its name, where it is this checkout's. */
  const knownAs = (id: string, stack: string): Known | undefined => {
    const found = known.find((one) => (id === "" ? one.id === undefined && one.stack === stack : one.id === id));
    if (found !== undefined) seen.add(found);
    return found;
  };
  const groups = Map.groupBy(look.held, ({ lab, stack }) => `${lab}\t${stack}`);
  for (const [key, held] of groups) {
    const [id = "", born = ""] = key.split("\t");
    const own = knownAs(id, born);
    const machines = held
      .filter(({ kind }) => kind === "container")
      .map(({ name, state }) => ({ name: name.slice(`podnet-${born}-`.length), state }));
    const checkpoints = held.filter(isCheckpoint).map(({ name }) => {
      const size = sizes.get(name);
      return { name: name.slice(`podnet-${born}-checkpoint-`.length), ...(size !== undefined && { bytes: size }) };
    });
    labs.push({
      stack: own?.stack ?? born,
      id: id || null,
      checkout: own === undefined ? (held.find((one) => one.checkout !== "")?.checkout ?? null) : checkout,
      platform: "local",
      machines,
      ...(checkpoints.length > 0 && { checkpoints }),
      state: stateOf(machines),
    });
  }
  for (const vm of vms) {
    const own = knownAs(vm.id ?? "", vm.stack);
    const machines = vm.machines.map(({ name, running, frozen }) => ({
      name,
      state: !running ? "stopped" : frozen ? "paused" : "running",
    }));
    labs.push({
      stack: own?.stack ?? vm.stack,
      id: vm.id ?? null,
      checkout: own === undefined ? (vm.checkout ?? null) : checkout,
      platform: "vm",
      machines,
      ...(vm.checkpoints && { checkpoints: vm.checkpoints }),
      state: stateOf(machines),
    });
  }
  // A lab that was refused before it made anything, as a second clone's of one name is, never was one.
  for (const one of known.filter((lab) => !seen.has(lab) && lab.made)) {
    const state = isElsewhere(one.platform) ? "elsewhere" : look.looked || one.platform === "vm" ? "gone" : "unknown";
    const names = one.nodes.length > 0 ? one.nodes : one.hosts;
    labs.push({
      stack: one.stack,
      id: one.id ?? null,
      checkout,
      platform: one.platform,
      machines: names.map((name) => ({ name, state })),
      state,
    });
  }
  return labs
    .map(inOrder)
    .toSorted((a, b) => a.stack.localeCompare(b.stack) || (a.checkout ?? "").localeCompare(b.checkout ?? ""));
}

/** The engine lists the latest first. */
const inOrder = (lab: Lab): Lab => ({
  ...lab,
  machines: lab.machines.toSorted((a, b) => a.name.localeCompare(b.name, "en", { numeric: true })),
});

function stateOf(machines: Lab["machines"]): Lab["state"] {
  if (machines.length === 0) return "gone";
  for (const state of ["running", "paused"] as const) if (machines.every((one) => one.state === state)) return state;
  return machines.some(({ state }) => state === "running") ? "partly" : "stopped";
}

/** One lab a line. Pure, but for colour. */
export function render(labs: readonly Lab[], checkout: string): string[] {
  if (labs.length === 0) return ["There is no lab on this machine; ./lab up makes one."];
  const [head = "", ...rows] = columns([
    ["stack", "platform", "state", "machines", "checkout"],
    ...labs.map((lab) => [lab.stack, lab.platform, lab.state, machinesOf(lab), where(lab, checkout)]),
  ]);
  const kept = labs.flatMap(({ stack, checkpoints = [] }) =>
    checkpoints.length === 0 ? [] : [`Checkpoints of "${stack}": ${checkpoints.map(shown).join(", ")}`],
  );
  return [paint("bold", head), ...rows, ...kept];
}

const shown = ({ name, bytes: size }: NonNullable<Lab["checkpoints"]>[number]): string =>
  size === undefined ? name : `${name} (${bytes(size)})`;

function machinesOf({ machines, state }: Lab): string {
  if (machines.length === 0) return "-";
  return machines.map((one) => (one.state === state ? one.name : `${one.name} (${one.state})`)).join(" ");
}

const where = (lab: Lab, checkout: string): string =>
  lab.checkout === checkout ? "this one" : (lab.checkout ?? "not known: made by an earlier version");
