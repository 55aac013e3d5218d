import { ensurePulumi } from "./ensure-pulumi.ts";
import { defaultStack } from "./paths.ts";
import { ensureStack, runPulumi } from "./pulumi.ts";

/** Commands that mean a stack: they find one also before the first `./lab up`. */
const onStack = new Set(["up", "update", "preview", "refresh", "config", "import", "watch", "destroy"]);

/** `./lab pulumi ...`: any Pulumi command in the lab's environment. The stack is the selected one unless `-s` came before the verb. */
export async function pulumiVerb(stack: string | undefined, args: readonly string[]): Promise<number> {
  const pulumi = await ensurePulumi();
  if (onStack.has(args[0] ?? "")) await ensureStack(pulumi, stack ?? defaultStack);
  return await runPulumi(pulumi, stack ?? namedIn(args) ?? defaultStack, args, {
    env: stack === undefined ? {} : { PULUMI_STACK: stack },
  });
}

/** The stack that the arguments themselves name: its file is the one Pulumi writes to. Pure. */
export function namedIn(args: readonly string[]): string | undefined {
  const joined = args.find((word) => word.startsWith("--stack="));
  if (joined !== undefined) return joined.slice("--stack=".length);
  const index = args.findIndex((word) => word === "--stack" || word === "-s");
  return index === -1 ? undefined : args[index + 1];
}
