/** Whether the pages that a lab teaches hold on it: every claim of each, and no page else. */
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import type { ExecutionContext } from "ava";
import type { LessonName } from "../../components/settings/lessons.ts";
import { contract } from "../live/contract.ts";
import { outputsOf } from "../live/lab.ts";

/** A page with namespaces of its own. */
export type Page = Exclude<LessonName, "pod-network">;
export const allPages = [
  "service",
  "cluster-dns",
  "service-auto",
  "network-policy",
  "load-balancer",
] as const satisfies readonly Page[];

/** How many claims a page has on so many nodes; of some that hangs together with where their pods are. */
const count: Readonly<Record<Page, (nodes: number) => { readonly least: number; readonly most?: number }>> = {
  service: () => ({ least: 20 }),
  "cluster-dns": () => ({ least: 10 }),
  "service-auto": () => ({ least: 5, most: 5 }),
  "network-policy": () => ({ least: 10 }),
  // Two Services: an address, what each node hears, what each other node is answered past its rules, what each is answered, and whom the pod sees.
  "load-balancer": (nodes) => ({ least: 2 * (3 * nodes + 1), most: 2 * (3 * nodes + 1) }),
};

export async function pagesHold(t: ExecutionContext, stack: Stack, pages: readonly Page[]): Promise<void> {
  // It refuses outputs in which a claim does not hold.
  const { nodes, scenarios } = contract.parse(await outputsOf(stack));
  t.deepEqual(allPages.filter((page) => scenarios[page] !== undefined).toSorted(), pages.toSorted());
  for (const page of pages) {
    const { claims } = scenarios[page]!;
    const { least, most = Infinity } = count[page](nodes.length);
    t.deepEqual(
      claims.filter(({ ok }) => !ok),
      [],
    );
    t.true(claims.length >= least && claims.length <= most, `${page} has ${claims.length} claims`);
  }
}
