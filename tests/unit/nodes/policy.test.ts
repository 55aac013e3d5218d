// Proves what the observer of network policies waits for on a node. It does not prove that kube-router writes such rules.
import test from "ava";
import { readScript } from "../../../nodes/script.ts";
import { newRoot } from "./root.ts";

const params = {
  PODS: "",
  TARGETS: "",
  GUARDED: "network-policy/by-pod=k8s-worker1 network-policy/by-name=k8s-worker2",
  ENFORCED: "yes",
};
const rule = (pod: string): string =>
  `[3:180] -A KUBE-POD-FW-ABC -m comment --comment "rule to REJECT traffic destined for POD name:${pod} namespace: network-policy" -j REJECT`;

test("rules that are there for the guarded pods of this node are not waited for", async (t) => {
  const programs = { crictl: "true", ctr: "true", "systemd-detect-virt": "echo none" };
  const root = newRoot(t, { ...programs, "iptables-save": `echo '${rule("by-pod")}'` });
  root.write("etc/podnet/node-name", "k8s-worker1");
  const { code, stdout, stderr } = await root.run(readScript("observe/policy"), params);
  t.is(code, 0, stderr);
  t.notRegex(stderr, /in vain/);
  const { observations } = JSON.parse(stdout) as { observations: { id: string; output: string }[] };
  t.is(observations.find(({ id }) => id === "rule/network-policy/by-pod")?.output, `${rule("by-pod")}\n`);
  t.false(observations.some(({ id }) => id === "rule/network-policy/by-name"));
});
