// Proves what the lesson about LoadBalancers makes, where, and in which order. It does not prove that anybody answers for an address.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import test from "ava";
import { defaultChoice } from "../../bundle/choice.ts";
import { lessonImageRefs } from "../../bundle/versions.ts";
import { lessonArgs, nodeNames } from "./lab-machines.ts";
import { at, inputsOf, recorded, useMocks, valueOf } from "./mocks.ts";

const transcript = (name: string): string =>
  readFileSync(join(import.meta.dirname, `../transcripts/load-balancer/${name}.json`), "utf8")
    // The machines here are of another network than those of that lab.
    .replaceAll("172.28.81.", "172.28.85.");
await useMocks(({ name, inputs, type }) => {
  if (type === "kubernetes:core/v1:Service")
    return { metadata: { ...(inputs as { metadata: object }).metadata, uid: name } };
  if (name.endsWith("-made")) return { stdout: `/cache/${name}.tar` };
  return name.includes("-observe-") ? { stdout: transcript(name.replace(/^.*-observe-/, "")) } : { stdout: "" };
});
const { LoadBalancer } = await import("../../components/lessons/load-balancer.ts");

const pool = "172.28.85.251-172.28.85.254";
const lesson = new LoadBalancer(
  "load-balancer",
  {
    ...lessonArgs(),
    pool,
    podCidr: "10.244.0.0/16",
    proxyMode: "nftables",
    artifacts: { ...defaultChoice, way: "source" },
  },
  { providers: [new k8s.Provider("kubernetes", {})] },
);
const claims = await valueOf(lesson.claims);

test("the controller's image goes to its node alone, the speaker's to all", (t) => {
  const copies = [...recorded.keys()].filter((name) => /^load-balancer-.*-copy-/.test(name)).toSorted();
  t.deepEqual(copies, [
    "load-balancer-controller-copy-k8s-master",
    ...nodeNames.map((node) => `load-balancer-speaker-copy-${node}`).toSorted(),
  ]);
  const { spec } = inputsOf<k8s.types.output.apps.v1.Deployment>("load-balancer-metallb-controller");
  t.deepEqual(spec.template.spec.nodeSelector, { "kubernetes.io/hostname": "k8s-master" });
  t.is(spec.template.spec.containers[0]?.image, lessonImageRefs["metallb-controller"]);
});

test("where processors may be emulated, and there alone, speakers do not ask one another who lives, and have time to answer", async (t) => {
  const args = {
    ...lessonArgs(),
    pool,
    podCidr: "10.244.0.0/16",
    proxyMode: "nftables",
    artifacts: defaultChoice,
  } as const;
  const slow = new LoadBalancer(
    "slow",
    { ...args, virtual: true },
    { providers: [new k8s.Provider("slow-provider", {})] },
  );
  await valueOf(slow.claims);
  const asked = (name: string): boolean =>
    inputsOf<k8s.types.output.apps.v1.DaemonSet>(name).spec.template.spec.containers[0]!.env.some(
      (variable) => variable.name === "METALLB_ML_BIND_ADDR",
    );
  const patience = (name: string): number | undefined =>
    inputsOf<k8s.types.output.apps.v1.DaemonSet>(name).spec.template.spec.containers[0]!.readinessProbe.timeoutSeconds;
  for (const program of ["speaker", "controller"]) {
    t.is(patience(`slow-metallb-${program}`), 30);
    t.is(patience(`load-balancer-metallb-${program}`), undefined);
  }
  t.false(asked("slow-metallb-speaker"));
  t.true(asked("load-balancer-metallb-speaker"));
});

test("a speaker has the node's network and may listen to it raw, and nothing else", (t) => {
  const { spec } = inputsOf<k8s.types.output.apps.v1.DaemonSet>("load-balancer-metallb-speaker");
  const { hostNetwork, containers, tolerations } = spec.template.spec;
  t.true(hostNetwork);
  t.deepEqual(tolerations, [{ operator: "Exists" }]);
  t.deepEqual(containers[0]?.securityContext.capabilities, { drop: ["ALL"], add: ["NET_RAW"] });
  t.true(containers[0]?.args.includes("--ignore-exclude-lb"));
});

test("addresses are offered once both programs and every kind are there, and Services come after", (t) => {
  const { spec } = inputsOf<{ spec: { addresses: string[] } }>("load-balancer-metallb-ipaddresspool");
  t.deepEqual(spec.addresses, [pool]);
  const kinds = [...recorded.keys()].filter((name) => name.startsWith("load-balancer-metallb-kind-"));
  t.is(kinds.length, 9);
  for (const before of [...kinds, "load-balancer-metallb-controller", "load-balancer-metallb-speaker"])
    t.true(at(before) < at("load-balancer-metallb-ipaddresspool"), before);
  for (const [service, policy] of [
    ["hello-world", "Cluster"],
    ["hello-world-local", "Local"],
  ] as const) {
    const made = inputsOf<k8s.types.output.core.v1.Service>(`load-balancer-${service}`);
    t.like(made.spec, { type: "LoadBalancer", externalTrafficPolicy: policy, selector: { app: "hello-world" } });
    t.true(at("load-balancer-metallb-l2advertisement") < at(`load-balancer-${service}`));
  }
});

test("the names of the kinds are those that MetalLB asks for", (t) => {
  const names = [...recorded].flatMap(([name, { inputs: given }]) =>
    name.startsWith("load-balancer-metallb-kind-") ? [(given as { metadata: { name: string } }).metadata.name] : [],
  );
  t.deepEqual(names.toSorted(), [
    "bfdprofiles.metallb.io",
    "bgpadvertisements.metallb.io",
    "bgppeers.metallb.io",
    "communities.metallb.io",
    "configurationstates.metallb.io",
    "ipaddresspools.metallb.io",
    "l2advertisements.metallb.io",
    "servicebgpstatuses.metallb.io",
    "servicel2statuses.metallb.io",
  ]);
});

test("each node is told which address is whose, and who answers for it, once the API server has said so", (t) => {
  for (const node of nodeNames) {
    const { stdin } = inputsOf<{ stdin: string }>(`load-balancer-observe-${node}`);
    t.regex(stdin, /^BALANCERS='hello-world=172\.28\.85\.\d+=k8s-\S+ hello-world-local=172\.28\.85\.\d+=k8s-\S+'$/m);
    t.regex(stdin, /^PROXY_MODE='nftables'$/m);
    t.true(at("load-balancer-observe-balancers") < at(`load-balancer-observe-${node}`));
  }
});

test("what the nodes saw is judged", (t) => {
  t.true(claims.length > 15);
  t.deepEqual(
    claims.filter(({ ok }) => !ok).map(({ id, observed }) => `${id}: ${observed}`),
    [],
  );
});
