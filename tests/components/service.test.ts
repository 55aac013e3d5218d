// Proves what the lesson about Services makes, where, and in which order. It does not prove that a Service answers.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import test from "ava";
import { lessonArgs, nodeNames } from "./lab-machines.ts";
import { inputsOf, recorded, useMocks, valueOf } from "./mocks.ts";

const transcript = (name: string): string =>
  readFileSync(join(import.meta.dirname, `../transcripts/service/${name}.json`), "utf8");
const client = { name: "client", namespace: "service", uid: "167ff98f", node: "k8s-worker1", ip: "10.244.2.9" };
const addresses: Readonly<Record<string, string>> = {
  "service-hello-world": "10.96.25.201",
  "service-hello-world-nodeport": "10.96.61.39",
  "service-hello-world-local": "10.96.205.229",
  "service-hello-world-sticky": "10.96.145.236",
  "service-hello-world-headless": "None",
  "service-hello-world-empty": "10.96.161.92",
  "service-echo": "10.96.211.21",
};
const nodePorts: Readonly<Record<string, number>> = {
  "service-hello-world-nodeport": 32643,
  "service-hello-world-local": 31112,
};
await useMocks(({ name, inputs, type }) => {
  if (type === "kubernetes:core/v1:Pod") {
    const { metadata, spec } = inputs as { metadata: object; spec: object };
    return { metadata: { ...metadata, uid: "uid" }, spec: { ...spec, nodeName: "k8s-worker1" }, status: {} };
  }
  if (type === "kubernetes:core/v1:Service") {
    const { spec } = inputs as { spec: object };
    return { spec: { ...spec, clusterIP: addresses[name], ports: [{ port: 80, nodePort: nodePorts[name] ?? 0 }] } };
  }
  // Nobody captures here: the claim about it says so.
  if (name.startsWith("service-journey-capture-"))
    return { stdout: JSON.stringify({ node: "k8s-worker1", capturing: true }) };
  if (name.startsWith("service-journey-"))
    return { stdout: JSON.stringify({ node: "k8s-worker1", at: "2026-01-02T03:04:05Z", observations: [] }) };
  if (name.endsWith("-facts")) return { stdout: JSON.stringify({ ...client, containers: ["client"] }) };
  return name.startsWith("service-observe-") ? { stdout: transcript(name.replace("service-observe-", "")) } : {};
});
const { Service } = await import("../../components/lessons/service.ts");

const lesson = new Service(
  "service",
  {
    ...lessonArgs(),
    podCidr: "10.244.0.0/16",
    proxyMode: "iptables",
  },
  { providers: [new k8s.Provider("kubernetes", {})] },
);
const claims = await valueOf(lesson.claims);

test("the Deployment is the course's: hello-world, two replicas, its image, kept on different nodes", (t) => {
  const { metadata, spec } = inputsOf<k8s.types.output.apps.v1.Deployment>("service-deployment");
  t.is(metadata.name, "hello-world");
  t.is(spec.replicas, 2);
  const { containers, affinity } = spec.template.spec;
  t.regex(containers[0]?.image ?? "", /\/hello-app:1\.0$/);
  t.is(containers[0]?.ports[0]?.containerPort, 8080);
  t.is(
    affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]?.topologyKey,
    "kubernetes.io/hostname",
  );
  t.false("tolerations" in spec.template.spec, "with two workers nothing runs on the control plane");
});

test("what echoes is two replicas of the lab's box, kept on different nodes, over TCP and UDP", (t) => {
  const { metadata, spec } = inputsOf<k8s.types.output.apps.v1.Deployment>("service-echo-deployment");
  t.is(metadata.name, "echo");
  t.is(spec.replicas, 2);
  const [container] = spec.template.spec.containers;
  t.regex(container?.image ?? "", /\/net-box:/);
  t.regex(container?.command.at(-1) ?? "", /exec perl -MSocket=:all -e "\$\(echo_server\)" 4 7$/);
  t.is(spec.template.spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution.length, 1);
});

test("one Service for each thing that a Service can be, none of them waited for", (t) => {
  const services = [...recorded.values()].filter(({ type }) => type === "kubernetes:core/v1:Service");
  const seen = services.map(({ inputs: given }) => {
    const { metadata, spec } = given as k8s.types.output.core.v1.Service;
    t.is(metadata.annotations["pulumi.com/skipAwait"], "true", metadata.name);
    if (metadata.name !== "echo")
      t.deepEqual([spec.ports[0]?.port, spec.ports[0]?.targetPort], [80, 8080], metadata.name);
    return [
      metadata.name,
      spec.type,
      spec.clusterIP,
      spec.sessionAffinity ?? spec.externalTrafficPolicy,
      spec.selector.app,
    ];
  });
  t.deepEqual(seen.toSorted(), [
    ["echo", undefined, undefined, undefined, "echo"],
    ["hello-world", undefined, undefined, undefined, "hello-world"],
    ["hello-world-empty", undefined, undefined, undefined, "nobody"],
    ["hello-world-headless", undefined, "None", undefined, "hello-world"],
    ["hello-world-local", "NodePort", undefined, "Local", "hello-world"],
    ["hello-world-nodeport", "NodePort", undefined, undefined, "hello-world"],
    ["hello-world-sticky", undefined, undefined, "ClientIP", "hello-world"],
  ]);
});

test("every node is asked once the API server has told of the endpoints, and is given what it needs", (t) => {
  for (const name of nodeNames) {
    const observer = recorded.get(`service-observe-${name}`)!;
    t.true(recorded.get("service-observe-endpoints")!.index < observer.index, name);
    const { stdin } = observer.inputs as { stdin: string };
    t.regex(stdin, /CLUSTER_IP=\W*10\.96\.25\.201\b/);
    t.regex(stdin, /NODE_PORT=\W*32643\b/);
    t.regex(stdin, /LOCAL_PORT=\W*31112\b/);
    t.regex(stdin, /ECHO_IP=\W*10\.96\.211\.21\b/);
    t.regex(stdin, /PROXY_MODE='iptables'/);
    t.regex(stdin, /NODES='k8s-master=172\.28\.85\.10 k8s-worker1=172\.28\.85\.11 k8s-worker2=172\.28\.85\.12'/);
    t.regex(
      stdin,
      /PODS='client=167ff98f=10\.244\.2\.9 hello-world-\S+=\S+=10\.244\.2\.10 hello-world-\S+=\S+=10\.244\.1\.7'/,
    );
  }
});

test("connections are captured on both nodes before the first is sent, and read after the last", (t) => {
  const at = (name: string): number => recorded.get(`service-journey-${name}`)!.index;
  for (const end of ["sender", "receiver"]) {
    t.true(at(`capture-${end}`) < at("probe"));
    t.true(at("probe") < at(`captured-${end}`));
    const { stdin } = inputsOf<{ stdin: string }>(`service-journey-capture-${end}`);
    t.regex(stdin, /^FILTER='\(tcp portrange 19\d{3}-\d{5} and /m);
  }
  const { stdin } = inputsOf<{ stdin: string }>("service-journey-probe");
  t.regex(stdin, /^ADDRESS='10\.96\.25\.201'$/m);
  t.regex(stdin, /^COUNT='24'$/m);
  t.regex(stdin, /^TO='hello-world-\S+'$/m);
});

test("what the nodes say becomes the claims, and the pods are those that the API server names", async (t) => {
  t.deepEqual(
    claims.filter(({ ok }) => !ok).map(({ id, observed }) => `${id}: ${observed}`),
    ['service/service-journey/hello-world/client: nothing was observed as "capture" on k8s-worker1'],
  );
  const pods = await valueOf(lesson.pods);
  t.deepEqual(
    pods.map(({ name, node }) => [name.replace(/-[0-9a-f]+-\w+$/, ""), node]),
    [
      ["client", "k8s-worker1"],
      ["hello-world", "k8s-worker1"],
      ["hello-world", "k8s-worker2"],
      ["echo", "k8s-worker2"],
      ["echo", "k8s-worker1"],
    ],
  );
});
