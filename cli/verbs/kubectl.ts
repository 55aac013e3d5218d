import { delimiter, join } from "node:path";
import { standingBundle } from "../../bundle/bundle.ts";
import { bundleSubject, knownWay } from "../../bundle/decide.ts";
import { hostArch } from "../../bundle/versions.ts";
import { onPath } from "../../bundle/tools.ts";
import { readChoice } from "../stack/artifacts.ts";
import { runChild } from "../stack/child.ts";
import { ownKubectl } from "../parts/own-kubectl.ts";
import { Problem } from "../view/problem.ts";
import { shimDir } from "../stack/pulumi.ts";
import { refusePaused } from "../stack/paused.ts";
import { flag, readResults } from "../stack/results.ts";
import { withSecretFiles } from "../stack/secret-files.ts";

/** `./lab kubectl ...`: kubectl on the lab's cluster, everything passed on as it was typed. */
export async function kubectl(stack: string, args: readonly string[]): Promise<number> {
  refusePaused(stack);
  const { kubeconfig } = await readResults(stack, true);
  if (kubeconfig === undefined) throw new Problem(`lab "${stack}" has no cluster; ./lab up${flag(stack)} brings it up`);
  // The cluster's own version, where the lab has brought it here; another one may be too old for it.
  const choice = readChoice(stack);
  const withoutShims = (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => folder !== shimDir)
    .join(delimiter);
  const way = knownWay(bundleSubject(choice), choice);
  const bundle = way && standingBundle(way, hostArch(), choice);
  const program =
    bundle === undefined ? (ownKubectl(choice) ?? onPath("kubectl", withoutShims)) : join(bundle, "bin", "kubectl");
  if (program === undefined)
    throw new Problem("there is no kubectl on PATH; install one, or run ./lab up, which brings its own");
  return await withSecretFiles({ kubeconfig }, (path) =>
    runChild(program, args, { env: { ...process.env, KUBECONFIG: path("kubeconfig") } }),
  );
}
