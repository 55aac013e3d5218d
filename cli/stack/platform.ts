import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { stackFile } from "./environment.ts";
import { checkout, project } from "../paths.ts";

const projectFile = z.looseObject({ config: z.record(z.string(), z.looseObject({ default: z.unknown() })) });
const stackValues = z.looseObject({ config: z.record(z.string(), z.unknown()).optional() });

/** Where the stack's machines come from: its own file over the project's default, as Pulumi takes them. */
export function platformOf(stack: string): string {
  return configValue(stack, "platform");
}

/** One value of a stack's config, as text; a secret is not read. */
export function configValue(stack: string, key: string): string {
  const file = stackFile(stack);
  const own = existsSync(file)
    ? stackValues.parse(parse(readFileSync(file, "utf8")) ?? {}).config?.[`${project}:${key}`]
    : undefined;
  if (typeof own === "string" || typeof own === "number") return String(own);
  const value = projectFile.parse(parse(readFileSync(join(checkout, "Pulumi.yaml"), "utf8"))).config[key]?.default;
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** Whether the machines are not on this one: it needs no container engine then, and makes no machine image. */
export function isElsewhere(platform: string): boolean {
  return platform === "hosts" || platform === "aws";
}
