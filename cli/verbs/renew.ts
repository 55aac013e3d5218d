import { elapsed } from "../../bundle/estimate.ts";
import { ensureEngine } from "../../platforms/local/engine.ts";
import { platformOf } from "../stack/config.ts";
import { ownBackend } from "../stack/environment.ts";
import { readLabState } from "../stack/lab-state.ts";
import { refuseBusy } from "../stack/own-machines.ts";
import { flag, type Results } from "../stack/results.ts";
import { noteRenewed, startMachines, update } from "../stack/update.ts";
import { goOn } from "../stack/wake.ts";
import { type Run, withNodes } from "../trace/door.ts";
import { Problem } from "../view/problem.ts";
import { say } from "../view/say.ts";

/**
 * `./lab renew`: new certificates for the cluster, also where the old ones have expired, and an update that reads the new kubeconfig. All of it goes by
 * SSH, whose keys do not expire. Returns pulumi's exit code.
 */
export async function renew(stack: string): Promise<number> {
  const begun = Date.now();
  refuseBusy(stack);
  await awake(stack);
  const until = await withNodes(stack, renewOn);
  say(`Every certificate is new, and valid until ${until.slice(0, 10)}. The lab takes over the new kubeconfig.`);
  noteRenewed(stack);
  const code = await update(stack, `Lab "${stack}": the kubeconfig`);
  if (code !== 0) {
    say(`The certificates are new, and the lab does not know it yet: ./lab up${flag(stack)} goes on from here.`);
    return code;
  }
  say(
    `Lab "${stack}" has new certificates until ${until.slice(0, 10)} (${elapsed(Date.now() - begun)}). ` +
      `A kubeconfig that was copied out of the outputs is valid only as long as the old ones: ./lab outputs${flag(stack)} --show-secrets has the new one.`,
  );
  return 0;
}

/** Machines that rest or are down go on first. Those that are not the lab's answer by themselves, or the first script says that they do not. */
async function awake(stack: string): Promise<void> {
  const platform = platformOf(stack);
  const id = ownBackend() ? readLabState(stack)?.id : undefined;
  if ((platform !== "local" && platform !== "vm") || id === undefined) return;
  if (platform === "local") await ensureEngine(say);
  const stopped = await goOn(stack, platform, id);
  if (stopped.length === 0) return;
  say(`${stopped.join(", ")}: down; starting`);
  // The whole update would wait for nodes that the API server does not take.
  const log = await startMachines(stack);
  const down = await goOn(stack, platform, id);
  if (down.length > 0)
    throw new Problem(`${down.join(", ")} could not be started, so nothing was renewed; ${log} says why`);
}

/** One script after the other, each safe to run again. @returns when the first of the new certificates ends */
export async function renewOn(run: Run, { nodes = [] }: Pick<Results, "nodes">): Promise<string> {
  const controlPlane = nodes.find(({ role }) => role === "control-plane");
  if (controlPlane === undefined) throw new Problem("the outputs name no control plane");
  const ends = [(await run(controlPlane, "cluster/renew", {})).until];
  for (const node of nodes) {
    const { publicKey } = await run(node, "cluster/kubelet-key", {});
    const params = { NODE_NAME: node.name, PUBLIC_KEY: publicKey };
    const { certificate } = await run(controlPlane, "cluster/kubelet-sign", { params });
    ends.push((await run(node, "cluster/kubelet-take", { params: { CERTIFICATE: certificate } })).until);
    say(`${node.name}: renewed`);
  }
  say("waiting until the API server answers, and has heard of every node");
  await run(controlPlane, "cluster/settled", { params: { NODES: nodes.map(({ name }) => name).join(" ") } });
  return ends.toSorted()[0] ?? "";
}
