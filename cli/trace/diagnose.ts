import { type Backend, backendBy6, carrierOf } from "../../evidence/backends.ts";
import type { Claim } from "../../evidence/claim.ts";
import { judgeBridge } from "../../evidence/judge/bridge.ts";
import type { PodFacts } from "../../evidence/facts.ts";
import { judgeSecondBridge, judgeSecondOverlay } from "../../evidence/judge/second.ts";
import { podBy6 } from "../../evidence/second.ts";
import { judgeOverlay } from "../../evidence/judge/overlay.ts";
import type { Observations } from "../../evidence/observation.ts";
import { kinds } from "../../evidence/kinds.ts";
import type { Node } from "../stack/results.ts";
import type { Run } from "./door.ts";
import { type Flow, observe, words } from "./follow.ts";

/** The claims that explain a lost packet, and what the control plane knows of the nodes. */
export interface Diagnosis {
  readonly claims: readonly Claim[];
  readonly cluster?: Observations;
}

/** Gathers anew what the claims about two pods rest on, and judges it: what does not hold explains why a packet was lost. */
export async function diagnose(run: Run, controlPlane: Node, { from, to, nodes, backend }: Flow): Promise<Diagnosis> {
  const pods = [from, to] as const;
  const given = { params: { PODS: words(pods) } };
  if (nodes.length === 1)
    return { claims: explaining(judgeBridge(pods, await observe(run, nodes[0], "observe/bridge", given))) };
  const NODES = nodes.map(({ name, address }) => `${name}=${address}`).join(" ");
  const [cluster, ...overlay] = await Promise.all([
    observe(run, controlPlane, "observe/cluster", { params: { POD_NAMESPACE: from.namespace } }),
    ...nodes.map((node) =>
      observe(run, node, "observe/overlay", {
        params: {
          ...given.params,
          NODES,
          TUNNEL: backend.tunnel?.device ?? "",
          VTEP: backend.vtep ?? "",
          ...(backend.options.rules && { RULES: backend.options.rules }),
          ...(backend.kernel && { END: backend.kernel }),
        },
      }),
    ),
  ]);
  return { claims: explaining(judgeOverlay({ pods, nodes, cluster, overlay, backend: carrierOf(backend) })), cluster };
}

/** Pings, whatever their size, fail as the packet did: that explains nothing. */
const explaining = (claims: readonly Claim[]): Claim[] => claims.filter(({ kind }) => kinds[kind].bearing === "cause");

/** The same by IPv6. The pods and nodes are as the lab has them, with both addresses. */
export async function diagnose6(
  run: Run,
  controlPlane: Node,
  pods: readonly [PodFacts, PodFacts],
  nodes: Flow["nodes"],
  backend: Backend,
): Promise<readonly Claim[]> {
  const given = { params: { PODS: words(pods.map(podBy6)) } };
  if (nodes.length === 1)
    return explaining(judgeSecondBridge(pods, await observe(run, nodes[0], "observe/bridge6", given)));
  const { tunnel, vtep } = backendBy6(backend);
  const NODES = nodes.map(({ name, address6 = "" }) => `${name}=${address6}`).join(" ");
  const [cluster, ...overlay] = await Promise.all([
    observe(run, controlPlane, "observe/cluster", { params: { POD_NAMESPACE: pods[0].namespace, FAMILIES: "dual" } }),
    ...nodes.map((node) =>
      observe(run, node, "observe/overlay6", {
        params: { ...given.params, NODES, TUNNEL: tunnel?.device ?? "", VTEP: vtep ?? "" },
      }),
    ),
  ]);
  return explaining(judgeSecondOverlay({ pods, nodes, cluster, overlay, backend: carrierOf(backend) }));
}
