import { execa } from "execa";
import { type Mirrors, registries, registryApi } from "../mirrors.ts";
import { type Arch, hostArch } from "../versions.ts";
import { cranePackage, programPackages } from "./plan.ts";

/** Seconds for all questions together, which are asked side by side. */
const patience = 6;

/** Why a release cannot be had from here, in a few words; undefined where every origin answers as it should. */
export async function whyNotRelease(arch: Arch, mirrors: Mirrors): Promise<string | undefined> {
  const questions = [
    ...sumFiles(arch, mirrors).map((url) => askForSum(url)),
    ...registries.map((host) => askRegistry(registryApi(host, mirrors))),
  ];
  return (await Promise.all(questions)).find((reason) => reason !== undefined);
}

/** One small file from each origin of downloads. */
function sumFiles(arch: Arch, mirrors: Mirrors): string[] {
  const packages = [...programPackages(arch, mirrors), cranePackage(hostArch(), mirrors)];
  const urls = packages.flatMap(({ downloads }) => downloads.map(({ sums }) => sums));
  return [...new Map(urls.map((url) => [new URL(url).origin, url])).values()];
}

/** Whatever stands between here and there may answer in its place: only a sum will do. */
async function askForSum(url: string): Promise<string | undefined> {
  const { exitCode, stdout } = await curl(["--fail", "--location", url]);
  const { host } = new URL(url);
  if (exitCode !== 0) return `${host} does not answer`;
  return /\b[0-9a-f]{64}\b/.test(stdout) ? undefined : `${host} answers with something else than a published sum`;
}

async function askRegistry(url: string): Promise<string | undefined> {
  const { exitCode, stdout } = await curl(["--output", "/dev/null", "--write-out", "%{http_code}", "--location", url]);
  const { host } = new URL(url);
  if (exitCode !== 0) return `${host} does not answer`;
  // A registry asks for a token, or needs none.
  return ["200", "401"].includes(stdout) ? undefined : `${host} answers ${stdout}, as no registry does`;
}

/** As nodes/fetch.sh does: with the user's proxies and authorities. */
async function curl(args: readonly string[]): Promise<{ readonly exitCode: number; readonly stdout: string }> {
  const result = await execa("curl", ["--silent", "--max-time", String(patience), ...args], { reject: false, stdin: "ignore" });
  return { exitCode: result.exitCode ?? 1, stdout: result.stdout };
}
