/** Pulumi as a user has installed it. */
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { defaultChoice } from "../../bundle/choice.ts";
import { decide } from "../../bundle/decide.ts";
import { providePulumi, pulumiSubject } from "../../cli/parts/binaries.ts";
import { installPlugins, pluginFile, writeWrapper } from "../../packages/pulumi-plugins/install.ts";
import { version } from "../../packages/pulumi-plugins/language-nodejs/version.ts";

const checkout = join(import.meta.dirname, "..", "..");

/**
 * Plugins in the user's ~/.pulumi, as if Pulumi had fetched them.
 * @param node what the program is to run on
 * @returns the folder for PATH
 */
export async function layPulumi(home: string, node: string): Promise<string> {
  const { pulumi, plugins, way } = await providePulumi(await decide(pulumiSubject(defaultChoice), defaultChoice));
  const compileCache = join(checkout, ".lab", "compiled");
  const places = { pulumiHome: join(home, ".pulumi"), node: process.execPath, checkout, compileCache };
  installPlugins({ ...places, plugins, standIns: way === "source" });
  if (way === "source") {
    // The official language host is no program of Node's, and starts the user's program by the node on PATH, without arguments of its
    // own. This stand-in for it runs on this test's Node, and does as much.
    const started = join(home, "node");
    writeFileSync(started, `#!/bin/sh\nshift 3\nexec '${node}' "$@"\n`, { mode: 0o755 });
    const host = join(home, "host.ts");
    const main = join(checkout, "packages/pulumi-plugins/language-nodejs/main.ts");
    writeFileSync(host, `process.execPath = ${JSON.stringify(started)};\nawait import(${JSON.stringify(main)});\n`);
    writeWrapper(
      pluginFile(places.pulumiHome, "language", "nodejs", version),
      { ...places, checkout: home },
      "host.ts",
    );
  }
  return dirname(pulumi);
}
