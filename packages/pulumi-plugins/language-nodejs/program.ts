// Runs the user's program the way the official host does: @pulumi/pulumi's own runner, found from the program's folder.
import { createRequire } from "node:module";
import { join } from "node:path";
import type { LanguagePb } from "../rpc/protocol.ts";
import type { Children } from "./children.ts";

/** The runner's exit code for a failure that it has already explained to the user. */
const explained = 32;

const ownNodeArguments = [
  // Node strips types without being asked to compile; it need not say so at each start.
  "--disable-warning=ExperimentalWarning",
  "--import",
  new URL("./lean-start.ts", import.meta.url).href,
];

export interface Outcome {
  readonly error?: string;
  readonly bail?: boolean;
}

interface Options {
  typescript?: boolean;
  nodeargs?: string;
  tsconfig?: string;
}

export async function runProgram(
  request: LanguagePb.RunRequest,
  engineAddress: string,
  children: Children,
): Promise<Outcome> {
  const programDirectory = request.getInfo()?.getProgramDirectory() || request.getPwd();
  const options = (request.getInfo()?.getOptions()?.toJavaScript() ?? {}) as Options;
  const args = [
    ...ownNodeArguments,
    ...nodeArguments(options.nodeargs),
    runnerOf("run", programDirectory),
    ...runArguments(request, engineAddress),
  ];
  const { exit } = children.start(process.execPath, args, {
    // The program's lines are the user's to see, in the order in which they were written.
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...configVariables(request), ...typescriptVariables(options) },
  });

  const { code, signal } = await exit;
  if (code === 0) return {};
  // A cancelled update needs no further words either.
  if (code === explained || children.cancelled) return { bail: true };
  return { error: signal ? `Program exited from signal ${signal}` : `Program exited with non-zero exit code: ${code}` };
}

/** @param runner the name of the runner: run, run-plugin */
export function runnerOf(runner: string, programDirectory: string): string {
  try {
    return createRequire(join(programDirectory, "package.json")).resolve(`@pulumi/pulumi/cmd/${runner}`);
  } catch (error) {
    throw new Error(`@pulumi/pulumi is not installed for ${programDirectory}; run npm install there`, { cause: error });
  }
}

function runArguments(request: LanguagePb.RunRequest, engineAddress: string): string[] {
  const flags = {
    monitor: request.getMonitorAddress(),
    engine: engineAddress,
    organization: request.getOrganization(),
    project: request.getProject(),
    stack: request.getStack(),
    pwd: request.getPwd(),
    "root-directory": request.getInfo()?.getRootDirectory() ?? "",
    parallel: String(request.getParallel()),
  };
  return [
    ...Object.entries(flags).flatMap(([name, value]) => (value === "" ? [] : [`--${name}`, value])),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    // "." stands for package.json's main.
    request.getInfo()?.getEntryPoint() || request.getProgram() || ".",
    ...request.getArgsList(),
  ];
}

function configVariables(request: LanguagePb.RunRequest): Record<string, string> {
  const config = Object.fromEntries(request.getConfigMap().getEntryList());
  return {
    PULUMI_CONFIG: JSON.stringify(config),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
  };
}

function typescriptVariables({ typescript, tsconfig }: Options): Record<string, string> {
  return {
    // Through ts-node, unless the project says no; Node itself strips types then.
    PULUMI_NODEJS_TYPESCRIPT: String(typescript !== false),
    ...(tsconfig && { PULUMI_NODEJS_TSCONFIG_PATH: tsconfig }),
  };
}

/** The nodeargs option is one line, as on a command line; quotes keep spaces together. */
function nodeArguments(line = ""): string[] {
  return (line.match(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g) ?? []).map((word) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"),
  );
}
