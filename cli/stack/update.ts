import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readOrNothing } from "../../bundle/tools.ts";
import { prepareParts } from "../parts/parts.ts";
import { labDir, project } from "../paths.ts";
import { paint, say } from "../view/say.ts";
import { platformOf, refuseWrongConfig } from "./config.ts";
import { stateElsewhere } from "./environment.ts";
import { refuseOther } from "./passphrase.ts";
import { ensureStack, runPulumi } from "./pulumi.ts";
import { resume } from "./resume.ts";
import { refuseGone } from "./standing.ts";
import { wake } from "./wake.ts";

/** Whatever is missing, then `pulumi up`, whose exit code it returns. What pulumi prints goes to `output`, a file descriptor, or to this terminal. */
export async function update(stack: string, title: string, output?: number): Promise<number> {
  const elsewhere = stateElsewhere();
  if (elsewhere !== undefined) say(elsewhere);
  await refuseWrongConfig(stack);
  refuseOther(stack);
  await refuseGone(stack, platformOf(stack));
  const { pulumi, steps } = await prepareParts(1, stack);
  await wake(stack, platformOf(stack));
  say(paint("bold", `[${steps + 1}/${steps + 1}] ${title}`, process.stderr));
  await ensureStack(pulumi, stack);
  await resume(pulumi, stack);
  const moment = readOrNothing(momentFile(stack))?.trim();
  const args = ["up", "--yes", "--skip-preview", "--suppress-outputs", "--stack", stack];
  return await runPulumi(pulumi, stack, args, {
    // Every later update must say the same moment again, or all checks would run once more.
    ...(moment !== undefined && { config: { [`${project}:verify`]: moment } }),
    ...(output !== undefined && { output }),
  });
}

/** From the next update on the config says another moment, which makes every check on the nodes run again. */
export function askAnew(stack: string): void {
  mkdirSync(dirname(momentFile(stack)), { recursive: true });
  writeFileSync(momentFile(stack), `${new Date().toISOString()}\n`);
}

/** Kept beside the state: in Pulumi.STACK.yaml it would be a change to a tracked file. */
const momentFile = (stack: string): string => join(labDir, "verify", stack);
