/** Stand-in for AWS: a PULUMI_HOME in which the aws plugin is the tests' own. In the checkout's own one a real lab on EC2 would find it. */
import { globSync, mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { pluginFile, writeWrapper } from "../../packages/pulumi-plugins/install.ts";
import { root } from "../live/lab.ts";
import { version } from "./plugin/version.ts";
import { newFolder } from "../folder.ts";

/** @returns its folder, with all other plugins of the home that the environment names */
export function homeWithStandIn(): string {
  const pulumiHome = newFolder("test-home");
  const [own, plugins] = [join(process.env["PULUMI_HOME"] ?? "", "plugins"), join(pulumiHome, "plugins")];
  for (const file of globSync("*/*", { cwd: own })) {
    if (file.startsWith("resource-aws-")) continue;
    // The engine takes no folder for a plugin's that is a link itself.
    mkdirSync(dirname(join(plugins, file)), { recursive: true });
    symlinkSync(join(own, file), join(plugins, file));
  }
  const places = { pulumiHome, node: process.execPath, checkout: root, compileCache: join(root, ".lab", "compiled") };
  writeWrapper(pluginFile(pulumiHome, "resource", "aws", version), places, "tests/aws/plugin/main.ts");
  return pulumiHome;
}
