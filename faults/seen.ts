import { z } from "zod";
import { causeKinds } from "../evidence/cause/cause.ts";

const rank = z
  .int()
  .positive()
  .nullable()
  .describe("Its place among the explanations of ./lab diagnose; null: not among them.");

/** What became of one fault on a real lab. */
export const seenFault = z.object({
  /** Exactly the claims that must fail did, a trace ended where it must and named the cause, and the diagnosis named the fault. */
  asDeclared: z.boolean(),
  failing: z.int(),
  /** Claims that differ from what was declared. */
  differs: z.array(z.string()).readonly(),
  /** Where the trace saw its packet last; null: nothing is lost, and none was sent. */
  last: z.string().nullable(),
  /** What kinds of causes the trace has named there, the worthiest first. */
  causes: z.array(z.enum(causeKinds)).readonly(),
  rank,
  /** Seconds. */
  seconds: z.object({ break: z.number(), trace: z.number().nullable(), heal: z.number() }),
});
export type SeenFault = z.infer<typeof seenFault>;

/** What the tier `catalogue` has seen; each round is written down as soon as it has ended. */
export const seen = z.object({
  /** When the first round began. */
  at: z.iso.datetime(),
  /** Every round was run: the next run begins anew. */
  complete: z.boolean(),
  faults: z.record(z.string(), seenFault),
  /** Claims that failed in each round in which nothing was broken. */
  healthy: z.array(z.int()).readonly(),
  pairs: z.array(z.object({ names: z.array(z.string()).readonly(), rank })).readonly(),
  random: z.array(z.object({ name: z.string(), on: z.string(), rank })).readonly(),
});
export type Seen = z.infer<typeof seen>;
