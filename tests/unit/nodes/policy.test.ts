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
  t.false(
    observations.some(({ id }) => /^[a-z]+6\b/.test(id)),
    "nobody asked for IPv6",
  );
});

test("by IPv6 it is looked whether anything enforces them, and what a pod calls is the address as it stands, with its port", async (t) => {
  const root = newRoot(t, {
    "systemd-detect-virt": "echo none",
    nsenter: 'echo "$*"',
    "iptables-save": `echo '${rule("by-pod")}'`,
    "ip6tables-save": "echo ':FORWARD ACCEPT [0:0]'",
  });
  root.write("etc/podnet/node-name", "k8s-worker1");
  const sandbox = "run/containerd/io.containerd.runtime.v2.task/k8s.io/s1";
  const annotations = { "io.kubernetes.cri.container-type": "sandbox", "io.kubernetes.cri.sandbox-uid": "uid-1" };
  root.write(`${sandbox}/init.pid`, "4711");
  root.write(`${sandbox}/config.json`, JSON.stringify({ annotations }));
  const { code, stdout, stderr } = await root.run(readScript("observe/policy"), {
    ...params,
    PODS: "network-policy/friend=uid-1=10.244.1.9",
    TARGETS: "network-policy/friend by-pod=10.244.1.5:8080",
    TARGETS6: "network-policy/friend by-pod=fd00:10:244:1::5:8080",
  });
  t.is(code, 0, stderr);
  const { observations } = JSON.parse(stdout) as { observations: { id: string; output: string }[] };
  const output = (id: string): string => observations.find((one) => one.id === id)?.output ?? "";
  t.is(output("enforcer6"), "0\n");
  t.regex(output("tried/network-policy/friend"), /^-t 4711 .*\/dev\/tcp\/10\.244\.1\.5\/8080"/);
  t.regex(output("tried6/network-policy/friend"), /^-t 4711 .*\/dev\/tcp\/fd00:10:244:1::5\/8080"/);
});
