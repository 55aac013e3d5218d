import type { Claim } from "../../evidence/claim.ts";
import { judgeBridge } from "../../evidence/judge/bridge.ts";
import { judgeOverlay } from "../../evidence/judge/overlay.ts";
import { kinds } from "../../evidence/kinds.ts";
import type { Node } from "../stack/results.ts";
import type { Run } from "./door.ts";
import { type Flow, observe, words } from "./follow.ts";

/** Gathers anew what the claims about two pods rest on, and judges it: what does not hold explains why a packet was lost. */
export async function diagnose(run: Run, controlPlane: Node, { from, to, nodes }: Flow): Promise<readonly Claim[]> {
  const pods = [from, to] as const;
  const given = { params: { PODS: words(pods) } };
  if (nodes.length === 1) return explaining(judgeBridge(pods, await observe(run, nodes[0], "observe/bridge", given)));
  const NODES = nodes.map(({ name, address }) => `${name}=${address}`).join(" ");
  const [cluster, ...overlay] = await Promise.all([
    observe(run, controlPlane, "observe/cluster", { params: { POD_NAMESPACE: from.namespace } }),
    ...nodes.map((node) => observe(run, node, "observe/overlay", { params: { ...given.params, NODES } })),
  ]);
  return explaining(judgeOverlay({ pods, nodes, cluster, overlay }));
}

/** Pings, whatever their size, fail as the packet did: that explains nothing. */
const explaining = (claims: readonly Claim[]): Claim[] => claims.filter(({ kind }) => kinds[kind].bearing === "cause");
