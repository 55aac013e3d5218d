import { setTimeout as pause } from "node:timers/promises";

/** Standard output of a command line in a machine. */
export type Inside = (node: string, command: string) => string;

/** In the control plane: every node's lease is younger than SINCE, every node and every pod is Ready. */
function isSettled(inside: Inside, nodes: number, since: number): boolean {
  const look = `export KUBECONFIG=/etc/kubernetes/admin.conf
kubectl --request-timeout=5s get --raw /readyz >/dev/null &&
kubectl --request-timeout=5s -n kube-node-lease get leases -o json | jq -e '[.items[].spec.renewTime | sub("\\\\.[0-9]+"; "") | fromdate] | length == ${nodes} and min >= ${Math.ceil(since / 1000)}' >/dev/null &&
kubectl --request-timeout=5s get nodes,pods -A -o json | jq -e '[.items[] | any(.status.conditions[]?; .type == "Ready" and .status == "True")] | all'`;
  try {
    inside("k8s-master", look);
    return true;
  } catch {
    return false;
  }
}

/** Seconds from the moment until the cluster is as it was. */
export async function untilSettled(inside: Inside, nodes: number, since: number): Promise<number> {
  while (!isSettled(inside, nodes, since)) {
    if (Date.now() - since > 300_000) throw new Error("the cluster is not settled after five minutes");
    await pause(500);
  }
  return Math.round((Date.now() - since) / 100) / 10;
}
