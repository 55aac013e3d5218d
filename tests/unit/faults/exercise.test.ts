// Proves what an exercise tells, what it takes for the same as before, and how results are tabulated. That one can be solved on a real lab is tests/live's.
import { stripVTControlCharacters } from "node:util";
import test from "ava";
import { renderResultsTable } from "../../../cli/faults/results-table.ts";
import { renderFaults } from "../../../cli/verbs/faults.ts";
import { languages } from "../../../evidence/language.ts";
import { catalogue } from "../../../faults/catalogue.ts";
import { changesBetween, type Snapshots } from "../../../faults/changed.ts";
import type { LabFacts } from "../../../faults/fault.ts";
import { place } from "../../../faults/place.ts";
import { symptom } from "../../../faults/symptom.ts";
import { readLab } from "../evidence/lab.ts";

const { facts } = readLab();
const lab: LabFacts = {
  nodes: facts.nodes.map((node, index) => ({ ...node, role: index === 0 ? "control-plane" : "worker" })),
  pods: facts.pods,
};
const reported = (name: string, on?: string): Readonly<Record<"en" | "zh", string>> => {
  const fault = catalogue.find((one) => one.name === name)!;
  return symptom([{ fault, target: place(fault, lab, { on }) }], lab);
};

test("a symptom names no device, no tool and no cause", (t) => {
  const telling =
    /cni0|flannel|veth|eth0|iptables|sysctl|ip_forward|MTU|VXLAN|8472|rp_filter|FDB|route|rule|kubelet|ARP|MAC\b/i;
  for (const { name } of catalogue)
    for (const language of languages) {
      const text = reported(name)[language];
      t.notRegex(text, telling, `${name}: ${text}`);
      t.true(text.length > 10, name);
    }
});

test("a symptom says what works as well", (t) => {
  t.regex(
    reported("forwarding-off").en,
    /gets no answer from .* On one node all is well\.|No pod reaches one of another node/,
  );
  t.regex(reported("tcp-dropped").en, /By ping and UDP there is an answer\./);
  t.regex(reported("icmp-dropped").en, /By TCP and UDP there is an answer\./);
  t.regex(reported("pod-resolver-dead").en, /^"Names are not found in pod-to-pod-multi-node\/mypod1\."$/);
  t.regex(reported("large-packets-lost").en, /Small requests .* are answered, large ones hang/);
  t.regex(reported("overlay-lossy").en, /it sometimes works/);
  t.regex(reported("address-pool-full").en, /stays in ContainerCreating/);
  t.regex(reported("no-masquerade").en, /nothing outside the cluster answers/);
  t.regex(reported("kubelet-stopped").en, /kubectl get nodes/);
  t.regex(
    reported("reverse-path").en,
    /itself gets no answer from one of the pods elsewhere.*between pods all is well/,
  );
});

const before: Snapshots = {
  here: {
    vtep: ["flannel.1 0a:00:00:00:00:01"],
    routes: ["default via 10.0.0.1", "10.244.2.0/24"],
    devices: ["flannel.1 mac 0a:00:00:00:00:01"],
  },
  there: {
    vtep: ["flannel.1 0a:00:00:00:00:02"],
    forwarding: ["0a:00:00:00:00:01 dst 10.0.0.10"],
    rules: ["-A X", "-A X"],
  },
};

test("what is as it was is no change, and the order of lines says nothing", (t) => {
  const { here, there } = before;
  t.deepEqual(changesBetween(before, { here: { ...here, routes: here!["routes"]!.toReversed() }, there: there! }), []);
});

test("a line too many and a line too few are changes, each as often as it is so", (t) => {
  const { here, there } = before;
  const now = {
    here: { ...here, routes: ["default via 10.0.0.1"] },
    there: { ...there, rules: ["-A X", "-A X", "-A X"] },
  };
  t.deepEqual(changesBetween(before, now), [
    { node: "here", part: "routes", sign: "-", line: "10.244.2.0/24" },
    { node: "there", part: "rules", sign: "+", line: "-A X" },
  ]);
});

test("a flannel.1 that was made anew counts as the old one where every node knows it", (t) => {
  const { here, there } = before;
  const mac = "0a:00:00:00:00:99";
  const now = {
    here: { ...here, vtep: [`flannel.1 ${mac}`], devices: [`flannel.1 mac ${mac}`] },
    there: { ...there, forwarding: [`${mac} dst 10.0.0.10`] },
  };
  t.deepEqual(changesBetween(before, now), []);
  t.is(changesBetween(before, { here: now.here, there: there! }).length, 2, "the other node still has the old one");
});

test("a teacher's table has a line for each student and for each fault", (t) => {
  const one = { fault: "veth-down", level: 2, on: "k8s-worker1", begun: "2026-01-01T10:00:00Z", hints: 1, checks: 2 };
  const lines = renderResultsTable([
    { student: "ann", results: [{ ...one, ended: "2026-01-01T10:10:00Z", outcome: "solved" }] },
    { student: "ben", results: [{ ...one, ended: "2026-01-01T10:30:00Z", outcome: "given up" }] },
  ]).map((line) => stripVTControlCharacters(line).trim().split(/ {2,}/));
  t.deepEqual(lines, [
    ["Students"],
    ["student", "tried", "solved", "given up", "healed", "highest level", "hints", "checks", "minutes"],
    ["ann", "1", "1", "0", "0", "2", "1.0", "2.0", "10.0"],
    ["ben", "1", "0", "1", "0", "-", "-", "-", "-"],
    [""],
    ["Faults"],
    ["fault", "tried", "solved", "given up", "healed", "highest level", "hints", "checks", "minutes"],
    ["veth-down", "2", "1", "1", "0", "2", "1.0", "2.0", "10.0"],
  ]);
});

test("what an exercise has broken is not told by the list of faults, asked or not", (t) => {
  const record = {
    fault: "hidden-1234",
    name: "veth-down",
    params: { node: "k8s-worker1" },
    by: "exercise",
    hidden: true,
    since: "2026-01-01T10:00:00Z",
    until: null,
    seen: false,
  } as const;
  for (const show of [false, true]) {
    const text = stripVTControlCharacters(renderFaults([], [record], show).join("\n"));
    t.regex(text, /a hidden fault, since 2026-01-01T10:00:00Z, for an exercise$/m);
  }
  t.regex(renderFaults([], [{ ...record, by: "hand" }], true).join("\n"), /veth-down on k8s-worker1/);
});
