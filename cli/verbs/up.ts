import { elapsed } from "../../bundle/estimate.ts";
import { describeNoted, noteFaults } from "../faults/note.ts";
import { configFor, configValue, platformOf } from "../stack/config.ts";
import { rebooted } from "../stack/rebooted.ts";
import { refuseGone } from "../stack/standing.ts";
import { flag, readResults } from "../stack/results.ts";
import { switchedTo } from "../stack/switched.ts";
import { askAnew, update } from "../stack/update.ts";
import { paint, say } from "../view/say.ts";
import { renderSummary } from "../view/summary.ts";

/** `./lab up`: whatever is missing, then `pulumi up`, then what was found. Returns pulumi's exit code. */
export async function up(stack: string): Promise<number> {
  const begun = Date.now();
  const other = switchedTo(stack);
  if (other !== undefined && other !== configValue(stack, "backend")) {
    say(
      `Somebody has switched flannel to backend ${other} by hand. The lab takes that over first, and then goes to what its config says.`,
    );
    // Pulumi changes what differs from its own state, which does not know of this. Claims do not hold yet where nodes were left half way.
    await update(stack, `Lab "${stack}", as it was switched`, { config: configFor(stack, other) });
  }
  const booted = await rebooted(stack);
  if (booted.length > 0) {
    say(
      `Booted since the claims were checked: ${booted.join(", ")}. Pods have new addresses then, so every check runs again.`,
    );
    askAnew(stack);
  }
  return await bringUp(stack, begun);
}

async function bringUp(stack: string, begun = Date.now(), looksOnly = false): Promise<number> {
  const code = await update(stack, `Lab "${stack}"`, { looksOnly });
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

/** `./lab verify`: an `up` in which every check runs again. */
export async function verify(stack: string): Promise<number> {
  // A lab whose machines are gone keeps the moment of its last checks.
  await refuseGone(stack, platformOf(stack));
  askAnew(stack);
  return await bringUp(stack, Date.now(), true);
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
