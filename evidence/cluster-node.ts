import { type NodeReport, outputOf } from "./observation.ts";
import { type ClusterNode, parseNodes } from "./parse/flannel.ts";

/** A node as the API server knows it. @throws Error when it does not, or the question to it failed */
export function clusterNode(cluster: NodeReport, name: string): ClusterNode & { podCidr: string } {
  const node = parseNodes(outputOf(cluster, "nodes")).find((one) => one.name === name);
  if (node === undefined) throw new Error(`the API server knows no node ${name}`);
  if (node.podCidr === undefined) throw new Error(`the API server gave ${name} no pod CIDR`);
  return { ...node, podCidr: node.podCidr };
}
