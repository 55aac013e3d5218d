import { existsSync } from "node:fs";
import { execa } from "execa";
import { bundlesOf } from "../choice.ts";
import { canBeBuilt } from "../kubernetes.ts";
import type { Origin } from "../origin.ts";
import { hostArch, versions } from "../versions.ts";
import { programPackages } from "./plan.ts";

/**
 * What is wrong with a version of Kubernetes that its makers do not publish; undefined where they do. Who does not answer has not
 * denied it: a lab that is up can go on without them. Nobody is asked about what is pinned here, or stands.
 */
export async function whyNotPublished(origin: Origin): Promise<string | undefined> {
  const { kubernetes } = origin;
  if (canBeBuilt(kubernetes) || bundlesOf("release", hostArch(), origin).some((dir) => existsSync(dir)))
    return undefined;
  const sums = programPackages(hostArch(), origin)[0]?.downloads[0]?.sums ?? "";
  const args = [
    "--silent",
    "--max-time",
    "6",
    "--location",
    "--output",
    "/dev/null",
    "--write-out",
    "%{http_code}",
    sums,
  ];
  const { stdout } = await execa("curl", args, { reject: false, stdin: "ignore" });
  if (stdout !== "404") return undefined;
  return `kubernetesVersion "${kubernetes}" is not published: there is no ${sums}; write one that is, such as ${versions.kubernetes}`;
}
