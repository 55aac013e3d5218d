import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { onPath } from "../../bundle/tools.ts";
import { checkout } from "../paths.ts";
import { Problem } from "../view/problem.ts";
import { askPulumi, type Pulumi } from "../stack/pulumi.ts";

interface Plugin {
  readonly name: string;
  readonly kind: string;
  readonly version?: string;
}

/** The npm packages and the plugin that only a lab on EC2 needs. @throws Problem, in one line, where the plugin cannot be had */
export async function ensureAws(pulumi: Pulumi | undefined): Promise<string> {
  if (pulumi === undefined) throw new Error("the step that provides pulumi did not run");
  await ensureAwsPackage();
  const version = awsVersion();
  const plugins = JSON.parse(await askPulumi(pulumi, ["plugin", "ls", "--json"])) as Plugin[] | null;
  if (!plugins?.some((plugin) => plugin.kind === "resource" && plugin.name === "aws" && plugin.version === version)) {
    await fetchPlugin(pulumi, version);
  }
  return `the aws plugin ${version}`;
}

/** npm leaves the packages out unless it is asked for them (.npmrc). What stands in node_modules already stays as it is. */
export async function ensureAwsPackage(): Promise<void> {
  if (["@pulumi/aws", "@aws-sdk/client-ec2"].every((name) => existsSync(packageFile(`node_modules/${name}`)))) return;
  needNpm("the packages for EC2");
  const result = await execa(
    "npm",
    ["install", "--include=optional", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"],
    {
      cwd: checkout,
      stdin: "ignore",
      reject: false,
      all: true,
    },
  );
  if (result.exitCode !== 0) throw new Problem(`npm could not install the packages for EC2: ${result.all}`);
}

/** @throws Problem, in one line, for a user whose Node.js came without npm */
export function needNpm(what: string): void {
  if (onPath("npm") === undefined)
    throw new Problem(`npm is missing, by which ${what} come; install Node.js 24 LTS, which brings it`);
}

async function fetchPlugin(pulumi: Pulumi, version: string): Promise<void> {
  await askPulumi(pulumi, ["plugin", "install", "resource", "aws", version]).catch((error: unknown) => {
    throw new Problem(cannotFetch(version, error instanceof Error ? error.message : String(error)));
  });
}

/** One line, whatever pulumi printed. Pure. */
export function cannotFetch(version: string, said: string): string {
  const reason =
    said
      .trim()
      .split("\n")
      .findLast((line) => line.trim() !== "") ?? "no reason given";
  return (
    `Pulumi's aws plugin ${version} is not on this machine and could not be downloaded, so nothing was made (${reason.trim()}); ` +
    `where it can be downloaded this happens by itself, else bring the file: ./lab pulumi plugin install resource aws ${version} --file FILE`
  );
}

function awsVersion(): string {
  return (JSON.parse(readFileSync(packageFile("node_modules/@pulumi/aws"), "utf8")) as { version: string }).version;
}

const packageFile = (folder: string): string => join(checkout, folder, "package.json");
