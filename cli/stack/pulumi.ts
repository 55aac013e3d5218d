import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { nodeDir, pathWith } from "../../bundle/tools.ts";
import { runChild } from "./child.ts";
import { ownBackend, prepareLabDir, pulumiVariables, stackFile } from "./environment.ts";
import { mendAttributes } from "./interrupted.ts";
import { checkout, defaultStack, labDir, stackStateFile } from "../paths.ts";
import { Problem } from "../view/problem.ts";
import { withTemporary } from "./temporary.ts";
import { forgetPassphrase, recordPassphrase } from "./passphrase.ts";
import { copyStackFile, keepStackFile, readsOnly } from "./stack-file.ts";

/** The oldest CLI whose engine and language host the lab was held to. */
const oldest = [3, 230] as const;

/** A Pulumi CLI, and whether the lab provides it: then its plugins come from the lab too. */
export interface Pulumi {
  readonly file: string;
  readonly ours: boolean;
}

/** The user's own pulumi. */
export interface FoundPulumi {
  readonly file: string;
  readonly version: string;
  /** Why the lab does not use it, in a few words. @default it is used */
  readonly problem?: string;
}

/** The user's own pulumi, on PATH. It must be recent enough, and have its Node.js language host beside it or on PATH. */
export function findPulumi(path = process.env["PATH"] ?? ""): FoundPulumi | undefined {
  const directories = path.split(delimiter).filter((directory) => directory !== "" && directory !== shimDir);
  const find = (name: string): string | undefined =>
    directories.map((directory) => join(directory, name)).find((file) => existsSync(file));
  const file = find("pulumi");
  if (file === undefined) return undefined;
  let version: string;
  try {
    const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
    version = execFileSync(file, ["version"], { encoding: "utf8", env, stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return { file, version: "unknown", problem: "it does not tell its version" };
  }
  if (!recentEnough(version))
    return { file, version, problem: `it is ${version}, and the lab needs v${oldest.join(".")} or newer` };
  if (find("pulumi-language-nodejs") === undefined)
    return { file, version, problem: "there is no pulumi-language-nodejs beside it" };
  return { file, version };
}

/** The user's own pulumi, where the lab uses it. */
export function pulumiOnPath(path?: string): FoundPulumi | undefined {
  const found = findPulumi(path);
  return found?.problem === undefined ? found : undefined;
}

export function recentEnough(version: string): boolean {
  const [, major, minor] = (/^v?(\d+)\.(\d+)\./.exec(version.trim()) ?? []).map(Number);
  if (major === undefined || minor === undefined) return false;
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}

/** Where `./lab env` puts a pulumi that is `./lab pulumi`. */
export const shimDir = join(labDir, "bin");

export function pulumiEnvironment(pulumi: Pulumi): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...pulumiVariables(),
    PATH: pathWith([dirname(pulumi.file), nodeDir]),
    // The official command plugin asks an SSH agent wherever this names one, and fails where it is gone. The lab has keys of its own.
    SSH_AUTH_SOCK: undefined,
  };
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Config values of this run only. */
  readonly config?: Readonly<Record<string, string>>;
  /** A file descriptor for what pulumi prints. @default this terminal */
  readonly output?: number;
}

/** Runs pulumi on this terminal; the stack's file stays as the user wrote it. */
export async function runPulumi(
  pulumi: Pulumi,
  stack: string,
  args: readonly string[],
  { env = {}, config = {}, output }: RunOptions = {},
): Promise<number> {
  prepareLabDir();
  if (ownBackend()) mendAttributes();
  const [file, own] = [stackFile(stack), ownBackend()];
  const run = (): Promise<number> =>
    withTemporary((TMPDIR) => {
      const flags =
        own && readsOnly(args)
          ? ["--config-file", copyStackFile(file, TMPDIR, config)]
          : Object.entries(config).flatMap(([key, value]) => ["--config", `${key}=${value}`]);
      const environment = { ...pulumiEnvironment(pulumi), TMPDIR, ...env };
      return runChild(pulumi.file, [...args, ...flags], {
        env: environment,
        cwd: checkout,
        ...(output !== undefined && { output }),
      });
    });
  const code = await (own && !readsOnly(args) ? keepStackFile(file, run) : run());
  if (code === 0 && args.includes("change-secrets-provider")) forgetPassphrase(stack);
  else if (code === 0 && readsOnly(args)) recordPassphrase(stack);
  return code;
}

/** What a pulumi command prints. @throws Problem with what it said when it fails */
export async function askPulumi(pulumi: Pulumi, args: readonly string[], input?: string): Promise<string> {
  prepareLabDir();
  if (ownBackend()) mendAttributes();
  // Read where it is used: it takes a fifth of the start of a verb that asks Pulumi nothing.
  const { execa } = await import("execa");
  const result = await execa(pulumi.file, [...args, "--non-interactive"], {
    env: pulumiEnvironment(pulumi),
    cwd: checkout,
    reject: false,
    ...(input === undefined ? { stdin: "ignore" as const } : { input }),
  });
  if (result.exitCode === 0) return result.stdout;
  throw new Problem(`pulumi ${args.join(" ")} failed: ${result.stderr || result.stdout || result.shortMessage}`);
}

/** Known without pulumi where the backend is the lab's own. */
export async function stackExists(pulumi: Pulumi, stack: string): Promise<boolean> {
  if (ownBackend()) return existsSync(stackStateFile(stack));
  const stacks = JSON.parse(await askPulumi(pulumi, ["stack", "ls", "--json"])) as { name: string }[];
  return stacks.some(({ name }) => name === stack || name.endsWith(`/${stack}`));
}

/** Makes the stack unless it is there. Only the default one is selected: `./lab pulumi` goes on meaning it after `./lab up -s OTHER`. */
export async function ensureStack(pulumi: Pulumi, stack: string): Promise<void> {
  if (await stackExists(pulumi, stack)) return;
  const init = (): Promise<string> =>
    askPulumi(pulumi, ["stack", "init", stack, ...(stack === defaultStack ? [] : ["--no-select"])]);
  await (ownBackend() ? keepStackFile(stackFile(stack), init) : init());
  recordPassphrase(stack);
}
