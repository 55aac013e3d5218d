// Puts the plugins where the engine finds them without fetching and without a warning, as if each had been installed:
//   <pulumiHome>/plugins/KIND-NAME-vVERSION/pulumi-KIND-NAME
// On PATH the engine would find them too, and say so at every start. The plugins of this checkout are wrappers of two lines
// that start its TypeScript with a given Node.
import {
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { version as commandVersion } from "./command/schema.ts";
import { version as hostVersion } from "./language-nodejs/version.ts";

export interface PluginPlaces {
  /** PULUMI_HOME of the engine that is to find the plugins. */
  readonly pulumiHome: string;
  /** The node executable that runs the plugins. */
  readonly node: string;
  /** The root of this checkout, with node_modules in it. */
  readonly checkout: string;
  /** A folder for compiled code. @default `compiled` next to pulumiHome */
  readonly compileCache?: string;
  /** Programs of resource plugins that are somewhere else. @default none are installed */
  readonly plugins?: readonly ProvidedPlugin[];
  /** Whether the checkout's own language host and command plugin are installed. @default true */
  readonly standIns?: boolean;
}

/** A resource plugin's program. */
export interface ProvidedPlugin {
  readonly name: string;
  readonly version: string;
  readonly file: string;
}

export function installPlugins(places: PluginPlaces): void {
  const { pulumiHome, plugins = [], standIns = true } = places;
  if (standIns) {
    const host = pluginFile(pulumiHome, "language", "nodejs", hostVersion);
    writeWrapper(host, places, "packages/pulumi-plugins/language-nodejs/main.ts");
    const command = pluginFile(pulumiHome, "resource", "command", commandVersion);
    writeWrapper(command, places, "packages/pulumi-plugins/command/main.ts");
  }
  for (const { name, version, file } of plugins) link(pluginFile(pulumiHome, "resource", name, version), file);
}

export const pluginFile = (pulumiHome: string, kind: "language" | "resource", name: string, version: string): string =>
  join(pulumiHome, "plugins", `${kind}-${name}-v${version}`, `pulumi-${kind}-${name}`);

/** @param main the plugin's TypeScript, below the checkout */
export function writeWrapper(
  file: string,
  { pulumiHome, node, checkout, compileCache }: PluginPlaces,
  main: string,
): void {
  const cache = compileCache ?? join(dirname(pulumiHome), "compiled");
  const text = [
    "#!/bin/sh",
    `NODE_COMPILE_CACHE=${quoted(cache)}; export NODE_COMPILE_CACHE`,
    `exec ${quoted(node)} --disable-warning=ExperimentalWarning ${quoted(join(checkout, main))} "$@"`,
    "",
  ].join("\n");
  if (readIfThere(file) === text) return;
  replace(file, (fresh) => writeFileSync(fresh, text, { mode: 0o755 }));
}

/** Whether a plugin there is this checkout's, and not a program of its maker's. */
export const isStandIn = (file: string): boolean =>
  readIfThere(file)?.startsWith("#!/bin/sh\nNODE_COMPILE_CACHE=") ?? false;

function link(file: string, target: string): void {
  const there = lstatSync(file, { throwIfNoEntry: false });
  if (there?.isSymbolicLink() && readlinkSync(file) === target) return;
  replace(file, (fresh) => symlinkSync(target, fresh));
}

/** Under another name first, then moved: an engine that looks meanwhile sees the old file or the new one, never half of one. */
function replace(file: string, make: (fresh: string) => void): void {
  mkdirSync(dirname(file), { recursive: true });
  const fresh = `${file}.${process.pid}`;
  rmSync(fresh, { force: true });
  make(fresh);
  renameSync(fresh, file);
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
