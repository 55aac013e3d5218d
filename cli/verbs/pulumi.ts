import { ensurePulumi, hasPulumi } from "../parts/ensure-pulumi.ts";
import { defaultStack } from "../paths.ts";
import { stateElsewhere } from "../stack/environment.ts";
import { whyOther } from "../stack/passphrase.ts";
import { ensureStack, runPulumi } from "../stack/pulumi.ts";
import { settingIn, writeSetting } from "../stack/set-config.ts";
import { say } from "../view/say.ts";

/** Commands that mean a stack: they find one also before the first `./lab up`. */
const onStack = new Set(["up", "update", "preview", "refresh", "config", "import", "watch", "destroy"]);

/** `./lab pulumi ...`: any Pulumi command in the lab's environment. The stack is the selected one unless `-s` came before the verb. */
export async function pulumiVerb(stack: string | undefined, args: readonly string[]): Promise<number> {
  const meant = stack ?? namedIn(args) ?? defaultStack;
  // Behind a firewall this may be what opens the way to a Pulumi.
  const setting = settingIn(args);
  if (setting !== undefined && !hasPulumi()) {
    writeSetting(meant, setting);
    say(`Written to Pulumi.${meant}.yaml; there is no Pulumi yet, and ./lab up provides it by what this file says.`);
    return 0;
  }
  const elsewhere = stateElsewhere();
  if (elsewhere !== undefined) say(elsewhere);
  const pulumi = await ensurePulumi(meant);
  if (onStack.has(commandIn(args) ?? "")) await ensureStack(pulumi, meant);
  const code = await runPulumi(pulumi, meant, args, {
    env: stack === undefined ? {} : { PULUMI_STACK: stack },
  });
  // Not every command needs the passphrase, so none is refused for it.
  const why = code === 0 ? undefined : whyOther(meant);
  if (why !== undefined) say(`As to the passphrase: ${why}`);
  return code;
}

/** Pulumi's command: the first word that is neither an option nor the name of a stack. Pure. */
export function commandIn(args: readonly string[]): string | undefined {
  return args.find((word, index) => !word.startsWith("-") && !["--stack", "-s"].includes(args[index - 1] ?? ""));
}

/** The stack that the arguments themselves name: its file is the one Pulumi writes to. Pure. */
export function namedIn(args: readonly string[]): string | undefined {
  const joined = args.find((word) => word.startsWith("--stack="));
  if (joined !== undefined) return joined.slice("--stack=".length);
  const index = args.findIndex((word) => word === "--stack" || word === "-s");
  return index === -1 ? undefined : args[index + 1];
}
