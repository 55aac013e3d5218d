import { randomBytes } from "node:crypto";
import { backendNames, backendOptions as optionsIn, type Carrier, toldOf } from "../../evidence/backends.ts";
import { readFamilies } from "../../evidence/family.ts";
import type { FaultIn } from "../../evidence/fault-in.ts";
import { catalogue, catalogueOf, faultNamed } from "../../faults/catalogue.ts";
import type { Fault, LabFacts } from "../../faults/fault.ts";
import { absentWith } from "../../faults/flows.ts";
import { paramsOf, place } from "../../faults/place.ts";
import { stepLines } from "../../faults/step.ts";
import { nearest } from "../../components/settings/nearest.ts";
import { askFaults, labFacts, outputNode } from "../faults/lab.ts";
import { noteFaults } from "../faults/note.ts";
import { configValue, platformOf, readConfig } from "../stack/config.ts";
import { flag, type Results } from "../stack/results.ts";
import { type Run, withNodes } from "../trace/door.ts";
import { Problem } from "../view/problem.ts";

export interface BreakOptions {
  readonly stack: string;
  readonly on?: string;
  readonly towards?: string;
  /** Seconds. */
  readonly for?: number;
  readonly random?: boolean;
  readonly level?: number;
  readonly hidden?: boolean;
}

/** `./lab break NAME`: puts a fault of the catalogue in. */
export async function breakLab(name: string | undefined, options: BreakOptions): Promise<void> {
  const { stack, hidden = false } = options;
  refuseWithoutIpv4(stack);
  const fault = choose(name, options);
  if (fault.atMost !== undefined && (options.for ?? 0) > fault.atMost)
    throw new Problem(
      `${fault.name} stays ${fault.atMost / 60} minutes at most, since the cluster deletes the pods of a node that is silent for five; write --for ${fault.atMost}s or less`,
      2,
    );
  await withNodes(stack, async (run, results) => {
    const made = await putIn(run, results, { ...options, fault, by: "hand" });
    noteFaults(stack, await askFaults(run, results));
    const lab = `${flag(stack)}`;
    const until = made.until === null ? "" : `, until ${made.until}`;
    process.stdout.write(
      hidden
        ? `A hidden fault is in${until}. ./lab heal${lab} takes it away; ./lab faults${lab} --show tells what it is.\n`
        : `${made.name} is in on ${made.params["node"] ?? "a node"}${until}: ${fault.title.en}. ./lab heal${lab} ${made.name} takes it away.\n`,
    );
  });
}

/** @throws Problem for a name that is in no catalogue, and for words that do not go together */
function choose(name: string | undefined, { stack, random, level }: BreakOptions): Fault {
  if (random === true) {
    if (name !== undefined) throw new Problem(`--random chooses for itself; leave out "${name}"`, 2);
    const fit = fitting(stack, level);
    return fit[randomBytes(4).readUInt32BE() % fit.length]!;
  }
  if (level !== undefined) throw new Problem("--level goes with --random", 2);
  if (name === undefined)
    throw new Problem(`write a fault's name, or --random; ./lab faults${flag(stack)} lists them`, 2);
  const fault = known(name, backendIn(stack));
  if (fault.only !== undefined && fault.only !== platformOf(stack))
    throw new Problem(`${name} needs another kernel than this lab's machines have; it is for platform ${fault.only}`);
  const absent = absentWith(fault, backendIn(stack));
  if (absent !== undefined) throw new Problem(absent);
  return fault;
}

/** @throws Problem naming the one that was meant */
export function known(name: string, backend?: Carrier): Fault {
  const fault = faultNamed(name, backend);
  if (fault !== undefined) return fault;
  const names = catalogue.map((one) => one.name);
  const meant = nearest(name, names) ?? names.find((one) => one.includes(name));
  throw new Problem(
    `no fault "${name}"; ${meant === undefined ? `the faults are ${names.join(", ")}` : `did you mean ${meant}?`}`,
    2,
  );
}

/** As the config has it; what it has wrong, an update refuses. */
export function backendIn(stack: string): Carrier | undefined {
  const { backend, backendOptions, ipFamily } = readConfig(stack).values;
  const name = backendNames.find((known) => known === backend);
  const options = optionsIn.safeParse(backendOptions);
  return name && { name, ...toldOf(options.data ?? {}, readFamilies(ipFamily)) };
}

const hasIpv4 = (stack: string): boolean => configValue(stack, "ipFamily") !== "ipv6";

/** @throws Problem where the lab has nothing that a fault would break */
export function refuseWithoutIpv4(stack: string): void {
  if (!hasIpv4(stack))
    throw new Problem(
      `the faults of the catalogue break the ways of IPv4, and lab "${stack}" has IPv6 alone; one with ipFamily dual can be broken`,
    );
}

/** The faults that this lab's machines can have; none where it has IPv6 alone. @throws Problem when none has the level */
export function fitting(stack: string, level?: number): readonly Fault[] {
  if (!hasIpv4(stack)) return [];
  const platform = platformOf(stack);
  const backend = backendIn(stack);
  const fit = catalogueOf(backend).filter(
    (fault) =>
      (fault.only === undefined || fault.only === platform) &&
      absentWith(fault, backend) === undefined &&
      (level === undefined || fault.level === level),
  );
  if (fit.length === 0) throw new Problem(`no fault has level ${String(level)}; the levels are 1, 2 and 3`, 2);
  return fit;
}

export interface Order {
  readonly stack: string;
  readonly fault: Fault;
  readonly by: FaultIn["by"];
  readonly on?: string;
  readonly towards?: string;
  readonly for?: number;
  readonly hidden?: boolean;
}

/** Puts one in and returns the node's own record of it. */
export async function putIn(run: Run, results: Results, order: Order): Promise<FaultIn> {
  const { fault, by, hidden = false } = order;
  const lab = labFacts(order.stack, results);
  const target = choosePlace(fault, lab, order);
  // The lab is as it came up, whatever the config says meanwhile.
  const { steps } = faultNamed(fault.name, lab.backend) ?? fault;
  return await run(outputNode(results, target.node.name), "faults/break", {
    params: {
      // The name lies on the node as a folder's: one that tells nothing.
      FAULT: hidden ? `hidden-${randomBytes(4).toString("hex")}` : fault.name,
      RECORD: JSON.stringify({ name: fault.name, params: paramsOf(target), by, hidden }),
      STEPS: stepLines(steps(target)),
      DURATION: order.for ?? fault.atMost ?? 0,
    },
  });
}

function choosePlace(fault: Fault, lab: LabFacts, chosen: Pick<Order, "on" | "towards">): ReturnType<typeof place> {
  try {
    return place(fault, lab, chosen);
  } catch (error) {
    throw new Problem(error instanceof Error ? error.message : String(error), 2);
  }
}
