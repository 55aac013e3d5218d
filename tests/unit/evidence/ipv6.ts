// Transcripts of a real lab of IPv6 alone: what the scripts printed there.
import type { Claim } from "../../../evidence/claim.ts";
import type { PodFacts } from "../../../evidence/facts.ts";
import { ipv6 } from "../../../evidence/family.ts";
import { judgeBridge } from "../../../evidence/judge/bridge.ts";
import { judgeContainers } from "../../../evidence/judge/containers.ts";
import { judgeOverlay } from "../../../evidence/judge/overlay.ts";
import { judgeNames, judgeOverlayPort } from "../../../evidence/judge/reach.ts";
import {
  judgeSecondBridge,
  judgeSecondJourney,
  judgeSecondOverlay,
  judgeSecondReach,
  judgeSecondSameNodeJourney,
} from "../../../evidence/judge/second.ts";
import type { Observations } from "../../../evidence/observation.ts";
import { ofFamily } from "../../../evidence/second.ts";
import { type Lab, readLab } from "./lab.ts";

export const readIpv6 = (): Lab =>
  readLab(new URL("../../transcripts/ipv6/", import.meta.url), {
    once: ["bridge6"],
    perNode: ["overlay6"],
  });

/** Every claim that the lessons make of it, by id. */
export function judgeIpv6({ facts, reports }: Lab): ReadonlyMap<string, Claim> {
  const get = (name: string): Observations => {
    const found = reports[name];
    if (found === undefined) throw new Error(`no transcript ${name}`);
    return found;
  };
  const each = (name: string): Observations[] => facts.nodes.map((node) => get(`${name}-${node.name}`));
  const { nodes, pods, marks, apiAddress } = facts;
  const of = (namespace: string) => pods.filter((pod) => pod.namespace === namespace) as [PodFacts, PodFacts];
  const [lone] = of("container-to-container");
  const together = of("pod-to-pod-single-node");
  const across = of("pod-to-pod-multi-node");
  const reportOf = ({ node }: PodFacts): Observations => get(`overlay6-${node}`);
  const cluster = get("cluster");
  const claims = [
    ...judgeContainers(lone, get("containers"), ipv6),
    ...judgeBridge(together, get("bridge"), ipv6),
    ...judgeSecondSameNodeJourney({
      pods: together,
      mark: marks.single,
      probe: get("probe-single"),
      captures: [get("captured-single")],
      reports: [get("bridge"), get("bridge")],
    }),
    ...judgeSecondBridge(together, get("bridge6")),
    ...judgeOverlay({ pods: across, nodes, cluster, overlay: each("overlay") }, ipv6),
    ...judgeSecondJourney(
      {
        pods: across,
        mark: marks.multi,
        probe: get("probe-multi"),
        captures: [get("captured-multi1"), get("captured-multi2")],
        reports: [reportOf(across[0]), reportOf(across[1])],
      },
      nodes,
    ),
    ...judgeSecondOverlay({ pods: across, nodes, cluster, overlay: each("overlay6") }),
    ...judgeSecondReach(pods, each("reach")),
    ...ofFamily(judgeNames(pods, apiAddress, each("reach")), ipv6),
    ...ofFamily(judgeOverlayPort("pod-to-pod-multi-node", nodes, each("reach")), ipv6),
  ];
  return new Map(claims.map((claim) => [claim.id, claim]));
}
