import { z } from "zod";
import type { Hop } from "../evidence/journey/journey.ts";
import type { Claim } from "../evidence/claim.ts";
import type { ScenarioOutput } from "../components/outputs.ts";

const claim = z.object({
  id: z.string(),
  claim: z.string(),
  node: z.string(),
  at: z.string().optional(),
  command: z.string(),
  output: z.string(),
  expected: z.string(),
  observed: z.string(),
  ok: z.boolean(),
}) satisfies z.ZodType<Claim>;

const hop = z.object({
  leg: z.enum(["request", "reply"]),
  kind: z.string(),
  machine: z.string(),
  interface: z.string(),
  direction: z.enum(["in", "out"]),
  source: z.string(),
  destination: z.string(),
  ttl: z.number(),
  length: z.number(),
  sourceMac: z.string(),
  outer: z
    .object({
      source: z.string(),
      destination: z.string(),
      ttl: z.number(),
      length: z.number(),
      sourcePort: z.number(),
      destinationPort: z.number(),
      vni: z.number(),
      sourceMac: z.string(),
      destinationMac: z.string(),
    })
    .optional(),
  micros: z.number(),
  aligned: z.boolean().optional(),
}) satisfies z.ZodType<Hop>;

const scenario = z.object({
  pods: z.array(
    z.object({ name: z.string(), uid: z.string(), node: z.string(), ip: z.string(), containers: z.array(z.string()) }),
  ),
  claims: z.array(claim),
  journey: z.array(hop).optional(),
}) satisfies z.ZodType<ScenarioOutput>;

const node = z.object({
  name: z.string(),
  role: z.string(),
  address: z.string(),
  packages: z.record(z.string(), z.string()).optional(),
});

/** The stack's outputs as far as the report shows them; secrets are not among them. */
export const reportOutputs = z.object({
  nodes: z.array(node),
  scenarios: z.record(z.string(), scenario),
  verification: z.object({ passed: z.number(), failed: z.number(), at: z.string() }),
});
export type ReportOutputs = z.infer<typeof reportOutputs>;
export type NodeOutput = z.infer<typeof node>;
export type PodOutput = ScenarioOutput["pods"][number];
