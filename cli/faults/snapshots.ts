import { backendOf, secondDevices } from "../../evidence/backends.ts";
import type { Snapshots } from "../../faults/changed.ts";
import type { LabFacts } from "../../faults/fault.ts";
import { podName } from "../../faults/tell.ts";
import type { Results } from "../stack/results.ts";
import type { Run } from "../trace/door.ts";

/** What a fault or a repair can change on the nodes, looked at on all of them side by side. */
export async function takeSnapshots(
  run: Run,
  { nodes = [], network }: Results,
  { pods, backend }: LabFacts,
): Promise<Snapshots> {
  const own = backendOf(backend);
  const DEVICES = [...own.devices, ...(network?.ipFamily === "dual" ? secondDevices(own) : [])].join(" ");
  const each = nodes.map(async (node) => {
    const PODS = pods
      .filter((pod) => pod.node === node.name)
      .map((pod) => `${podName(pod)}=${pod.uid}`)
      .join(" ");
    return [node.name, await run(node, "faults/snapshot", { params: { PODS, DEVICES } })] as const;
  });
  return Object.fromEntries(await Promise.all(each));
}
