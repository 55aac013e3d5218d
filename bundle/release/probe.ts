import { execa } from "execa";
import { type Mirrors, registries, registryApi } from "../mirrors.ts";
import type { Origin } from "../origin.ts";
import { type Arch, hostArch } from "../versions.ts";
import { scriptArgs } from "./fetch.ts";
import { cranePackage, type Package, programPackages } from "./plan.ts";

/** Why a release cannot be had from here, in a few words; undefined where every origin answers as it should. */
export async function whyNotRelease(arch: Arch, origin: Origin): Promise<string | undefined> {
  const params = reachParams(
    [...programPackages(arch, origin), cranePackage(hostArch(), origin.mirrors)],
    origin.mirrors,
  );
  const { stdout } = await execa("bash", scriptArgs("host/reach"), { env: params, stdin: "ignore" });
  return stdout.split("\n")[0] || undefined;
}

/** Parameters of nodes/host/reach.sh, for whoever is to fetch these: one small file from each origin of downloads, and the registries. Pure. */
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
