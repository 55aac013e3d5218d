import type * as pulumi from "@pulumi/pulumi";
import type { Carrier } from "../../evidence/backends.ts";
import type { Claim } from "../../evidence/claim.ts";
import type { PodFacts } from "../../evidence/facts.ts";
import type { IpFamilies } from "../../evidence/family.ts";
import type { Followed } from "../../evidence/judge/journey.ts";
import type { Machine } from "../machines/machine.ts";

/** What every lesson is given. */
export interface LessonArgs {
  /** The machines, the control plane first; at least one worker. */
  readonly machines: readonly [Machine, Machine, ...Machine[]];
  /** When it changes, the checks run again. */
  readonly verify: pulumi.Input<string>;
  /** Pods that went with a node that left, by NAMESPACE/NAME: their UIDs. */
  readonly lostPods: pulumi.Input<Readonly<Record<string, string>>>;
  /** Each worker's join. Pods come after it: Pulumi has so many steps under way at a time, and pods that wait for a node must not keep it from joining. */
  readonly joined: readonly pulumi.Resource[];
  /** Done when every node is Ready. */
  readonly ready: pulumi.Resource;
  /** The checks run after this: what is broken on purpose is in by then, and what no longer is has been healed. */
  readonly broken: pulumi.Input<pulumi.Resource>;
  /** The checks run after these, and again when they change; the nodes' packages. @default none */
  readonly after?: readonly pulumi.Input<unknown>[];
  /** How packets are carried between nodes. @default vxlan */
  readonly backend?: Carrier;
  /** Which address families the lab has: the same is claimed of both. @default ipv4 */
  readonly ipFamily?: IpFamilies;
  /** The machines are virtual: claims that are true of such alone are made. @default false */
  readonly virtual?: boolean;
}

/** What every lesson shows. */
export interface Lesson {
  readonly pods: pulumi.Output<PodFacts[]>;
  readonly claims: pulumi.Output<Claim[]>;
  /** Where a packet was followed: hop by hop, and the frames. */
  readonly journey?: pulumi.Output<Followed>;
  /** The same of a packet of the second family, where the lab has both. */
  readonly journey6?: pulumi.Output<Followed>;
}

/**
 * Claims as a component registers them: without what the commands printed, which the observers' outputs and the stack's have. The engine writes
 * all of the state with each step, so what stands in it twice costs every step.
 */
export function registered(claims: pulumi.Output<Claim[]>): pulumi.Output<Omit<Claim, "output">[]> {
  return claims.apply((all) => all.map(({ output: _, ...rest }) => rest));
}

/** What has a lesson look again: the user, another machine anywhere, which is another overlay everywhere, and what came before. */
export const lookedAtAgain = ({ verify, machines, after = [] }: LessonArgs): pulumi.Input<unknown>[] => [
  verify,
  ...machines.map(({ identity }) => identity),
  ...after,
];
