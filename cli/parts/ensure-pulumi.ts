import { type Decided, defaultChoice } from "../../bundle/choice.ts";
import { decide } from "../../bundle/decide.ts";
import { installPlugins } from "../../packages/pulumi-plugins/install.ts";
import { checkout, defaultStack, pulumiHome } from "../paths.ts";
import { readChoice } from "../stack/artifacts.ts";
import { prepareLabDir } from "../stack/environment.ts";
import { findPulumi, type Pulumi, pulumiOnPath } from "../stack/pulumi.ts";
import { say } from "../view/say.ts";
import { providePulumi, pulumiSubject } from "./binaries.ts";

/**
 * The pulumi to use, with all its plugins: the user's own, which fetches them itself, or the lab's. Quick when all is there.
 * @param stack the one whose config says where Pulumi, too, comes from
 * @param decided which way that is. @default decided here
 */
export async function ensurePulumi(stack = defaultStack, decided?: Decided): Promise<Pulumi> {
  prepareLabDir();
  const own = findPulumi();
  if (own !== undefined && own.problem === undefined) return { file: own.file, ours: false };
  const choice = readChoice(stack);
  const subject = pulumiSubject(choice);
  if (own !== undefined && !(subject.stands("release") || subject.stands("source")))
    say(`Your ${own.file} is not used: ${own.problem}. The lab provides one of its own.`);
  const { pulumi, plugins, way } = await providePulumi(decided ?? (await decide(subject, choice, say)), say);
  installPlugins({ pulumiHome, node: process.execPath, checkout, plugins, standIns: way === "source" });
  return { file: pulumi, ours: true };
}

/** Whether there is one already, made either way and from wherever. */
export function hasPulumi(): boolean {
  if (pulumiOnPath() !== undefined) return true;
  const { stands } = pulumiSubject(defaultChoice);
  return stands("release") || stands("source");
}
