import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { plugins } from "../../bundle/release/pulumi.ts";
import { onPath } from "../../bundle/tools.ts";
import { isStandIn, pluginFile } from "../../packages/pulumi-plugins/install.ts";
import { pulumiHome } from "../paths.ts";
import { askPulumi, type Pulumi } from "../stack/pulumi.ts";
import { say } from "../view/say.ts";

/**
 * What the behaviours are stated of: Pulumi's own language host and command plugin wherever they can be had, and this checkout's stand-ins
 * elsewhere. Which of them it is, is said.
 */
export async function pluginsUnderTest(pulumi: Pulumi): Promise<NodeJS.ProcessEnv> {
  const host = officialHost(pulumi);
  const command = host === undefined ? undefined : await officialCommand(pulumi);
  const name = (official: string | undefined): string =>
    official ?? "this checkout's stand-in, for Pulumi's own cannot be had here";
  say(`language host: ${name(host)}`);
  say(`command plugin: ${name(command)}`);
  return {
    PULUMI_BIN: pulumi.file,
    ...(host !== undefined && { LANGUAGE_HOST: host }),
    ...(command !== undefined && { COMMAND_PLUGIN: command }),
  };
}

/** Beside the CLI by release; one of the user's own may have it elsewhere on PATH. A CLI that was built here has none. */
function officialHost({ file, ours }: Pulumi): string | undefined {
  const name = "pulumi-language-nodejs";
  const beside = join(dirname(file), name);
  if (existsSync(beside)) return beside;
  return ours ? undefined : onPath(name);
}

/** The lab's by release stands there already; the user's own pulumi fetches it. */
async function officialCommand(pulumi: Pulumi): Promise<string | undefined> {
  const file = pluginFile(pulumiHome, "resource", "command", plugins.command);
  if (!pulumi.ours) {
    const reinstall = isStandIn(file) ? ["--reinstall"] : [];
    const install = ["plugin", "install", "resource", "command", plugins.command, ...reinstall];
    const failed = await askPulumi(pulumi, install).then(
      () => false,
      () => true,
    );
    if (failed) return undefined;
  }
  return existsSync(file) && !isStandIn(file) ? file : undefined;
}
