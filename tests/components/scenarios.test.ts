// Proves names, parents, placement, triggers and who goes with whom. It does not prove that pods run or packets travel.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import test from "ava";
import { createHash } from "node:crypto";
import type { Claim } from "../../evidence/claim.ts";
import type { Machine } from "../../components/machines/machine.ts";
import { components, inputsOf, recorded, secretInput, useMocks, valueOf } from "./mocks.ts";

/** The inputs that these tests read. */
interface Inputs {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Record<string, string>;
  };
  readonly spec: k8s.types.output.core.v1.PodSpec;
  readonly connection: unknown;
  readonly triggers: readonly unknown[];
  readonly stdin: string;
}

const nodeOf: Record<string, string> = {
  "container-to-container-my-pod": "left",
  "pod-to-pod-single-node-mypod1": "left",
  "pod-to-pod-single-node-mypod2": "left",
  "pod-to-pod-multi-node-mypod1": "right",
  "pod-to-pod-multi-node-mypod2": "left",
};
const factsOf = (pod: string): string => {
  const cut = pod.lastIndexOf("-my");
  const [namespace, name] = [pod.slice(0, cut), pod.slice(cut + 1)];
  return JSON.stringify({
    name,
    namespace,
    uid: `uid-${pod}`,
    node: nodeOf[pod],
    ip: "10.244.1.7",
    containers: ["pod1"],
  });
};
await useMocks(({ name, inputs: untyped, type }) => {
  const inputs = untyped as Inputs;
  if (type === "kubernetes:core/v1:Pod") {
    return {
      metadata: { ...inputs.metadata, uid: `uid-${name}` },
      spec: { ...inputs.spec, nodeName: nodeOf[name] },
      status: { podIP: "10.244.1.7" },
    };
  }
  if (name.endsWith("-facts")) return { stdout: factsOf(name.slice(0, -"-facts".length)) };
  if (name.startsWith("faults-settle-")) return { stdout: "[]" };
  return { stdout: JSON.stringify({ node: "somewhere", at: "2026-01-02T03:04:05Z", observations: [] }) };
});
const { Lessons } = await import("../../components/lessons/lessons.ts");

class Stub extends pulumi.ComponentResource {}

const machines: Machine[] = ["boss", "left", "right"].map((name, index) => ({
  name,
  role: index === 0 ? "control-plane" : "worker",
  address: `10.9.0.${10 + index}`,
  shell: { host: "127.0.0.1", port: 4000 + index, user: "root", privateKey: "THE KEY", hostKey: `ssh-ed25519 ${name}` },
  identity: `${name}-1`,
  ...(name === "right" && { start: "monday" }),
  resource: new Stub("test:Machine", name),
}));
const provider = new k8s.Provider("kubernetes", {});
const options = new Map<string, pulumi.CustomResourceOptions>();
const joined = [new Stub("test:Join", "left-join"), new Stub("test:Join", "right-join")];
const judged = Promise.withResolvers<readonly Claim[]>();
const lessons = new Lessons(
  "scenarios",
  {
    machines,
    cluster: {
      provider,
      joined,
      ready: new Stub("test:Ready", "ready") as never,
      lostPods: pulumi.output<Record<string, string>>({ "pod-to-pod-multi-node/mypod2": "uid-of-old" }),
      packages: { left: pulumi.output<Record<string, string>>({ "bridge-utils": "1.7.1-1" }) },
    },
    podCidr: "10.200.0.0/16",
    lessons: ["pod-network"],
    verify: "again",
    serviceCidr: "10.100.0.0/16",
    dnsAddress: "10.100.0.10",
    judge: judged.resolve,
  },
  { transformations: [({ name, opts }) => void options.set(name, opts)] },
);
const claims = await judged.promise;
const scenarios = await Promise.all(
  Object.entries(lessons.scenarios).map(async ([namespace, output]) => [namespace, await valueOf(output)] as const),
);

const namespaces = ["container-to-container", "pod-to-pod-single-node", "pod-to-pod-multi-node"];
const inputs = (name: string): Inputs => inputsOf(name);
const ofType = (type: string): Inputs[] =>
  [...recorded.values()].filter((resource) => resource.type === type).map((resource) => resource.inputs as Inputs);
/** What a look is told to mind: another value has it look again, in place. */
const momentOf = (name: string): string | undefined => /^# as of (\w+)$/m.exec(inputs(name).stdin)?.[1];
const digest = (values: readonly unknown[]): string =>
  createHash("sha256").update(JSON.stringify(values)).digest("hex").slice(0, 16);
const portOf = (name: string): number => (secretInput(inputs(name).connection) as { port: number }).port;

test("every pod comes after each worker's join: pods that wait for a node take no step away from it", (t) => {
  const pods = [...options].filter(([name]) => /my-?pod\d?$/.test(name));
  t.is(pods.length, 5);
  for (const [name, { dependsOn }] of pods)
    t.true(
      joined.every((join) => (dependsOn as readonly pulumi.Resource[]).includes(join)),
      name,
    );
});

test("each scenario has a namespace of its own, of its own name", (t) => {
  t.deepEqual(
    ofType("kubernetes:core/v1:Namespace")
      .map(({ metadata }) => metadata.name)
      .sort(),
    [...namespaces].sort(),
  );
});

test("pods, containers, image and command are the course's", (t) => {
  const pods = ofType("kubernetes:core/v1:Pod").map(({ metadata, spec }) => [
    metadata.namespace,
    metadata.name,
    spec.containers.map(({ name }) => name),
  ]);
  t.deepEqual(pods.sort(), [
    ["container-to-container", "my-pod", ["container1", "container2"]],
    ["pod-to-pod-multi-node", "mypod1", ["pod1"]],
    ["pod-to-pod-multi-node", "mypod2", ["pod2"]],
    ["pod-to-pod-single-node", "mypod1", ["pod1"]],
    ["pod-to-pod-single-node", "mypod2", ["pod2"]],
  ]);
  for (const { spec } of ofType("kubernetes:core/v1:Pod")) {
    for (const container of spec.containers) {
      t.regex(container.image, /xiaopeng163\/net-box/);
      t.deepEqual(container.command, ["sh", "-c", "while true; do echo $(date) >> /tmp/index.html; sleep 60; done"]);
    }
  }
});

test("the first two scenarios run on the first worker", (t) => {
  for (const name of [
    "container-to-container-my-pod",
    "pod-to-pod-single-node-mypod1",
    "pod-to-pod-single-node-mypod2",
  ]) {
    t.deepEqual(inputs(name).spec.nodeSelector, { "kubernetes.io/hostname": "left" });
  }
});

test("the scheduler must keep the third scenario's pods apart, and no name pins them", (t) => {
  for (const name of ["pod-to-pod-multi-node-mypod1", "pod-to-pod-multi-node-mypod2"]) {
    const { metadata, spec } = inputs(name);
    t.false("nodeSelector" in spec);
    t.false("nodeName" in spec);
    t.false("tolerations" in spec, "with two workers the control plane stays free");
    const [term] = spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution;
    t.deepEqual(term?.labelSelector.matchLabels, metadata.labels);
    t.is(term?.topologyKey, "kubernetes.io/hostname");
  }
});

test("a pod is looked at on the machine that it was scheduled to", (t) => {
  t.is(portOf("container-to-container-observe"), 4001);
  t.is(portOf("pod-to-pod-single-node-observe"), 4001);
});

test("every node serves echoes to the pods of all scenarios before any is called", (t) => {
  for (const [index, name] of ["boss", "left", "right"].entries()) {
    t.is(portOf(`reachability-echo-${name}`), 4000 + index);
    for (const other of ["boss", "left", "right"]) {
      t.true(recorded.get(`reachability-echo-${other}`)!.index < recorded.get(`reachability-observe-${name}`)!.index);
    }
  }
});

test("the overlay is looked at on every node, and the API server asked on the control plane", (t) => {
  for (const [index, name] of ["boss", "left", "right"].entries()) {
    t.is(portOf(`pod-to-pod-multi-node-observe-${name}`), 4000 + index);
  }
  t.is(portOf("pod-to-pod-multi-node-observe-cluster"), 4000);
});

test("checks run again when a pod, a machine, its last start, the packages or `verify` change", (t) => {
  const packages = { "bridge-utils": "1.7.1-1" };
  t.deepEqual(inputs("container-to-container-observe").triggers, ["left-1"], "on another machine it is another look");
  t.is(
    momentOf("container-to-container-observe"),
    digest(["uid-container-to-container-my-pod", "again monday", packages]),
  );
  t.deepEqual(inputs("pod-to-pod-multi-node-observe-right").triggers, ["right-1"]);
  t.is(
    momentOf("pod-to-pod-multi-node-observe-right"),
    digest([
      "uid-pod-to-pod-multi-node-mypod1",
      "uid-pod-to-pod-multi-node-mypod2",
      "again monday",
      "boss-1",
      "left-1",
      "right-1",
      packages,
    ]),
  );
});

test("what lives on the cluster goes with the control plane's machine", (t) => {
  for (const [name, { type }] of recorded) {
    if (!type.startsWith("kubernetes:")) continue;
    if (type === "pulumi:providers:kubernetes") continue;
    t.is(options.get(name)?.deletedWith, machines[0]?.resource, name);
  }
  t.is(options.get("pod-to-pod-multi-node-observe-right")?.parent instanceof pulumi.ComponentResource, true);
});

test("a pod that is to change is made anew, under its own name", (t) => {
  for (const [name, { type }] of recorded) {
    if (type !== "kubernetes:core/v1:Pod") continue;
    t.deepEqual(options.get(name)?.replaceOnChanges, ["spec", "metadata.annotations"], name);
    t.true(options.get(name)?.deleteBeforeReplace, name);
  }
});

test("a pod that went with its node is another one, the others are not", (t) => {
  for (const [name, { type }] of recorded) {
    if (type !== "kubernetes:core/v1:Pod") continue;
    const lost = name === "pod-to-pod-multi-node-mypod2" ? { "pod-networking-lab/instead-of": "uid-of-old" } : {};
    t.deepEqual(inputs(name).metadata.annotations, lost, name);
  }
});

test("every resource is under its scenario", async (t) => {
  for (const [name, { parent }] of options) {
    if (name === "scenarios") continue;
    const urn = await valueOf(parent!.urn);
    t.regex(urn, /podnet:scenarios:/, name);
  }
});

test("types and names of components are those of a lab that is up, and their inputs plain values", (t) => {
  const types = components.map(({ type, name }) => `${type} ${name}`);
  const lesson = (type: string, name: string) => [
    `podnet:scenarios:${type} ${name}`,
    "podnet:scenarios:Classroom " + name,
  ];
  t.deepEqual(
    types.toSorted(),
    [
      "podnet:faults:Faults faults",
      "podnet:scenarios:Scenarios scenarios",
      ...lesson("ContainerToContainer", "container-to-container"),
      ...lesson("PodToPodSingleNode", "pod-to-pod-single-node"),
      ...lesson("PodToPodMultiNode", "pod-to-pod-multi-node"),
      "podnet:scenarios:Journey pod-to-pod-single-node-journey",
      "podnet:scenarios:Journey pod-to-pod-multi-node-journey",
      "podnet:scenarios:Reachability reachability",
    ].toSorted(),
  );
  for (const { name, inputs: given } of components) {
    t.notRegex(JSON.stringify(given), /KEY|"shell"/, name);
    for (const value of Object.values(given as Readonly<Record<string, unknown>>))
      t.regex(typeof value, /^(string|boolean|number)$/, name);
  }
});

test("the outputs name every pod, its node and address, and every claim", async (t) => {
  t.deepEqual(Object.keys(lessons.scenarios), namespaces);
  const [, multi] = scenarios.find(([namespace]) => namespace === "pod-to-pod-multi-node")!;
  t.deepEqual(multi.pods[0], {
    name: "mypod1",
    uid: "uid-pod-to-pod-multi-node-mypod1",
    node: "right",
    ip: "10.244.1.7",
    containers: ["pod1"],
  });
  t.deepEqual(await valueOf(lessons.podIPs["container-to-container"]!), { "my-pod": "10.244.1.7" });
  t.is(scenarios.flatMap(([, scenario]) => scenario.claims).length, claims.length);
});

test("nodes that answered nothing prove nothing: every claim fails, and says why", async (t) => {
  t.true(claims.length > 20);
  for (const claim of claims) {
    t.false(claim.ok, claim.id);
    t.regex(claim.observed, /nothing was observed|no VTEP/, claim.id);
  }
  t.is(new Set(claims.map(({ id }) => id)).size, claims.length, "no two claims have one id");
  t.deepEqual(await valueOf(lessons.verification), { passed: 0, failed: claims.length, at: "2026-01-02T03:04:05Z" });
});
