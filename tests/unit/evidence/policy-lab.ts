// The lesson about network policies as a real lab saw it, before and since kube-router enforced them, and what the judge is given of it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { PodFacts } from "../../../evidence/facts.ts";
import type { PolicyEvidence } from "../../../evidence/judge/policy.ts";
import { type Observations, observationsJson } from "../../../evidence/observation.ts";

const folder = join(import.meta.dirname, "../../transcripts/network-policy");
const read = (name: string): Observations =>
  observationsJson.parse(JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")));
const nodes = ["k8s-master", "k8s-worker1", "k8s-worker2"];
const pod = (full: string, node = "k8s-worker1"): PodFacts => {
  const [namespace = "", name = ""] = full.split("/");
  return { name, namespace, uid: `uid-${name}`, node, ip: "10.244.9.9", containers: ["box"] };
};
const targets = ["open", "deny-all", "by-pod", "by-namespace", "by-address", "either", "both", "backend"];
const wayOut = ["open", "dns", "control-plane", "worker"];
const caller = (full: string, may: readonly string[], all = targets) => ({
  pod: pod(full),
  may,
  mayNot: all.filter((target) => !may.includes(target)),
});
const far = ["by-pod", "by-address", "both"];

export const soundPolicies: PolicyEvidence = {
  scenario: "network-policy",
  callers: [
    caller("network-policy/friend", ["open", "by-pod", "by-address", "either"]),
    caller("network-policy/stranger", ["open", "by-address"]),
    caller("frontend/friend", ["open", "by-namespace", "either", "both", "backend"]),
    caller("frontend/stranger", ["open", "by-namespace", "by-address", "either"]),
    caller("network-policy/asks-names", ["dns"], wayOut),
    caller("network-policy/goes-out", ["open", "dns", "worker"], wayOut),
  ],
  guarded: [
    ...["deny-all", "by-pod", "by-namespace", "by-address", "either", "both", "asks-names", "goes-out"].map((name) => ({
      pod: pod(`network-policy/${name}`, far.includes(name) ? "k8s-worker2" : "k8s-worker1"),
      refuses: true,
    })),
    { pod: pod("backend/backend", "k8s-worker2"), refuses: true },
    { pod: pod("network-policy/open", "k8s-worker2"), refuses: false },
  ],
  before: nodes.map((node) => read(`before-${node}`)),
  since: nodes.map((node) => read(node)),
};
