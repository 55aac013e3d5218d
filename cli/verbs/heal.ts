import type { FaultIn } from "../../evidence/fault-in.ts";
import { askFaults } from "../faults/lab.ts";
import { noteFaults } from "../faults/note.ts";
import { flag, type Results } from "../stack/results.ts";
import { type Run, withNodes } from "../trace/door.ts";
import { Problem } from "../view/problem.ts";
import { known } from "./break.ts";

/** `./lab heal [NAME]`: takes a fault away, or all of them. Those of the config are the config's to take away. */
export async function heal(stack: string, name: string | undefined): Promise<void> {
  if (name !== undefined) known(name);
  await withNodes(stack, async (run, results) => {
    const all = await askFaults(run, results);
    const wanted = all.filter((one) => one.by !== "config" && (name === undefined || one.name === name));
    await takeAway(run, results, wanted);
    const left = all.filter((one) => !wanted.includes(one));
    noteFaults(stack, left);
    const declared = left.filter((one) => one.by === "config" && (name === undefined || one.name === name));
    if (name !== undefined && wanted.length === 0 && declared.length > 0) throw new Problem(ofConfig(stack, name));
    process.stdout.write(`${said(wanted)}\n`);
    for (const { name: other } of declared) process.stdout.write(`${ofConfig(stack, other)}\n`);
  });
}

const ofConfig = (stack: string, name: string): string =>
  `${name} stands in the config key faults: take it out there, then ./lab up${flag(stack)} heals it`;

function said(healed: readonly FaultIn[]): string {
  if (healed.length === 0) return "No fault is in.";
  return healed.map(({ name, params }) => `${name} on ${params["node"] ?? "a node"} is healed.`).join("\n");
}

/** Heals these, each on its node. */
export async function takeAway(run: Run, { nodes = [] }: Results, faults: readonly FaultIn[]): Promise<void> {
  await Promise.all(
    nodes.map(async (node) => {
      const FAULTS = faults.filter(({ params }) => params["node"] === node.name).map(({ fault }) => fault);
      if (FAULTS.length > 0) await run(node, "faults/heal", { params: { FAULTS: FAULTS.join(" ") } });
    }),
  );
}
