import { carrierIn } from "../../evidence/backends.ts";
import type { FaultIn } from "../../evidence/fault-in.ts";
import type { PodFacts } from "../../evidence/facts.ts";
import type { LabFacts, LabNode } from "../../faults/fault.ts";
import { flag, type Node, type Results } from "../stack/results.ts";
import type { Run } from "../trace/door.ts";
import { Problem } from "../view/problem.ts";

/** What the outputs tell of the lab that faults are put into. @throws Problem when the lab has no pods yet */
export function labFacts(stack: string, { nodes = [], scenarios = {}, network }: Results): LabFacts {
  const pods = Object.entries(scenarios).flatMap(([namespace, { pods: all }]) =>
    all.map((pod): PodFacts => ({ ...pod, namespace })),
  );
  if (pods.length === 0) throw new Problem(`lab "${stack}" is not up; ./lab up${flag(stack)} brings it up`);
  return {
    nodes: nodes.map(({ name, address, role }): LabNode => ({ name, address, role })),
    pods,
    ...(network && { backend: carrierIn(network) }),
  };
}

/** The node of that name in the outputs. */
export function outputNode({ nodes = [] }: Results, name: string): Node {
  const found = nodes.find((node) => node.name === name);
  if (found === undefined) throw new Problem(`the lab has no node ${name}`);
  return found;
}

/** What all nodes say of their faults, asked side by side. */
export async function askFaults(run: Run, { nodes = [] }: Results): Promise<readonly FaultIn[]> {
  return (await Promise.all(nodes.map((node) => run(node, "faults/list", {})))).flat();
}
