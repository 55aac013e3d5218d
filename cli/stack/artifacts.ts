import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Choice } from "../../bundle/choice.ts";
import { readArtifacts } from "../../components/settings/artifacts.ts";
import { stackFile } from "./environment.ts";
import { checkout, project } from "../paths.ts";
import { Problem } from "../view/problem.ts";

/** Where the stack takes programs and images from, before Pulumi runs: its own file over the project's defaults. */
export function readChoice(stack: string): Choice {
  const file = stackFile(stack);
  return choiceOf(
    readFileSync(join(checkout, "Pulumi.yaml"), "utf8"),
    existsSync(file) ? readFileSync(file, "utf8") : "",
  );
}

/** @throws Problem with all that is wrong with these keys, as Pulumi's program would say it. Pure. */
export function choiceOf(projectText: string, stackText: string): Choice {
  const defaults = (parse(projectText) as { config: Record<string, { default?: unknown }> }).config;
  const own = (parse(stackText) as { config?: Record<string, unknown> } | null)?.config ?? {};
  const value = (key: string): unknown => own[`${project}:${key}`] ?? defaults[key]?.default;
  const mirrors = asObject(value("mirrors"));
  const problems: string[] = [];
  const isMap = typeof mirrors === "object" && mirrors !== null && !Array.isArray(mirrors);
  if (!isMap) problems.push(`mirrors ${JSON.stringify(mirrors)} is not a map; see Pulumi.yaml for its form`);
  const choice = readArtifacts(
    {
      artifacts: String(value("artifacts")),
      mirrors: isMap ? { ...mirrors } : {},
      kubernetesVersion: String(value("kubernetesVersion")),
    },
    problems,
  );
  if (problems.length > 0) throw new Problem(problems.join("\n"));
  return choice;
}

/** Pulumi keeps a value that was set as a whole as JSON text. */
function asObject(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
