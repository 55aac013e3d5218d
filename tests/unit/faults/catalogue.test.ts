// Proves that each fault is declared whole, and that what must fail follows from where its packets are lost. That a real lab fails so is tests/live's.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import type { BackendName } from "../../../evidence/backends.ts";
import { kinds } from "../../../evidence/kinds.ts";
import { languages } from "../../../evidence/language.ts";
import { catalogue, catalogueOf } from "../../../faults/catalogue.ts";
import type { Fault, LabFacts } from "../../../faults/fault.ts";
import { place } from "../../../faults/place.ts";
import { absentWith, fittingBackends } from "../../../faults/flows.ts";
import { type Judged, lastSeen, predict } from "../../../faults/predict.ts";
import { readFaults } from "../../../components/settings/faults.ts";
import { breakLab } from "../../../cli/verbs/break.ts";
import { Problem } from "../../../cli/view/problem.ts";
import { stepKinds, stepLines } from "../../../faults/step.ts";
import { judgeCarried, readCarried } from "../evidence/backends.ts";
import { judge, readLab } from "../evidence/lab.ts";
import { labWith, pageFile, pageIn } from "./page.ts";

const { facts } = readLab();
const lab: LabFacts = {
  nodes: facts.nodes.map((node, index) => ({ ...node, role: index === 0 ? "control-plane" : "worker" })),
  pods: facts.pods,
};
const claims = [...judge(readLab()).values()];
const named = (name: string): Fault => catalogue.find((fault) => fault.name === name)!;
const failing = (name: string, on?: string): string[] => {
  const fault = named(name);
  return predict(claims, [{ fault, target: place(fault, lab, { on }) }], lab).fail.map(({ id }) => id);
};
const [first, second] = facts.pods.filter(({ namespace }) => namespace === "pod-to-pod-multi-node");
const [here, there] = [first!.node, second!.node];
const across = (id: string): boolean =>
  /^pod-to-pod-multi-node\/(ping|loss|mtu-passes|no-translation|journey)\/|\/reach\//.test(id);

test("a fault has a name of its own, and every text in every language", (t) => {
  t.is(new Set(catalogue.map(({ name }) => name)).size, catalogue.length);
  for (const { name, title, story, lasts, mend, hints } of catalogue) {
    t.regex(name, /^[a-z][a-z0-9-]+$/);
    for (const text of [title, story, lasts, mend, ...hints])
      for (const language of languages) t.true(text[language].length > 2, `${name}: ${JSON.stringify(text)}`);
  }
});

test("hints and stories of different faults are not the same", (t) => {
  const stories = catalogue.map(({ story }) => story.en);
  t.is(new Set(stories).size, stories.length);
});

test("every kind of step is a function of nodes/lib/breakage.sh, and every such function a kind of step", (t) => {
  const text = readFileSync(join(import.meta.dirname, "../../../nodes/lib/breakage.sh"), "utf8");
  const functions = [...text.matchAll(/^break_([a-z_]+)\(\) \{/gm)].map(([, name = ""]) => name.replaceAll("_", "-"));
  t.deepEqual(functions.toSorted(), Object.keys(stepKinds).toSorted());
});

test("steps reach bash as they are, whatever their words hold", (t) => {
  t.is(
    stepLines([["rule", "filter", "INPUT", "-m", "comment", "--comment", "it's $HOME"]]),
    "rule 'filter' 'INPUT' '-m' 'comment' '--comment' 'it'\\''s $HOME'",
  );
});

test("a fault is placed at the pods of the course, or where it is told to", (t) => {
  const fault = named("vtep-entry-gone");
  t.is(place(fault, lab).node.name, here);
  t.is(place(fault, lab).peer.name, there);
  t.is(place(fault, lab, { on: there }).peer.name, here);
  t.throws(() => place(fault, lab, { on: "nobody" }), {
    message: /"nobody" is no node or pod; choose among k8s-master/,
  });
});

test("what a fault says of claims is about kinds that there are, and something in this lab", (t) => {
  for (const fault of catalogue) {
    const target = place(fault, lab);
    for (const { kind } of [...(fault.breaks?.(target) ?? []), ...(fault.may?.(target) ?? [])])
      t.true(kind in kinds, `${fault.name}: ${kind}`);
  }
});

test("a deleted FDB entry: everything across nodes, and the claim about the entry", (t) => {
  const expected = claims
    .map(({ id }) => id)
    .filter((id) => across(id) || id.endsWith(`/vtep-forwarding/${here}/${there}`));
  t.deepEqual(failing("vtep-entry-gone"), expected);
});

test("a closed port: the request still leaves, wrapped as it should be", (t) => {
  const expected = claims
    .map(({ id }) => id)
    .filter((id) => across(id) && !id.endsWith(`/journey/request/${here}`) && !id.endsWith("/encapsulation/request"));
  t.deepEqual(failing("vxlan-port-closed", there), expected);
});

test("routing switched off on the other node: the request gets as far as that node's flannel.1", (t) => {
  const ids = failing("forwarding-off", there);
  t.false(ids.some((id) => id.endsWith(`/journey/request/${here}`)));
  t.true(ids.some((id) => id.endsWith(`/journey/request/${there}`)));
  t.false(
    ids.some((id) => id.startsWith("pod-to-pod-single-node/ping/") || id.startsWith("pod-to-pod-single-node/journey/")),
  );
});

test("without a fault every claim holds; where DNS runs is not guessed", (t) => {
  t.deepEqual(predict(claims, [], lab), { fail: [], may: [] });
  const fault = named("vtep-entry-gone");
  const placed = [{ fault, target: place(fault, lab) }];
  const dns = (facts: LabFacts): readonly string[] =>
    predict(claims, placed, facts)
      .fail.filter(({ kind }: Judged) => kind === "dns")
      .map(({ node }) => node);
  t.deepEqual(dns(lab), []);
  t.true(dns({ ...lab, dns: [there] }).every((node) => node === here));
  t.true(dns({ ...lab, dns: [there] }).length > 0);
});

test("a fault of a device that a backend does not have is refused in one sentence, which names the backend that has it", (t) => {
  const gone = catalogue.filter((fault) => absentWith(fault, "host-gw") !== undefined).map(({ name }) => name);
  for (const fault of catalogue) {
    t.is(absentWith(fault, undefined) === undefined, fittingBackends(fault).includes("vxlan"), fault.name);
    t.true(fittingBackends(fault).length > 0, fault.name);
    const steps = JSON.stringify(fault.steps(place(fault, lab)));
    // Whatever needs flannel.1 or its port is known to need it.
    if (/flannel\.1|vtep|8472|subnet:/.test(steps)) t.true(gone.includes(fault.name), fault.name);
  }
  t.is(
    absentWith(named("vtep-down"), "host-gw"),
    'vtep-down is about what backend "host-gw" does not have, or mends by itself; it is for backend vxlan',
  );
  const problems: string[] = [];
  readFaults({ faults: [{ name: "vtep-down" }, { name: "forwarding-off" }] }, "local", "udp", [], problems);
  t.is(problems.length, 1);
  t.regex(problems[0] ?? "", /^faults\[0\] vtep-down is about what backend "udp" does not have/);
});

test("in a lab with options every fault names that lab's own device, port and sizes, in its texts and in what it changes", (t) => {
  const carrier = { name: "vxlan", vni: 42, port: 4789, mtu: 1400 } as const;
  const its: LabFacts = { ...lab, backend: carrier };
  const fitting = catalogueOf(carrier).filter((fault) => absentWith(fault, carrier) === undefined);
  t.deepEqual(
    fitting.map(({ name }) => name),
    catalogue.filter((fault) => absentWith(fault, "vxlan") === undefined).map(({ name }) => name),
  );
  const said = (fault: Fault): string => JSON.stringify({ ...fault, steps: fault.steps(place(fault, its)) });
  for (const fault of fitting) t.notRegex(said(fault), /flannel\.1\b|\b8472\b|\b14[25]\d\b|\b1500\b/, fault.name);
  const changes = (name: string) => {
    const fault = fitting.find((one) => one.name === name)!;
    return fault.steps(place(fault, its));
  };
  const { address } = its.nodes.find(({ name }) => name === there)!;
  t.deepEqual(changes("vtep-entry-gone"), [["vtep-entry", "flannel.42", address]]);
  t.deepEqual(changes("route-gone"), [["no-route", "node", `subnet:flannel.42:${address}`]]);
  t.deepEqual(changes("vtep-vni-other"), [
    ["freeze", "flanneld"],
    ["vtep", "flannel.42", "id", "43"],
  ]);
  t.deepEqual(changes("vtep-mtu-small"), [["link", "node", "flannel.42", "mtu", "1300"]]);
  t.true(changes("vxlan-port-closed")[0]!.includes("4789"));
});

const failingIn = (name: string, backend: BackendName, end: 0 | 1): string[] => {
  const { claims: all, lab: its } = labWith(backend);
  const pod = its.pods.filter(({ namespace }) => namespace === "pod-to-pod-multi-node")[end]!;
  const fault = named(name);
  return predict(all, [{ fault, target: place(fault, its, { on: pod.node }) }], its).fail.map(({ id }) =>
    id.replace(/^[^/]*\//, ""),
  );
};

test("a closed port of udp: the request leaves, wrapped as it should be, and does not arrive", (t) => {
  const ids = failingIn("udp-port-closed", "udp", 1);
  const [near, far] = labWith("udp").lab.pods.map(({ node }) => node);
  t.true(ids.includes(`journey/request/${far!}`));
  t.false(ids.includes(`journey/request/${near!}`));
  t.false(ids.some((id) => /^(backend|link-up|route|overlay-port)/.test(id)));
});

test("what is wrong between bare machines is told by a claim about the neighbour, or by none", (t) => {
  const [near, far] = labWith("host-gw").lab.pods.map(({ node }) => node);
  t.true(failingIn("wire-neighbour-wrong", "host-gw", 0).includes(`wire-neighbour/${near!}/${far!}`));
  const refused = failingIn("bare-refused", "host-gw", 0);
  t.true(refused.some((id) => id.startsWith("ping/")));
  t.false(refused.some((id) => /^(wire-neighbour|route|backend|link-up)\//.test(id)));
});

test("where packets leave bare, one that would be lost at flannel.1 is seen last beside it", (t) => {
  const fault = named("forwarding-off");
  const placed = [{ fault, target: place(fault, lab, { on: there }) }];
  t.is(lastSeen(first!, second!, "icmp", placed)?.place, "vtep in");
  t.is(lastSeen(first!, second!, "icmp", placed, "host-gw")?.place, "wire in");
});

test("with host-gw a node that does not forward loses what its pods send before the wire, and what comes to them behind it", (t) => {
  const carried = readCarried("host-gw");
  const { nodes, pods } = carried.facts;
  const bareLab: LabFacts = {
    nodes: nodes.map((node, index) => ({ ...node, role: index === 0 ? "control-plane" : "worker" })),
    pods,
    backend: "host-gw",
  };
  const fault = named("forwarding-off");
  const failingAt = (on: string): string[] =>
    predict([...judgeCarried(carried).values()], [{ fault, target: place(fault, bareLab, { on }) }], bareLab).fail.map(
      ({ id }) => id.replace(/^[^/]*\//, ""),
    );
  const [near, far] = pods.map(({ node }) => node);
  t.true(failingAt(near!).includes("journey/bare/request"));
  t.false(failingAt(far!).includes("journey/bare/request"));
  t.true(failingAt(far!).includes("journey/bare/reply"));
  for (const on of [near!, far!])
    t.false(failingAt(on).some((id) => /^(backend|wire-neighbour|link-up|route)\//.test(id)));
});

test("docs/faults.md is what the catalogue says, in both languages; npm run faults-page writes it", (t) => {
  for (const language of languages) t.is(readFileSync(pageFile[language], "utf8"), pageIn(language));
});

test("a fault that a lab does not outlive is taken away by the node itself, and is neither an exercise nor config", (t) => {
  // A node that is silent for five minutes loses its pods, and has 40 s of grace before it counts as silent.
  for (const { name, steps, atMost } of catalogue) {
    const silent = steps(place(named(name), lab))
      .flat()
      .some((word) => word === "kubelet" || word === "6443");
    t.is(atMost, silent ? 240 : undefined, name);
  }
  const problems: string[] = [];
  readFaults({ faults: [{ name: "kubelet-stopped" }] }, "local", "vxlan", [], problems);
  t.regex(
    problems.join(),
    /^faults\[0\] "kubelet-stopped" stays 4 minutes at most, .*\.\/lab break kubelet-stopped puts it in$/,
  );
});

test("more time than such a fault may have is refused before a node is asked", async (t) => {
  await t.throwsAsync(breakLab("api-cut-off", { stack: "none", for: 600 }), {
    instanceOf: Problem,
    message: /api-cut-off stays 4 minutes at most, .*; write --for 240s or less/,
  });
});
