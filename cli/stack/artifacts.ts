import type { Choice } from "../../bundle/choice.ts";
import { readArtifacts } from "../../components/settings/artifacts.ts";
import { Problem } from "../view/problem.ts";
import { configOf, readConfig } from "./config.ts";

/** Where the stack takes programs and images from, before Pulumi runs. @throws Problem, as Pulumi's program would say it */
export function readChoice(stack: string): Choice {
  return choiceFrom(readConfig(stack).values);
}

/** The same out of the texts of Pulumi.yaml and the stack's file. Pure. */
export function choiceOf(projectText: string, stackText: string): Choice {
  return choiceFrom(configOf(projectText, stackText).values);
}

function choiceFrom(values: Readonly<Record<string, unknown>>): Choice {
  const mirrors = asObject(values["mirrors"]);
  const problems: string[] = [];
  const isMap = typeof mirrors === "object" && mirrors !== null && !Array.isArray(mirrors);
  if (!isMap) problems.push(`mirrors ${JSON.stringify(mirrors)} is not a map; see Pulumi.yaml for its form`);
  const choice = readArtifacts(
    {
      artifacts: String(values["artifacts"]),
      mirrors: isMap ? { ...mirrors } : {},
      kubernetesVersion: String(values["kubernetesVersion"]),
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
