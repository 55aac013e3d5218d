import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { elapsed } from "../../bundle/estimate.ts";
import { readOrNothing } from "../../bundle/tools.ts";
import { prepareParts } from "../parts/parts.ts";
import { labDir, project } from "../paths.ts";
import { platformOf, refuseWrongConfig } from "../stack/config.ts";
import { stateElsewhere } from "../stack/environment.ts";
import { refuseOther } from "../stack/passphrase.ts";
import { refuseGone } from "../stack/standing.ts";
import { ensureStack, runPulumi } from "../stack/pulumi.ts";
import { flag, readResults } from "../stack/results.ts";
import { resume } from "../stack/resume.ts";
import { describeNoted, noteFaults } from "../faults/note.ts";
import { paint, say } from "../view/say.ts";
import { renderSummary } from "../view/summary.ts";

/** `./lab up`: whatever is missing, then `pulumi up`, then what was found. Returns pulumi's exit code. */
export async function up(stack: string): Promise<number> {
  const begun = Date.now();
  const elsewhere = stateElsewhere();
  if (elsewhere !== undefined) say(elsewhere);
  await refuseWrongConfig(stack);
  refuseOther(stack);
  await refuseGone(stack, platformOf(stack));
  const { pulumi, steps } = await prepareParts(1, stack);
  say(paint("bold", `[${steps + 1}/${steps + 1}] Lab "${stack}"`, process.stderr));
  await ensureStack(pulumi, stack);
  await resume(pulumi, stack);
  const moment = lastVerify(stack);
  const code = await runPulumi(
    pulumi,
    stack,
    ["up", "--yes", "--skip-preview", "--suppress-outputs", "--stack", stack],
    moment === undefined ? {} : { config: { [verifyKey]: moment } },
  );
  const took = elapsed(Date.now() - begun);
  if (code !== 0) {
    say(`The lab is not complete (${took}). ./lab up${flag(stack)} goes on from here; ./lab doctor looks for causes.`);
    return code;
  }
  const results = await readResults(stack);
  noteFaults(stack, results.faults ?? []);
  process.stdout.write(`\n${renderSummary(results).join("\n")}\n`);
  for (const sentence of describeNoted(stack)) say(`${paint("yellow", "note:", process.stderr)} ${sentence}`);
  say([`Lab "${stack}" is up (${took}). Try next:`, ...next(stack, results.nodes?.at(-1)?.name)].join("\n"));
  return 0;
}

/** `./lab verify`: an `up` in which every check runs again, because its config says another moment. */
export async function verify(stack: string): Promise<number> {
  // A lab whose machines are gone keeps the moment of its last checks.
  await refuseGone(stack, platformOf(stack));
  mkdirSync(dirname(momentFile(stack)), { recursive: true });
  writeFileSync(momentFile(stack), `${new Date().toISOString()}\n`);
  return await up(stack);
}

/** The config key that makes every check on the nodes run again when its value changes. */
const verifyKey = `${project}:verify`;

/** Kept beside the state: in Pulumi.STACK.yaml it would be a change to a tracked file. */
const momentFile = (stack: string): string => join(labDir, "verify", stack);

/** The moment of the last `./lab verify`, which every later `up` must say again, or all checks would run once more. */
function lastVerify(stack: string): string | undefined {
  return readOrNothing(momentFile(stack))?.trim();
}

function next(stack: string, node = "k8s-worker1"): string[] {
  const lab = `./lab${flag(stack)}`;
  return [
    `  ./lab report${flag(stack)}    the network and a packet's journey, as a page to look at`,
    `  ./lab outputs${flag(stack)} --table    each claim with its verdict`,
    `  ${lab} ssh ${node} brctl show cni0`,
    `  ${lab} kubectl get pods -A -o wide`,
  ];
}
