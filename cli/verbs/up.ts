import { prepareParts } from "../parts/parts.ts";
import { ensureStack, runPulumi } from "../stack/pulumi.ts";
import { flag, readResults } from "../stack/results.ts";
import { resume } from "../stack/resume.ts";
import { duration, paint, say } from "../view/say.ts";
import { renderSummary } from "../view/summary.ts";
import { lastVerify, verifyKey } from "../stack/verify-moment.ts";

/** `./lab up`: whatever is missing, then `pulumi up`, then what was found. Returns pulumi's exit code. */
export async function up(stack: string): Promise<number> {
  const begun = Date.now();
  const { pulumi, steps } = await prepareParts(1, stack);
  say(paint("bold", `[${steps + 1}/${steps + 1}] Lab "${stack}"`, process.stderr));
  await ensureStack(pulumi, stack);
  await resume(pulumi, stack);
  const moment = lastVerify(stack);
  const flags = ["--yes", "--skip-preview", "--suppress-outputs", "--stack", stack];
  if (moment !== undefined) flags.push("--config", `${verifyKey}=${moment}`);
  const code = await runPulumi(pulumi, stack, ["up", ...flags], { transient: moment === undefined ? [] : [verifyKey] });
  const took = duration(Date.now() - begun);
  if (code !== 0) {
    say(`The lab is not complete (${took}). ./lab up${flag(stack)} goes on from here; ./lab doctor looks for causes.`);
    return code;
  }
  const results = await readResults(stack);
  process.stdout.write(`\n${renderSummary(results).join("\n")}\n`);
  say([`Lab "${stack}" is up (${took}). Try next:`, ...next(stack, results.nodes?.at(-1)?.name)].join("\n"));
  return 0;
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
