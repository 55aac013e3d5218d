// Proves that the faults' own rules, read backwards, lead from the claims that fail to the fault. On a real lab, tests/catalogue does.
import { stripVTControlCharacters } from "node:util";
import test from "ava";
import { renderDiagnosis, whyOf } from "../../../cli/faults/diagnosis.ts";
import type { Claim } from "../../../evidence/claim.ts";
import { usualBackend } from "../../../evidence/backends.ts";
import { catalogue } from "../../../faults/catalogue.ts";
import { absentWith } from "../../../faults/flows.ts";
import { candidatesFor, diagnose, type Diagnosis } from "../../../faults/diagnose.ts";
import type { LabFacts } from "../../../faults/fault.ts";
import { everyPlace, place } from "../../../faults/place.ts";
import { expect, type Placed } from "../../../faults/predict.ts";
import { judge, readLab } from "../evidence/lab.ts";
import { labWith } from "./page.ts";

const { facts } = readLab();
const lab: LabFacts = {
  nodes: facts.nodes.map((node, index) => ({ ...node, role: index === 0 ? "control-plane" : "worker" })),
  pods: facts.pods,
};
const claims = [...judge(readLab()).values()];
const candidates = candidatesFor(claims, lab);
const look = (seen: readonly Claim[]): Diagnosis => diagnose(seen, lab, candidates);
const at = (name: string, on?: string): Placed => {
  const fault = catalogue.find((one) => one.name === name)!;
  return { fault, target: place(fault, lab, { on }) };
};

/** The claims as they must be with these faults in; of those that may fail, all do, or none. */
const broken = (placed: readonly Placed[], unlucky = false): Claim[] =>
  claims.map((claim) => {
    const says = expect(claim, placed, lab);
    return { ...claim, ok: !(says === "fails" || (unlucky && says === "either")) };
  });
const namesOf = (found: Diagnosis): string[] =>
  found.explanations.map(({ faults }) =>
    faults
      .map(({ fault }) => fault.name)
      .toSorted()
      .join(" "),
  );

for (const fault of catalogue.filter((one) => absentWith(one, usualBackend) === undefined))
  test(`${fault.name} is among the first two where it is put by itself, and explains what fails wherever it is`, (t) => {
    const usual = at(fault.name);
    const certain = broken([usual]);
    // Of some faults chance decides everything that is seen.
    const said = certain.some(({ ok }) => !ok) ? certain : broken([usual], true);
    t.true(namesOf(look(said)).slice(0, 2).includes(fault.name), namesOf(look(said)).join(", "));
    for (const target of everyPlace(fault, lab)) {
      const elsewhere = broken([{ fault, target }]);
      if (elsewhere.some(({ ok }) => !ok)) t.true(namesOf(look(elsewhere)).includes(fault.name));
    }
  });

for (const backend of ["udp", "host-gw"] as const)
  for (const fault of catalogue.filter(
    (one) => absentWith(one, usualBackend) !== undefined && absentWith(one, backend) === undefined,
  ))
    test(`with ${backend}, ${fault.name} is among the first two`, (t) => {
      const { claims: all, lab: its } = labWith(backend);
      const placed = [{ fault, target: place(fault, its) }];
      const said = all.map((claim) => ({ ...claim, ok: expect(claim, placed, its) !== "fails" }));
      const found = namesOf(diagnose(said, its));
      t.true(found.slice(0, 2).includes(fault.name), found.join(", "));
    });

test("the likeliest place is where it is", (t) => {
  for (const on of ["k8s-worker1", "k8s-worker2"]) {
    const [first] = look(broken([at("forwarding-off", on)])).explanations;
    t.is(first?.faults[0]?.target.node.name, on);
  }
});

test("a healthy lab has no fault", (t) => {
  t.deepEqual(look(claims), { verdict: "healthy", failing: [], explanations: [] });
});

test("two faults at once are found where one does not explain all of it", (t) => {
  for (const pair of [
    ["vtep-entry-gone", "address-pool-full"],
    ["forwarding-off", "pod-mtu-large"],
    ["icmp-dropped", "cni-config-gone"],
  ] as const) {
    const found = namesOf(look(broken(pair.map((name) => at(name))))).slice(0, 2);
    t.true(found.includes([...pair].toSorted().join(" ")), `${pair.join(" ")}: ${found.join(", ")}`);
  }
});

test("what no few faults explain is not guessed at", (t) => {
  const odd = claims.filter(({ kind }) => kind === "port-taken" || kind === "ping");
  const found = look(claims.map((claim) => ({ ...claim, ok: !odd.includes(claim) })));
  t.is(found.verdict, "unknown");
  t.deepEqual(found.explanations, []);
  t.deepEqual(
    found.failing.map(({ id }) => id),
    odd.map(({ id }) => id),
  );
});

const told = (seen: readonly Claim[], language: "en" | "zh" = "en"): string =>
  stripVTControlCharacters(renderDiagnosis(look(seen), seen.length, lab, { stack: "dev", language }).join("\n"));

test("a diagnosis says what fails, why, what shows it and what mends it, in either language", (t) => {
  const seen = broken([at("vtep-entry-gone", "k8s-worker1")]);
  const text = told(seen);
  t.regex(text, /of \d+ claims fail: .*vtep-forwarding/s);
  t.regex(text.replaceAll("\n", " "), /\(vtep-entry-gone\) on k8s-worker1, towards k8s-worker2\./);
  t.regex(text, /\.\/lab trace pod-to-pod-multi-node\/mypod[12] pod-to-pod-multi-node\/mypod[12]\n/);
  t.true(text.includes("on k8s-worker1: bridge fdb show dev flannel.1"));
  t.true(text.includes("on k8s-worker1: bridge fdb append MAC dev flannel.1 dst ADDRESS"));
  t.true(told(seen, "zh").replaceAll("\n", " ").includes("在 k8s-worker1 上，朝向 k8s-worker2"));
});

test("a diagnosis of a healthy lab is one line, and one that cannot tell names where to look", (t) => {
  t.is(told(claims), `No fault: all ${claims.length} claims hold.`);
  t.is(told(claims, "zh"), `没有故障：全部 ${claims.length} 条结论都成立。`);
  const text = told(claims.map((claim) => ({ ...claim, ok: claim.kind !== "port-taken" })));
  t.regex(text, /I cannot tell/);
  t.regex(text, /container-to-container\/port-taken/);
});

test("a report is told the cause, and where a packet dies of it", (t) => {
  const why = whyOf(look(broken([at("vtep-entry-gone", "k8s-worker1")])), lab);
  t.regex(
    why?.en ?? "",
    /^One cause explains all of it: a deleted FDB entry of flannel\.1 \(vtep-entry-gone\) on k8s-worker1, towards k8s-worker2\. (A packet from|What) .* is seen last at flannel\.1, before the wire\.$/,
  );
  t.regex(why?.zh ?? "", /最后出现的位置：flannel\.1，还没有上线路。$/);
  t.is(whyOf(look(claims), lab), undefined);
  const its: LabFacts = { ...lab, backend: { name: "vxlan", vni: 42, port: 4789 } };
  const failing = broken([at("vtep-entry-gone", "k8s-worker1")]);
  const own = whyOf(diagnose(failing, its), its);
  t.regex(own?.en ?? "", /a deleted FDB entry of flannel\.42 .* is seen last at flannel\.42, before the wire/s);
  t.regex(own?.zh ?? "", /flannel\.42，还没有上线路/);
});
