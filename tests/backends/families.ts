import type { TestFn } from "ava";
import { type Claim } from "../../evidence/claim.ts";
import { contract } from "../live/contract.ts";
import { beginAndEndWithout, configure, type LabConfig, openStack } from "../live/lab.ts";

export const quiet = { suppressOutputs: true, color: "never" } as const;
export const progress = { ...quiet, onOutput: (text: string) => process.stderr.write(text) } as const;

/** A lab of its own, on three nodes; the tests of the file find it gone, and leave nothing of it. */
export async function openLab(test: TestFn, stackName: string, config: LabConfig) {
  const stack = await openStack(stackName, config);
  beginAndEndWithout(stack, test);
  return {
    stack,
    outputs: async () =>
      contract.parse(
        Object.fromEntries(Object.entries(await stack.outputs()).map(([key, { value }]) => [key, value as unknown])),
      ),
    /** Checks everything anew. @returns ids of the claims that do not hold */
    failing: async (moment: string): Promise<string[]> => {
      await configure(stack, { verify: moment });
      try {
        await stack.up(quiet);
        return [];
      } catch (error) {
        const said = error instanceof Error ? error.message : String(error);
        return [
          ...new Set([...said.matchAll(/^\s*([a-z0-9-]+(?:\/[a-z0-9-]+)+): /gm)].map(([, id = ""]) => id)),
        ].sort();
      }
    },
  };
}

/** The kinds that those of these claims have which are made of IPv6. */
export const kindsBy6 = (claims: readonly Claim[]): ReadonlySet<Claim["kind"]> =>
  new Set(claims.filter(({ id }) => id.endsWith("/ipv6")).map(({ kind }) => kind));

/** What is claimed of what lies between nodes, by each backend that carries IPv6. */
export const between = {
  vxlan: ["vtep", "vtep-neighbour", "vtep-forwarding"],
  "vxlan-direct": ["vtep", "wire-neighbour"],
  "host-gw": ["wire-neighbour"],
} as const satisfies Readonly<Record<string, readonly Claim["kind"][]>>;

/** And by all of them. */
export const always = [
  "pod-address",
  "route",
  "route-decision",
  "ping",
  "loss",
  "mtu-passes",
  "mtu-exceeded",
  "reach",
] as const satisfies readonly Claim["kind"][];
