import { z } from "zod";
import { type About, type ClaimKind, claimKinds, kinds } from "./kinds.ts";

/** What was proved, apart from what it is about. */
export const proved = z.object({
  id: z.string().describe('SCENARIO/KIND[/WHO]: "pod-to-pod-single-node/ping/mypod1/mypod2"'),
  claim: z.string().describe("The sentence that a learner should believe."),
  node: z.string().describe("Name of the node the command ran on."),
  at: z.string().optional().describe("When the node had been looked at, UTC, ISO 8601."),
  command: z.string().describe("The exact command, as it could be typed on that node."),
  output: z.string().describe("Its raw output."),
  expected: z.string(),
  observed: z.string().describe("What was read from the output."),
  ok: z.boolean(),
});
export type Proved = Readonly<z.infer<typeof proved>>;

/** A claim of one kind: a sentence a learner should believe, and the command on a node that proves it. */
export interface ClaimOf<K extends ClaimKind> extends Proved {
  readonly kind: K;
  /** What the sentence is about, as data: it is said in any language from this. */
  readonly about: About<K>;
}

export type Claim = { [K in ClaimKind]: ClaimOf<K> }[ClaimKind];

type Subject = { [K in ClaimKind]: { kind: K; about: About<K> } }[ClaimKind];

/** What a claim is about, by its kind. */
export const subject = z.discriminatedUnion(
  "kind",
  claimKinds.map((kind) => z.object({ kind: z.literal(kind), about: kinds[kind].about })) as unknown as readonly [
    z.ZodObject<{ kind: z.ZodLiteral<ClaimKind>; about: z.ZodType }>,
  ],
) as unknown as z.ZodType<Subject, Subject>;

/** A claim as it stands in the outputs. */
export const claim: z.ZodType<Claim, Claim> = z.intersection(proved, subject);
