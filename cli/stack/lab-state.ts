import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { project, stackStateFile, stateDir } from "../paths.ts";
import { ownBackend } from "./environment.ts";
import type { Pulumi } from "./pulumi.ts";

/** What the state says of the lab itself. */
export interface LabState {
  /** Absent before a lab's first update, and in what a version without ids has recorded. */
  readonly id: string | undefined;
  /** Names of its nodes, once an update was complete. */
  readonly nodes: readonly string[];
  /** Names of the user's own hosts that it holds. */
  readonly hosts: readonly string[];
  /** Its instances on EC2. */
  readonly instances: readonly Instance[];
  /** URNs of the machines that it makes on this machine. */
  readonly machines: readonly string[];
  /** Whether it ever made or took a machine: an update that was refused before leaves a state as well. */
  readonly made: boolean;
  readonly resources: number;
}

export interface Instance {
  readonly name: string;
  readonly id: string;
}

const deployment = z.object({
  resources: z
    .array(
      z.looseObject({
        urn: z.string(),
        type: z.string(),
        id: z.string().optional(),
        inputs: z.record(z.string(), z.unknown()).optional(),
        outputs: z.record(z.string(), z.unknown()).optional(),
      }),
    )
    .optional(),
});
const checkpoint = z.object({ checkpoint: z.object({ latest: deployment.nullish() }) });
const nodeList = z.array(z.looseObject({ name: z.string() })).catch([]);

/** Pure. */
export function labOf({ resources = [] }: z.infer<typeof deployment>): LabState {
  const commands = resources
    .filter(({ type }) => type === "command:local:Command")
    .map(({ urn, inputs, outputs }) => ({ urn, name: urn.split("::").at(-1) ?? "", inputs, outputs }));
  const id = commands.find(({ name }) => /^machines(-hosts)?-lab$/.test(name))?.outputs?.["stdout"];
  const instances = resources
    .filter(({ type }) => type === "aws:ec2/instance:Instance")
    .map(({ urn, id = "" }) => ({
      name: (urn.split("::").at(-1) ?? "").replace(/^machines-(aws-)?|-instance$/g, ""),
      id,
    }));
  const outputs = resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs;
  return {
    id: typeof id === "string" ? id.trim() : undefined,
    nodes: nodeList.parse(outputs?.["nodes"]).map(({ name }) => name),
    hosts: commands
      .filter(({ inputs }) => inputs?.["delete"] === "node platforms/hosts/host.ts reset")
      .map(({ name }) => name.replace(/^machines-(hosts-)?/, "")),
    instances,
    machines: commands
      .filter(({ inputs }) => String(inputs?.["delete"]).endsWith("/machine.sh delete"))
      .map(({ urn }) => urn),
    made:
      instances.length > 0 ||
      commands.some(({ inputs }) => /(machine\.sh delete|host\.ts reset)$/.test(String(inputs?.["delete"]))),
    resources: resources.length,
  };
}

/** From the file backend without asking Pulumi; undefined when there is no such stack. */
export function readLabState(stack: string): LabState | undefined {
  const found = readDeployment(stack);
  return found && labOf(found);
}

function readDeployment(stack: string): z.infer<typeof deployment> | undefined {
  const file = stackStateFile(stack);
  if (!existsSync(file)) return undefined;
  return checkpoint.parse(JSON.parse(readFileSync(file, "utf8"))).checkpoint.latest ?? {};
}

/** How the state marks a value that is not plain JSON, and which of these marks is a secret's. */
const mark = "4dabf18193072939515e22adb298388d";
const secretMark = "1b47061264138c4ac30d75fd1eb44270";

/** The stack's outputs as `pulumi stack output --json` shows them, secrets hidden; undefined where one is of a kind that only Pulumi can show. Pure. */
export function shownOutputs({ resources = [] }: z.infer<typeof deployment>): Record<string, unknown> | undefined {
  let known = true;
  const show = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(show);
    if (typeof value !== "object" || value === null) return value;
    const marked = (value as Record<string, unknown>)[mark];
    if (marked === secretMark) return "[secret]";
    known &&= marked === undefined;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, show(inner)]));
  };
  const shown = show(resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {});
  return known ? (shown as Record<string, unknown>) : undefined;
}

/** From the file backend without asking Pulumi; undefined where Pulumi has to be asked. */
export function readShownOutputs(stack: string): Record<string, unknown> | undefined {
  return shownOutputs(readDeployment(stack) ?? {});
}

/** Wherever the state is kept; the stack exists. */
export async function askLabState(pulumi: Pulumi, stack: string): Promise<LabState> {
  const own = ownBackend() ? readLabState(stack) : undefined;
  if (own !== undefined) return own;
  const { askPulumi } = await import("./pulumi.ts");
  const exported = z
    .object({ deployment })
    .parse(JSON.parse(await askPulumi(pulumi, ["stack", "export", "--stack", stack])));
  return labOf(exported.deployment);
}

/** Stacks that the file backend of this checkout knows. */
export function knownStacks(): string[] {
  return globSync("*.json", { cwd: join(stateDir, ".pulumi", "stacks", project) }).map((name) =>
    basename(name, ".json"),
  );
}
