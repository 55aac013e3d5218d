// The program's own reading of its config. What judges the config stands on nothing of Pulumi's: ./lab asks it before it starts anything, and the
// SDK alone takes half a second to load.
import * as pulumi from "@pulumi/pulumi";
import { plainText } from "../../evidence/plain-text.ts";
import { readFile } from "./hosts.ts";
import { checkSettings, type Settings } from "./settings.ts";

/** Reads the stack's config. @throws pulumi.RunError naming every problem in it, before any resource exists */
export function readSettings(): Settings {
  const project = pulumi.getProject();
  const raw: Record<string, string> = {};
  for (const [key, value] of Object.entries(pulumi.runtime.allConfig())) {
    if (key.startsWith(`${project}:`)) raw[key.slice(project.length + 1)] = value;
  }
  // What the engine hands to every program; the SDK itself tells it to nobody.
  const secretKeys = JSON.parse(process.env["PULUMI_CONFIG_SECRET_KEYS"] ?? "[]") as string[];
  const { settings, problems } = checkSettings(raw, pulumi.getStack(), {
    read: readFile,
    isSecret: (key) => secretKeys.includes(`${project}:${key}`),
  });
  if (settings === undefined) {
    throw new pulumi.RunError(
      [
        `the config of stack ${pulumi.getStack()} cannot be used:`,
        ...problems.map((problem) => `  - ${plainText(problem)}`),
      ].join("\n"),
    );
  }
  return settings;
}
