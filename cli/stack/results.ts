import { existsSync } from "node:fs";
import { z } from "zod";
import { node, outputs, scenario } from "../../components/outputs.ts";
import { proved } from "../../evidence/claim.ts";
import { plain } from "../../evidence/plain-text.ts";
import { ownBackend } from "./environment.ts";
import { readShownOutputs } from "./lab-state.ts";
import { refuseOther } from "./passphrase.ts";
import { defaultStack, stackStateFile } from "../paths.ts";
import { Problem } from "../view/problem.ts";

/**
 * The stack's outputs, as far as ./lab reads them. All are absent before the first `up` and after `destroy`; what an older version of the
 * lab wrote lacks the kinds of its claims, which only the report needs.
 */
const schema = outputs
  .omit({ cost: true })
  .extend({
    nodes: z.array(node.extend({ role: z.string() }).partial({ packages: true })),
    scenarios: z.record(z.string(), scenario.extend({ claims: z.array(proved) })),
  })
  .partial();
export type Results = z.infer<typeof schema>;
export type Node = NonNullable<Results["nodes"]>[number];

/** What a version before wrote, and a state that somebody changed, may hold what a terminal would obey. */
export function parseResults(json: unknown): Results {
  const parsed = schema.safeParse(plain(json));
  if (parsed.success) return parsed.data;
  const where = new Set(parsed.error.issues.map(({ path }) => String(path[0] ?? "all of them")));
  throw new Problem(
    `the outputs in the state are not what a lab writes (${[...where].join(", ")}), so the state was changed by something else; ./lab verify writes them anew`,
  );
}

/** The outputs as pulumi prints them; secrets only on demand. */
export async function readOutputs(stack: string, showSecrets = false): Promise<unknown> {
  const missing = new Problem(`there is no lab "${stack}" yet; ./lab up${flag(stack)} makes it`);
  // Without a state there is nothing to ask pulumi, and no reason to build one first.
  if (ownBackend() && !existsSync(stackStateFile(stack))) throw missing;
  refuseOther(stack);
  const shown = ownBackend() && !showSecrets ? readShownOutputs(stack) : undefined;
  if (shown !== undefined) return shown;
  const [{ ensurePulumi }, { askPulumi, stackExists }] = await Promise.all([
    import("../parts/ensure-pulumi.ts"),
    import("./pulumi.ts"),
  ]);
  const pulumi = await ensurePulumi(stack);
  if (!(await stackExists(pulumi, stack))) throw missing;
  const secrets = showSecrets ? ["--show-secrets"] : [];
  return JSON.parse(await askPulumi(pulumi, ["stack", "output", "--json", "--stack", stack, ...secrets]));
}

export async function readResults(stack: string, showSecrets = false): Promise<Results> {
  return parseResults(await readOutputs(stack, showSecrets));
}

/** How the user names this stack on the next command line. */
export const flag = (stack: string): string => (stack === defaultStack ? "" : ` -s ${stack}`);
