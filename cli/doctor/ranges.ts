import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { stackFile } from "../stack/environment.ts";
import { checkout, project } from "../paths.ts";

export type Ranges = Readonly<Record<"machineCidr" | "podCidr" | "serviceCidr", string>>;

/** Lists, such as nodeNames, are nothing that is read here. */
const scalar = z.union([z.string(), z.number()]);
const projectFile = z.looseObject({
  config: z.record(z.string(), z.looseObject({ default: scalar.optional().catch(undefined) })),
});
const stackValues = z.looseObject({ config: z.record(z.string(), scalar.optional().catch(undefined)).optional() });

/** The ranges and the first port that the stack would use: its own file over the project's defaults. */
export function readRanges(stack: string): { readonly ranges: Ranges; readonly portBase: number } {
  const defaults = projectFile.parse(parse(readFileSync(join(checkout, "Pulumi.yaml"), "utf8"))).config;
  const file = stackFile(stack);
  const own = existsSync(file) ? (stackValues.parse(parse(readFileSync(file, "utf8")) ?? {}).config ?? {}) : {};
  const value = (key: string): string => String(own[`${project}:${key}`] ?? defaults[key]?.default ?? "");
  return {
    ranges: { machineCidr: value("machineCidr"), podCidr: value("podCidr"), serviceCidr: value("serviceCidr") },
    portBase: Number(value("portBase")),
  };
}
