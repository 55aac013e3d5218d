import { execFileSync, spawnSync } from "node:child_process";
import { connect } from "node:net";
import { join } from "node:path";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation/index.js";
import type { TestFn } from "ava";
import { stateAtTheEnd } from "../../cli/stack/settled.ts";
import type { TraceResult } from "../../cli/trace/view.ts";

export const root = join(import.meta.dirname, "..", "..");

/** What a test tells the engine of how to report. */
export const progress = {
  onOutput: (text: string) => process.stderr.write(text),
  suppressOutputs: true,
  color: "never",
} as const;

export interface LabConfig {
  readonly machineCidr: string;
  readonly portBase: number;
  readonly [key: string]: string | number;
}

/** A stack of this program with names, ports and addresses of its own, through Pulumi's Automation API. */
export async function openStack(stackName: string, config: LabConfig): Promise<Stack> {
  const { portBase } = config;
  if (portBase + 9 > 32767)
    throw new Error(`portBase ${String(portBase)} of ${stackName}: outgoing connections get ports from 32768`);
  const stack = await LocalWorkspace.createOrSelectStack({ stackName, workDir: root });
  await configure(stack, config);
  return stack;
}

/** A stack's outputs, by name. */
export async function outputsOf(stack: Stack): Promise<Readonly<Record<string, unknown>>> {
  return Object.fromEntries(Object.entries(await stack.outputs()).map(([key, { value }]) => [key, value as unknown]));
}

export async function configure(stack: Stack, config: Readonly<Record<string, string | number>>): Promise<void> {
  await stack.setAllConfig(
    Object.fromEntries(
      Object.entries(config).map(([key, value]) => [`pod-networking-lab:${key}`, { value: String(value) }]),
    ),
  );
}

/** Sets a key whose value is a list. */
export async function setList(stack: Stack, key: "lessons" | "nodeNames", values: readonly string[]): Promise<void> {
  await stack.removeConfig(`pod-networking-lab:${key}`);
  for (const [index, value] of values.entries())
    await stack.setConfig(`pod-networking-lab:${key}[${index}]`, { value }, true);
}

/** Sets which pages of the course the next update teaches. */
export const setLessons = (stack: Stack, lessons: readonly string[]): Promise<void> =>
  setList(stack, "lessons", lessons);

/** Whether a TCP connection comes about within two seconds, or is refused by the machine itself. */
export function reaches(host: string, port: number): Promise<"open" | "refused" | "no answer"> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 });
    const end = (how: "open" | "refused" | "no answer"): void => {
      socket.destroy();
      resolve(how);
    };
    socket
      .on("connect", () => end("open"))
      .on("timeout", () => end("no answer"))
      .on("error", () => end("refused"));
  });
}

export const container = (stackName: string, node: string): string => `podnet-${stackName}-${node}`;

/** Standard output of a program; its standard error is in the exception when it fails. Nothing that is run so takes five minutes. */
export function run(file: string, ...args: string[]): string {
  return execFileSync(file, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 64 * 1024 * 1024,
    timeout: 300_000,
  });
}

/** Standard output of a command line in a machine, past SSH, which the tests count. */
export function inMachine(stackName: string, node: string, command: string): string {
  return run("docker", "exec", container(stackName, node), "bash", "-c", command);
}

/** `./lab trace` between two pods, by JSON: what it found, and its exit code. */
export function trace(
  stackName: string,
  ...args: readonly string[]
): { readonly result: TraceResult; readonly code: number | null } {
  const main = join(root, "cli", "main.ts");
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [main, "trace", "--stack", stackName, "--json", ...args],
    { encoding: "utf8" },
  );
  if (stdout === "") throw new Error(`./lab trace ${args.join(" ")} printed nothing: ${stderr}`);
  return { result: JSON.parse(stdout) as TraceResult, code: status };
}

/** Everything of the stack goes, and then the stack itself: nobody reads the state in between, so it is written once. */
export async function destroyAndRemove(stack: Stack): Promise<void> {
  stack.workspace.envVars = { ...stack.workspace.envVars, ...stateAtTheEnd };
  await stack.destroy({ ...progress, remove: true });
}

/** Nothing of the stack is there before the first of a file's tests, nor after the last one, however they end. */
export function beginAndEndWithout(stack: Stack, test: TestFn, end: () => Promise<void> = async () => {}): void {
  test.before(async () => {
    await stack.destroy(progress);
  });
  test.after.always(async (t) => {
    await destroyAndRemove(stack);
    await end();
    t.deepEqual(traces(stack.name), []);
  });
}

/** What the engine still holds of a stack. */
export function traces(stackName: string): string[] {
  const filter = `--filter=label=pod-networking-lab.stack=${stackName}`;
  return [
    run("docker", "ps", "--all", "--quiet", filter),
    run("docker", "volume", "ls", "--quiet", filter),
    run("docker", "network", "ls", "--quiet", filter),
  ].flatMap((text) => text.split("\n").filter(Boolean));
}

/** SSH logins so far on a node. */
export function logins(stackName: string, node: string): number {
  return Number(
    inMachine(stackName, node, "journalctl --unit ssh --output cat --no-pager | grep --count '^Accepted' || true"),
  );
}
