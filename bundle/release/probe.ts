import { execa } from "execa";
import { type Mirrors, registries, registryApi } from "../mirrors.ts";
import { ensureTools } from "../tools.ts";
import { scriptArgs } from "./fetch.ts";
import type { Package } from "./plan.ts";

/** Why a release cannot be had from here, in a few words; undefined where every origin answers as it should. */
export async function whyNotRelease(
  wanted: { readonly packages: readonly Package[]; readonly pullsImages: boolean },
  mirrors: Mirrors,
): Promise<string | undefined> {
  // A machine without curl has not been told anything about its network.
  await ensureTools(["curl"]);
  const { SUMS, REGISTRIES } = reachParams(wanted.packages, mirrors);
  const env = { SUMS, REGISTRIES: wanted.pullsImages ? REGISTRIES : "" };
  const { stdout } = await execa("bash", scriptArgs("host/reach"), { env, stdin: "ignore" });
  return stdout.split("\n")[0] || undefined;
}

/** Parameters of nodes/host/reach.sh: one small file from each origin of downloads, and the registries. Pure. */
export function reachParams(
  packages: readonly Package[],
  mirrors: Mirrors,
): { readonly SUMS: string; readonly REGISTRIES: string } {
  const urls = packages.flatMap(({ downloads }) => downloads.map(({ sums }) => sums));
  return {
    SUMS: [...new Map(urls.map((url) => [new URL(url).origin, url])).values()].join(" "),
    REGISTRIES: registries.map((host) => registryApi(host, mirrors)).join(" "),
  };
}

/** Whether there is such a file, or nobody says that there is not. */
export async function isPublished(url: string): Promise<boolean> {
  await ensureTools(["curl"]);
  const args = ["--silent", "--max-time", "15", "--location", "--output", "/dev/null", "--write-out", "%{http_code}"];
  const { stdout } = await execa("curl", [...args, url], { reject: false, stdin: "ignore" });
  return stdout !== "404";
}
