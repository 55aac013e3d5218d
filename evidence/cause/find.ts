import type { Observations } from "../observation.ts";
import { byWorth, type Cause, guardChain } from "./cause.ts";
import { findDrops } from "./kernel.ts";
import { findRules } from "./rules.ts";
import { placeOfLoss, type Scene, seenAs } from "./scene.ts";
import { findDevices, findEntries, findQdiscs } from "./things.ts";
import { findRoutes, findSettings } from "./ways.ts";

/** What a node could not be asked: "events" are the kernel's own, "reasons" what it calls them, "rules" the way through nftables. */
export interface Limit {
  readonly node: string;
  readonly what: "events" | "reasons" | "rules";
  /** What the node said instead. */
  readonly words: string;
}

/** Why a packet was lost. */
export interface Why {
  /** The most worthy first; none where nobody can tell. */
  readonly causes: readonly Cause[];
  readonly limits: readonly Limit[];
}

/** Reads what the nodes have seen of packets like the lost one. Pure. */
export function findCauses(scene: Scene): Why {
  const place = placeOfLoss(scene);
  // What has lost it is where it was seen last; what is wrong elsewhere would have lost it too, or its answer.
  const reports = scene.reports.toSorted((one, other) => Number(other.node === place) - Number(one.node === place));
  const drops = findDrops(scene);
  const reasons = drops.map(({ reason }) => reason ?? "");
  const causes = reports.flatMap((report): readonly Cause[] => [
    ...findRules(scene, report),
    ...findRoutes(scene, report),
    ...findDevices(scene, report, drops.length === 0),
    ...findQdiscs(scene, report, drops.length === 0 || reasons.some((reason) => reason.startsWith("QDISC"))),
    ...findEntries(scene, report),
    ...findSettings(scene, report, reasons.includes("IP_RPFILTER")),
  ]);
  const found = byWorth([...drops, ...causes]);
  // The lab's own guard turns away what was sent the wrong way: the way comes first.
  const guarded = found[0]?.kind === "rule" && found[0].chain === guardChain;
  const routes = guarded ? found.filter(({ kind }) => kind === "route") : [];
  return {
    causes: [...routes, ...found.filter((cause) => !routes.includes(cause))],
    limits: scene.reports.flatMap(limitsOf),
  };
}

const kinds = ["events", "reasons", "rules"] as const;

function limitsOf(report: Observations): readonly Limit[] {
  return seenAs(report, "limits")
    .split("\n")
    .flatMap((line): Limit[] => {
      const [, first, words = ""] = /^(\w+) ?(.*)$/.exec(line) ?? [];
      const what = kinds.find((kind) => kind === first);
      return what === undefined ? [] : [{ node: report.node, what, words }];
    });
}
