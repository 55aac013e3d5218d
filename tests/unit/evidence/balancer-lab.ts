// The lesson about LoadBalancers as a real lab of three nodes saw it: its transcripts, and what the judge is given of them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { BalancerEvidence } from "../../../evidence/judge/balancer.ts";
import { type Observations, observationsJson, outputOf } from "../../../evidence/observation.ts";
import { parseServicePods } from "../../../evidence/parse/service.ts";

const read = (name: string): Observations => {
  const file = join(import.meta.dirname, "../../transcripts/load-balancer", `${name}.json`);
  return observationsJson.parse(JSON.parse(readFileSync(file, "utf8")));
};
const nodes = [
  { name: "k8s-master", address: "172.28.81.10" },
  { name: "k8s-worker1", address: "172.28.81.11" },
  { name: "k8s-worker2", address: "172.28.81.12" },
];
const cluster = read("balancers");

export const soundBalancers: BalancerEvidence = {
  scenario: "load-balancer",
  backends: parseServicePods(outputOf(cluster, "pods")).map((pod) => ({ ...pod, namespace: "load-balancer" })),
  pool: "172.28.81.251-172.28.81.254",
  podCidr: "10.244.0.0/16",
  nodes,
  cluster,
  reports: nodes.map(({ name }) => read(name)),
};
