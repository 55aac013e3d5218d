import { z } from "zod";
import type { Claim } from "../../evidence/claim.ts";
import type { Access } from "../../components/machines/access.ts";
import { ensurePulumi } from "../parts/ensure-pulumi.ts";
import { ownBackend } from "./environment.ts";
import { hop } from "../view/journey-view.ts";
import { readStackState } from "./leftovers.ts";
import { defaultStack } from "../paths.ts";
import { Problem } from "../view/problem.ts";
import { askPulumi, stackExists } from "./pulumi.ts";

const claim = z.looseObject({
  id: z.string(),
  claim: z.string(),
  node: z.string(),
  command: z.string(),
  output: z.string(),
  expected: z.string(),
  observed: z.string(),
  ok: z.boolean(),
}) satisfies z.ZodType<Claim>;

const node = z.object({
  name: z.string(),
  role: z.string(),
  address: z.string(),
  /** ssh://USER@HOST:PORT */
  ssh: z.string(),
  packages: z.record(z.string(), z.string()).optional(),
});

const accessSchema = z.object({
  privateKey: z.string(),
  privateKeys: z.record(z.string(), z.string()).optional(),
  knownHosts: z.string(),
}) satisfies z.ZodType<Access>;

/** The stack's outputs, as far as ./lab reads them. All are absent before the first `up` and after `destroy`. */
const schema = z.looseObject({
  nodes: z.array(node).optional(),
  podIPs: z.record(z.string(), z.record(z.string(), z.string())).optional(),
  scenarios: z
    .record(z.string(), z.looseObject({ claims: z.array(claim), journey: z.array(hop).optional() }))
    .optional(),
  captures: z.record(z.string(), z.string()).optional(),
  verification: z.looseObject({ passed: z.number(), failed: z.number(), at: z.string() }).optional(),
  kubeconfig: z.string().optional(),
  access: z.union([accessSchema, z.literal("[secret]")]).optional(),
});
export type Results = z.infer<typeof schema>;
export type Node = z.infer<typeof node>;

export const parseResults = (json: unknown): Results => schema.parse(json);

/** The outputs as pulumi prints them; secrets only on demand. */
export async function readOutputs(stack: string, showSecrets = false): Promise<unknown> {
  const missing = new Problem(`there is no lab "${stack}" yet; ./lab up${flag(stack)} makes it`);
  // Without a state there is nothing to ask pulumi, and no reason to build one first.
  if (ownBackend() && readStackState(stack) === undefined) throw missing;
  const pulumi = await ensurePulumi();
  if (!(await stackExists(pulumi, stack))) throw missing;
  const secrets = showSecrets ? ["--show-secrets"] : [];
  return JSON.parse(await askPulumi(pulumi, ["stack", "output", "--json", "--stack", stack, ...secrets]));
}

export async function readResults(stack: string, showSecrets = false): Promise<Results> {
  return parseResults(await readOutputs(stack, showSecrets));
}

/** How the user names this stack on the next command line. */
export const flag = (stack: string): string => (stack === defaultStack ? "" : ` -s ${stack}`);
