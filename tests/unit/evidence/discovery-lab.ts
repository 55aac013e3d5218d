// The lesson about discovery as a real lab saw it, and what the judge is given of it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PodFacts } from "../../../evidence/facts.ts";
import type { DiscoveryEvidence } from "../../../evidence/judge/discovery.ts";
import { observationsJson } from "../../../evidence/observation.ts";

const pod = (name: string, node: string): PodFacts => ({
  name,
  namespace: "service-auto",
  uid: `uid-${name}`,
  node,
  ip: "10.244.2.20",
  containers: ["client"],
});
const file = join(import.meta.dirname, "../../transcripts/service-auto/k8s-master.json");

export const soundDiscovery: DiscoveryEvidence = {
  scenario: "service-auto",
  early: pod("early", "k8s-worker1"),
  late: pod("late", "k8s-worker1"),
  database: pod("redis", "k8s-worker2"),
  report: observationsJson.parse(JSON.parse(readFileSync(file, "utf8"))),
};
