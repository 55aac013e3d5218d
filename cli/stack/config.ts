import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { readOrNothing } from "../../bundle/tools.ts";
import type { PlatformSettings, Settings } from "../../components/settings/settings.ts";
import { type BackendName, backendNames, backendOf } from "../../evidence/backends.ts";
import { checkout, project } from "../paths.ts";
import { Problem } from "../view/problem.ts";
import { stackFile } from "./environment.ts";

const projectSchema = z.looseObject({ config: z.record(z.string(), z.looseObject({ default: z.unknown() })) });
const stackSchema = z.looseObject({ config: z.record(z.string(), z.unknown()).nullish() }).nullable();

/** A stack's config as it stands in the files, before and outside Pulumi. */
export interface StackConfig {
  /** Each key without the project's name: the stack's own value, else the project's default. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Where a value is encrypted, such as sshPrivateKey or hosts[0].privateKey: a text that is not the value stands there. */
  readonly secrets: readonly string[];
}

export function readConfig(stack: string): StackConfig {
  const file = stackFile(stack);
  try {
    return configOf(readOrNothing(join(checkout, "Pulumi.yaml")) ?? "", readOrNothing(file) ?? "");
  } catch (error) {
    throw new Problem(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The stack's own file over the project's defaults, as Pulumi takes them. Pure. */
export function configOf(projectText: string, stackText: string): StackConfig {
  const declared = projectConfig(projectText);
  const own = Object.entries(stackSchema.parse(parse(stackText))?.config ?? {})
    .filter(([key]) => key.startsWith(`${project}:`))
    .map(([key, value]) => [key.slice(project.length + 1), value] as const);
  const secrets: string[] = [];
  return {
    values: {
      ...Object.fromEntries(Object.entries(declared).map(([key, { default: value }]) => [key, value])),
      ...Object.fromEntries(own.map(([key, value]) => [key, withoutSecrets(value, key, secrets)])),
    },
    secrets,
  };
}

/** A verb asks for a dozen values, and the project's file with all its descriptions is the longer one. */
let lastRead: { readonly text: string; readonly config: z.infer<typeof projectSchema>["config"] } | undefined;
function projectConfig(text: string): z.infer<typeof projectSchema>["config"] {
  if (lastRead?.text !== text) lastRead = { text, config: projectSchema.parse(parse(text)).config };
  return lastRead.config;
}

/** Pulumi writes an encrypted value as { secure: TEXT }. */
function withoutSecrets(value: unknown, path: string, secrets: string[]): unknown {
  if (Array.isArray(value)) return value.map((item, index) => withoutSecrets(item, `${path}[${index}]`, secrets));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0]?.[0] === "secure") {
    secrets.push(path);
    return "[secret]";
  }
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutSecrets(item, `${path}.${key}`, secrets)]));
}

/** One value as text; a list, a map and a secret are none. */
export function configValue(stack: string, key: string): string {
  const { values, secrets } = readConfig(stack);
  const value = values[key];
  return secrets.includes(key) || !["string", "number", "boolean"].includes(typeof value) ? "" : String(value);
}

/** The config of an update that carries packets by this backend. */
export function configFor(stack: string, backend: BackendName): Readonly<Record<string, string>> {
  const { backend: own, backendOptions } = readConfig(stack).values;
  const given = z.record(z.string(), z.unknown()).safeParse(backendOptions).data ?? {};
  const kept = backend === own ? given : optionsWith(backend, own, given);
  const other = Object.keys(kept).length !== Object.keys(given).length;
  return { backend, ...(other && { backendOptions: JSON.stringify(kept) }) };
}

/**
 * What of a backend's options goes for another one as well: all of them where both have a VXLAN device, and what is about flannel's rules. A port is left out
 * elsewhere, since the other one's device has it until it is taken away. Pure.
 */
export function optionsWith(
  backend: BackendName,
  own: unknown,
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const from = backendNames.find((known) => known === own);
  const alike = from !== undefined && backendOf(from).vtep !== undefined && backendOf(backend).vtep !== undefined;
  return Object.fromEntries(Object.entries(given).filter(([option]) => alike || option === "rules"));
}

export type Platform = PlatformSettings["kind"];
const platforms: readonly Platform[] = ["local", "vm", "hosts", "aws"];

/** Where the stack's machines come from. @throws Problem for a word that is not known */
export function platformOf(stack: string): Platform {
  const value = configValue(stack, "platform");
  const platform = platforms.find((known) => known === value);
  if (platform !== undefined) return platform;
  throw new Problem(`platform "${value}" of stack ${stack} is not known; write one of: ${platforms.join(", ")}`);
}

/** Whether the machines are not on this one: it needs no container engine then, and makes no machine image. */
export function isElsewhere(platform: string): boolean {
  return platform === "hosts" || platform === "aws";
}

/**
 * What the program would refuse, found before anything is built or installed for it: by the program's own checks, on the same values.
 * What is encrypted here is left to the program.
 */
export async function configProblems(stack: string): Promise<readonly string[]> {
  return (await judgeConfig(stack)).problems;
}

/** What the config asks for; undefined where it is wrong, or encrypted in a part that matters. */
export async function readSettings(stack: string): Promise<Settings | undefined> {
  return (await judgeConfig(stack)).settings;
}

/** The program's own checks, on what the files hold. */
export async function judgeConfig(
  stack: string,
  config = readConfig(stack),
): Promise<{ readonly settings?: Settings | undefined; readonly problems: readonly string[] }> {
  // Only some verbs judge: the others need not load the checks.
  const [{ checkSettings }, { readFile: read }] = await Promise.all([
    import("../../components/settings/settings.ts"),
    import("../../components/settings/hosts.ts"),
  ]);
  const isSecret = (key: string): boolean =>
    config.secrets.some((path) => path === key || path.startsWith(`${key}[`) || path.startsWith(`${key}.`));
  const { settings, problems } = checkSettings(config.values, stack, { read, isSecret });
  return { settings, problems: problems.filter((one) => !config.secrets.some((path) => about(one, path))) };
}

/** Problems begin with the key. */
const about = (problem: string, path: string): boolean =>
  problem.startsWith(path) && !/[A-Za-z0-9]/.test(problem.charAt(path.length));

/** @throws Problem naming everything that is wrong with the stack's config */
export async function refuseWrongConfig(stack: string): Promise<void> {
  const problems = await configProblems(stack);
  if (problems.length === 0) return;
  throw new Problem(
    [
      `the config of stack ${stack} cannot be used; nothing was built or made:`,
      ...problems.map((one) => `  - ${one}`),
    ].join("\n"),
  );
}
