import type { Artifact } from "../../bundle/artifact.ts";
import { ensureTools } from "../../bundle/tools.ts";
import { type Choice, type Decided, settled, type Way } from "../../bundle/choice.ts";
import { bundleSubject, decide, knownDecision, knownWay, whyNotPublished } from "../../bundle/decide.ts";
import { announce, planned } from "../../bundle/progress.ts";
import { ensureEngine } from "../../platforms/local/engine.ts";
import { ensureImage, refuseFullDocker } from "../../platforms/local/image.ts";
import { diskSubject, ensureDisk } from "../../platforms/vm/disk.ts";
import { ensureQemu } from "../../platforms/vm/qemu.ts";
import { keepNeeds, needsOfLab } from "../cache/needs.ts";
import { missingForPulumi, pulumiSubject } from "./binaries.ts";
import { readChoice } from "../stack/artifacts.ts";
import { refuseFullCache, refuseNoCache } from "./cache.ts";
import { ensureAws } from "./aws.ts";
import { ensurePulumi } from "./ensure-pulumi.ts";
import { contentStep, missingForLab } from "./lab-content.ts";
import { defaultStack } from "../paths.ts";
import { isElsewhere, platformOf } from "../stack/config.ts";
import { Problem } from "../view/problem.ts";
import { type Pulumi, pulumiOnPath } from "../stack/pulumi.ts";
import { say } from "../view/say.ts";
import { runSteps, type Step } from "../view/step.ts";

export interface Parts {
  readonly pulumi: Pulumi;
  /** The engine was running before. */
  readonly engineFound: boolean;
  /** How many steps it took. */
  readonly steps: number;
}

/** Everything that the stack's lab needs before Pulumi makes it, step by step; `after` more steps follow. */
export async function prepareParts(after = 0, stack = defaultStack, platform = platformOf(stack)): Promise<Parts> {
  // Machines elsewhere need nothing made here but what is sent to them.
  const elsewhere = isElsewhere(platform);
  refuseNoCache();
  // What the lab's scripts call here at the very end is missed now, before anything is made.
  await ensureTools(elsewhere ? ["openssh-client"] : ["openssh-client", "iproute2"]);
  const choice = readChoice(stack);
  const problem = await whyNotPublished(choice);
  if (problem !== undefined) throw new Problem(problem);
  const virtual = platform === "vm";
  const subject = virtual ? diskSubject(choice) : bundleSubject(choice);
  const asked = knownWay(subject, choice) === undefined;
  const decided = await decide(subject, choice, say);
  const pulumiWay = await decidePulumi(choice, asked ? decided : undefined);
  keepNeeds(stack, needsOfLab(decided, pulumiWay.way));
  const [lab, programs] = [missingForLab(platform, decided), missingPrograms(pulumiWay)];
  refuseFullCache(planned([...lab, ...programs]).reduce((sum, { about }) => sum + about, 0));
  announceAll({ decided: pulumiWay, missing: programs }, { decided, missing: lab });
  const parts: { pulumi?: Pulumi; engineFound?: boolean } = {};
  const engine: Step = {
    title: "Container engine",
    run: async () => {
      const { version, found } = await ensureEngine(say);
      parts.engineFound = found;
      refuseFullDocker(decided);
      return `docker ${version}`;
    },
  };
  const ground: Step = virtual ? { title: "QEMU", run: () => ensureQemu(say) } : engine;
  const machine: Step = virtual
    ? { title: "VM disk", run: () => ensureDisk(decided, say) }
    : { title: "Machine image", run: () => ensureImage(decided, say) };
  const steps: readonly Step[] = [
    ...(elsewhere ? [] : [ground]),
    {
      title: "Pulumi",
      run: async () => {
        parts.pulumi = await ensurePulumi(stack, pulumiWay);
        return parts.pulumi.ours ? "the lab's own" : `yours, ${parts.pulumi.file}`;
      },
    },
    ...(platform === "aws" ? [{ title: "What Pulumi needs for AWS", run: () => ensureAws(parts.pulumi) }] : []),
    contentStep(platform, decided),
    ...(elsewhere ? [] : [machine]),
  ];
  process.once("SIGINT", stopped);
  await runSteps(steps, steps.length + after).finally(() => process.off("SIGINT", stopped));
  const { pulumi, engineFound = true } = parts;
  if (pulumi === undefined) throw new Error("the step that provides pulumi did not run");
  return { pulumi, engineFound, steps: steps.length };
}

/** Every step keeps what it has finished, so that stopping costs nothing but the one under way. */
function stopped(): never {
  const showCursor = process.stderr.isTTY ? "\u001b[?25h" : "";
  say(`${showCursor}\nStopped. What is built is kept; the same command goes on from here.`);
  process.exit(130);
}

/** A machine that was just found to reach every origin of the lab's parts reaches Pulumi's site too: nothing is asked twice in one run. */
async function decidePulumi(choice: Choice, justAsked: Decided | undefined): Promise<Decided> {
  const subject = pulumiSubject(choice);
  const known = knownDecision(subject, choice);
  if (known !== undefined || pulumiOnPath() !== undefined) return known ?? settled("release", choice);
  return justAsked?.way === "release"
    ? { ...justAsked, open: choice.way === "auto" }
    : await decide(subject, choice, say);
}

const missingPrograms = (way: Decided): Artifact[] => (pulumiOnPath() === undefined ? missingForPulumi(way) : []);

interface Planned {
  readonly decided: Decided;
  readonly missing: readonly Artifact[];
}

/** Beforehand: what will be built or downloaded, and about how long it takes. */
function announceAll(...plans: readonly Planned[]): void {
  const by = (way: Way): Artifact[] => plans.flatMap(({ decided, missing }) => (decided.way === way ? missing : []));
  announce("To be built first, from source", by("source"));
  announce("To be downloaded first", by("release"));
}
